# Snakemake's cache between workflows, docs/caching.md. A stage that is KEPT is so only where --cache asks for it: every
# other run would be told of each of them that it could be. What is made from a folder of one's own, Snakemake cannot
# know again, since it has no checksum of a folder.
KEPT = workflow.enable_cache and config["corpus"]["kind"] == "simulated"


def as_params(wildcards):
    """A param of a job that is kept: the cache knows it by its params, and not by its wildcards."""
    return dict(wildcards.items())
