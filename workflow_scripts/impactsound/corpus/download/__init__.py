"""The release of Greatest Hits, from its host to a folder: fetched by ranges, checked, unpacked, moved into place."""
