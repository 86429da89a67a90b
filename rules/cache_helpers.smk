# Snakemake's cache between workflows, docs/caching.md. A stage that is KEPT is so only where --cache asks for it: every
# other run would be told of each of them that it could be.
KEPT = workflow.enable_cache


def as_params(wildcards):
    """A param of a job that is kept: the cache knows it by its params, and not by its wildcards."""
    return dict(wildcards.items())
