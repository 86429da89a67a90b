"""What a struck object sounds like: its modes, the noise they leave, and the objects themselves.

The public names load on first use, so that importing one module does not run, or depend on, the others.
"""

from importlib import import_module

_HOME = {
    "Modes": "modes",
    "render_modes": "modes",
    "change_material": "edits",
    "scale_damping": "edits",
    "scale_size": "edits",
    "shift_lowest": "edits",
    "shift_power": "edits",
    "tilt": "edits",
    "estimate_modes": "estimate",
    "find_onset": "estimate",
    "cramer_rao": "bound",
    "to_slots": "slots",
    "normalise": "slots",
}


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME)
