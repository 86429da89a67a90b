"""What a generator is told of a clip, made a vector and, where priors are rendered, a picture.

A part is what is seen (`visual`), the label (`material`), features of a sound (`mfcc`, `spectral`), the physics
(`modes`, `residual`, which one encoder joins to the physics latent) or the spectrogram that the physics renders
(`rendered`). Each piece of the condition can be withheld by itself; a learned value, or for a picture the training
clips' mean, stands for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from impactsound.diffusion.energy_encoder import EnergyEncoder
from impactsound.diffusion.physics_encoder import PhysicsEncoder
from impactsound.errors import InputError

Told = Mapping[str, Tensor]

PARTS = ("visual", "material", "mfcc", "spectral", "modes", "residual", "rendered")
VECTORS = {"visual": 256, "material": 64, "mfcc": 128, "spectral": 64}  # parts that are vectors, and their embeddings
PHYSICS = {"energies": EnergyEncoder, "slots": PhysicsEncoder}
LATENT_DIM = 256  # of the physics latent
TINY = 1e-6


@dataclass(frozen=True)
class Condition:
    """What the network is conditioned on: a vector `[clip, dim]`, and a picture `[clip, 1, bin, step]` or None."""

    vector: Tensor
    picture: Tensor | None = None

    def __getitem__(self, rows: Tensor | slice) -> "Condition":
        return Condition(self.vector[rows], None if self.picture is None else self.picture[rows])


def joined(one: Condition, other: Condition) -> Condition:
    """The clips of both, one after the other."""
    picture = None if one.picture is None else torch.cat([one.picture, other.picture])
    return Condition(torch.cat([one.vector, other.vector]), picture)


class ConditionEncoder(nn.Module):
    """From what is told to the condition.

    Args:
        shapes: of each part that is told, for one clip: `[n]` of a vector, `[3, bin]` of modes, `[kind, band]` of the
            residual, `[1, bin, step]` of what is rendered.
        physics: what the physics latent is encoded from, of `PHYSICS`: the modes' "energies", or their "slots" as in
            Su et al. 2023.

    Attributes:
        pieces: the condition's pieces, in the order of the columns of `drop`.
    """

    def __init__(self, shapes: Mapping[str, Sequence[int]], physics: str = "energies"):
        super().__init__()
        self.shapes = {name: tuple(shapes[name]) for name in PARTS if name in shapes}
        self.embed = nn.ModuleDict(
            {name: _Standardised(shapes[name][0], dim) for name, dim in VECTORS.items() if name in shapes}
        )
        self.physics = None
        if shapes.keys() & {"modes", "residual"}:
            bins, bands = shapes.get("modes", (3, 0))[1], tuple(shapes.get("residual", (0, 0)))
            self.physics = PHYSICS[physics](bins, bands, LATENT_DIM)
        dims = {name: VECTORS[name] for name in self.embed} | ({"physics": LATENT_DIM} if self.physics else {})
        self.null = nn.ParameterDict({name: nn.Parameter(torch.zeros(dim)) for name, dim in dims.items()})
        self.pictures = int("rendered" in shapes)
        if self.pictures:
            self.register_buffer("picture_mean", torch.zeros(self.shapes["rendered"]))
            self.register_buffer("picture_std", torch.ones(()))
        self.dim = sum(dims.values())
        self.pieces = (*dims, *(("rendered",) if self.pictures else ()))

    def standardise(self, told: Told) -> None:
        """Take means and standard deviations from the training clips."""
        for name, embed in self.embed.items():
            embed.standardise(told[name])
        if "modes" in self.shapes:
            self.physics.standardise(told["modes"])
        if self.pictures:
            self.picture_mean.copy_(told["rendered"].mean(dim=0))
            self.picture_std.copy_((told["rendered"] - self.picture_mean).std().clamp_min(TINY))

    def latent(self, told: Told) -> Tensor:
        """The physics latent `[clip, 256]` of what is told: given as `physics`, or encoded from its parameters.

        Raises:
            ValueError: if the network was built without physics.
        """
        if self.physics is None:
            raise ValueError("this network was built without physics")
        if "physics" in told:
            return told["physics"]
        either = told["modes" if "modes" in told else "residual"]
        none = {"modes": either.new_zeros(len(either), 3, 0), "residual": either.new_zeros(len(either), 0, 0)}
        return self.physics(*(told.get(name, empty) for name, empty in none.items()))

    def forward(self, told: Told, drop: Tensor | None = None) -> Condition:
        """Encode.

        Args:
            told: each part, `[clip, *shape]`; `physics`, a latent, may stand for `modes` and `residual`.
            drop: bool, the pieces of each clip that are withheld.

        Shape:
            - drop: `[clip, piece]`

        Raises:
            InputError: if a part is not of the shape that the network was built for.
        """
        self._check(told)
        found = {name: embed(told[name]) for name, embed in self.embed.items()}
        if self.physics is not None:
            found["physics"] = self.latent(told)
        picture = (told["rendered"] - self.picture_mean) / self.picture_std if self.pictures else None
        if drop is not None:
            columns = dict(zip(self.pieces, drop.unbind(1), strict=True))
            found = {name: torch.where(columns[name][:, None], self.null[name], part) for name, part in found.items()}
            if picture is not None:
                picture = torch.where(columns["rendered"][:, None, None, None], 0.0, picture)
        return Condition(torch.cat(list(found.values()), dim=1), picture)

    def nothing(self, told: Told) -> Condition:
        """The condition in which everything is withheld, for guidance."""
        clips = next(iter(told.values()))
        return self(told, torch.ones(len(clips), len(self.pieces), dtype=torch.bool, device=clips.device))

    def _check(self, told: Told) -> None:
        wanted = dict(self.shapes)
        if "physics" in told:
            wanted = {name: shape for name, shape in wanted.items() if name not in ("modes", "residual")}
            wanted["physics"] = (LATENT_DIM,)
        for name, shape in wanted.items():
            if name not in told:
                raise InputError(f"the network was trained to be told {name}, and is not")
            if tuple(told[name].shape[1:]) != shape:
                raise InputError(
                    f"what is told as {name} has the shape {tuple(told[name].shape[1:])}, and the network was trained "
                    f"on {shape}: one of them was made with other settings; delete it to have it made again"
                )


class _Standardised(nn.Module):
    """A linear layer on features of mean 0 and standard deviation 1; one that never varies keeps its scale."""

    def __init__(self, dim_in: int, dim_out: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(dim_in))
        self.register_buffer("std", torch.ones(dim_in))
        self.linear = nn.Linear(dim_in, dim_out)

    def standardise(self, values: Tensor) -> None:
        std = values.std(dim=0, correction=0)
        self.mean.copy_(values.mean(dim=0))
        self.std.copy_(torch.where(std > TINY, std, 1.0))

    def forward(self, values: Tensor) -> Tensor:
        return self.linear((values - self.mean) / self.std)
