"""When things are struck, from the picture alone."""
