def dubbed_videos(wildcards):
    """What `dub` makes of the footage."""
    if not FOOTAGE:
        raise WorkflowError(
            "config: footage is not set; give a folder of videos, e.g. --config footage=clips"
        )
    return [f"results/footage/{name}.mp4" for name in FOOTAGE]


def footage_files(wildcards):
    """A video, and the times and edits that lie beside it; a folder's date does not show that a file was edited."""
    video = Path(FOOTAGE[wildcards.name])
    beside = {kind: video.with_name(f"{video.stem}_{kind}") for kind in ("times.txt", "edits.json")}
    found = {kind.split(".")[0]: str(path) for kind, path in beside.items() if path.is_file()}
    return {"video": str(video)} | found
