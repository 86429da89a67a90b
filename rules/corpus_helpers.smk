def made_videos(wildcards):
    """The folder of a simulated corpus's videos: a manifest is the same when they were only rendered otherwise."""
    return f"results/{CORPUS}/videos" if config["corpus"]["kind"] == "simulated" else []


def corpus_files(wildcards):
    """What a manifest is made from: the folder that is simulated, or files: no folder's date tells of an edit."""
    folder = corpus_directory(wildcards)
    if config["corpus"]["kind"] == "simulated":
        return folder
    paths = sorted(Path(folder).iterdir())
    return [str(path) for path in paths if is_video(path) or path.suffix in (".wav", ".txt")]
