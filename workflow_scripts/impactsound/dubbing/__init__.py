"""From a video and a model to its sound: hits are matched with the bank, edited by their physics and made audible.

The public names load on first use, so that importing one module does not run, or depend on, the others.
"""

from importlib import import_module

_HOME = {
    "Edit": "edit",
    "Hit": "hits",
    "Hits": "hits",
    "read_edits": "hits",
    "read_hits": "hits",
    "write_hits": "hits",
    "Physics": "physics",
    "physical_sound": "physics",
    "Model": "model",
    "write_model": "model",
    "pack": "card",
    "match": "match",
    "see": "match",
    "generate": "sounds",
    "hit_sound": "sounds",
    "whole": "sounds",
}


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME)
