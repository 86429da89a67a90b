"""The compared systems: each is how it makes a sound, what it is told, and whose sound that is taken from."""

from collections.abc import Mapping
from dataclasses import dataclass

from impactsound import plugins
from impactsound.errors import InputError

COPIES = ("copy", "render")  # what needs no network: a sound as it is, or the sound of its modes and residual
BUILT_IN = (*COPIES, "diffusion")  # what is made without a network of `plugins.NETWORKS`
FROM_SOUND = {"mfcc", "spectral", "modes", "residual", "rendered"}  # parts that are taken from a sound


@dataclass(frozen=True)
class System:
    """A row of the comparison.

    makes: of `COPIES`, "diffusion", or a network of `plugins.NETWORKS` that regresses a spectrogram; told: parts, as
    `diffusion.condition.PARTS` names them; of: whose sound is copied, rendered or told of: the clip's "own", that of
    its match in the training split ("matched"), or of none, "regressed", a physics latent being predicted from the
    video; network: the system as which its network is trained.
    """

    makes: str
    told: tuple[str, ...]
    of: str
    network: str

    @property
    def trained(self) -> bool:
        """Whether it has a network."""
        return self.makes not in COPIES

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that are found by the name of what it makes."""
        return () if self.makes in BUILT_IN else (f"{plugins.NETWORKS}.{self.makes}",)

    @property
    def physical(self) -> bool:
        """Whether it is told the physics of a sound that can be rendered."""
        return "modes" in self.told and self.of != "regressed"


def read_systems(table: Mapping[str, Mapping]) -> dict[str, System]:
    """The config's table `systems`, checked.

    Raises:
        InputError: naming the row at fault.
    """
    return {name: _system(name, row, table) for name, row in table.items()}


def settings_of(name: str, config: Mapping) -> Mapping:
    """The settings of a system's network: those of its row, or the section of the config that is named as its kind.

    Raises:
        InputError: if there are neither.
    """
    row = config["systems"][name]
    if "settings" not in row and row["makes"] not in config:
        raise InputError(
            f"config: systems.{name} needs `settings`, since no section of the config is called {row['makes']!r}"
        )
    return row.get("settings", config.get(row["makes"]))


def _system(name: str, row: Mapping, table: Mapping[str, Mapping]) -> System:
    network = row.get("network", name)
    if "network" in row and ("makes" not in table.get(network, {}) or "network" in table[network]):
        raise InputError(f"config: systems.{name}.network = {network!r} is no system with a network of its own")
    trained = table[network]
    told = tuple(trained.get("told", ()))
    system = System(trained["makes"], told, row.get("of", "own" if "told" in trained else ""), network)
    if trained["makes"] not in BUILT_IN:
        plugins.module(plugins.NETWORKS, trained["makes"], f"systems.{network}.makes", BUILT_IN)
    faults = {
        "copies or renders a sound, and cannot be told anything": bool(told) and not system.trained,
        "needs `told`": not told and system.trained,
        "needs `of`: own, matched or regressed": "of" not in row and (not system.trained or FROM_SOUND & set(told)),
        "is told what is rendered, which only diffusion can be": "rendered" in told and system.makes != "diffusion",
        "has settings of its own, which only networks that regress a spectrogram can": "settings" in row
        and not (network == name and system.modules),
        "has a regressed physics, and must be told modes and no other feature of a sound": system.of == "regressed"
        and not ("modes" in told and FROM_SOUND & set(told) <= {"modes", "residual"}),
    }
    for fault, found in faults.items():
        if found:
            raise InputError(f"config: systems.{name} {fault}")
    return system
