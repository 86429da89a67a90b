def made_videos(wildcards):
    """The folder of a simulated corpus's videos: a manifest is the same when they were only rendered otherwise."""
    return f"results/{CORPUS}/videos" if config["corpus"]["kind"] == "simulated" else []
