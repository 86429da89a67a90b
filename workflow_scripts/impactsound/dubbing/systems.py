"""Which of the compared systems can dub: those whose sound follows from what is seen and a match's modes alone."""

from impactsound.errors import InputError
from impactsound.systems import System

TOLD = {"visual", "modes", "residual", "rendered"}  # what is known of a hit in footage


def dubs(system: System) -> bool:
    """Whether footage can be dubbed by a system, and the hits then be edited by their physics."""
    told = {"modes"} <= set(system.told) <= TOLD
    return system.of == "matched" and (system.makes == "render" or (system.makes == "diffusion" and told))


def check_dubs(name: str, system: System) -> None:
    """Raise an InputError unless footage can be dubbed by the system of a name."""
    if not dubs(system):
        raise InputError(
            f"config: dubbing.system = {name!r} cannot dub; give one that renders modes of the match, or is told them "
            "and of what else there is only visual, residual and rendered"
        )
