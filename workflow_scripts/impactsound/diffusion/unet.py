"""A two-dimensional U-Net on spectrograms, told the diffusion step and a condition vector.

After the denoisers of Ho et al. (2020) and Dhariwal and Nichol (2021): residual blocks whose second
normalisation is scaled and shifted by the condition, and linear attention (Shen et al. 2021).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

GROUPS = 8
STEM = 7  # side of the first convolution's kernel
TOLD = 256  # length of the vector that tells the blocks of the step and the condition


@dataclass(frozen=True)
class UNetSettings:
    """Size and shape of a U-Net.

    width: channels at full size; multipliers: of the width, one a level, each level half the size of the one
    above; patch: bins and steps that one position of the first level covers; blocks: residual blocks a level,
    each way; heads, head_dim: of the attention; attention: whether each level has it (None: all have); fine: channels
    at which patches are finished in sight of the input (0: they are laid side by side as they are).
    """

    width: int = 64
    multipliers: Sequence[int] = (1, 2, 4, 8)
    patch: Sequence[int] = (1, 1)
    blocks: int = 2
    heads: int = 8
    head_dim: int = 32
    attention: Sequence[bool] | None = None
    fine: int = 0

    def __post_init__(self):
        if self.width % GROUPS:
            raise ValueError(f"width must be a multiple of {GROUPS}, got {self.width}")
        if not all(1 <= side <= STEM for side in self.patch):
            raise ValueError(f"patch must be in [1, {STEM}], got {self.patch}")
        if self.attention is not None and len(self.attention) != len(self.multipliers):
            raise ValueError(f"attention must name {len(self.multipliers)} levels, got {len(self.attention)}")

    @property
    def multiple(self) -> tuple[int, int]:
        """Bins and steps are padded to a multiple of these."""
        halvings = 2 ** (len(self.multipliers) - 1)
        return self.patch[0] * halvings, self.patch[1] * halvings


class UNet(nn.Module):
    """The network; its last layer starts at zero.

    Args:
        condition: length of the condition vector.
        channels: of the input; what is predicted has one.
    """

    def __init__(self, settings: UNetSettings, condition: int, channels: int = 1):
        super().__init__()
        self.settings = settings
        width, patch = settings.width, tuple(settings.patch)
        self.time = nn.Sequential(nn.Linear(width, TOLD), nn.SiLU(), nn.Linear(TOLD, TOLD))
        self.condition = nn.Sequential(nn.Linear(condition, TOLD), nn.SiLU(), nn.Linear(TOLD, TOLD))
        self.stem = nn.Conv2d(channels, width, STEM, stride=patch, padding=STEM // 2)

        dims = [width, *(width * multiplier for multiplier in settings.multipliers)]
        attends = settings.attention or [True] * len(settings.multipliers)
        levels = list(zip(dims, dims[1:], attends, strict=False))
        self.down = nn.ModuleList(
            Down(above, below, settings, attention, halve=level + 1 < len(levels))
            for level, (above, below, attention) in enumerate(levels)
        )
        self.middle = nn.ModuleList([Block(dims[-1], dims[-1]) for _ in range(2)])
        self.middle_attention = LinearAttention(dims[-1], settings.heads, settings.head_dim)
        self.up = nn.ModuleList(
            Up(above, below, settings, attention, double=level > 0)
            for level, (above, below, attention) in reversed(list(enumerate(levels)))
        )
        self.last = Block(2 * width, width)
        self.norm = nn.GroupNorm(GROUPS, width)
        self.fine = Fine(width, channels, settings.fine, patch) if settings.fine else None
        self.out = nn.Conv2d(settings.fine, 1, 3, padding=1) if settings.fine else _unfold(width, 1, patch)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        """Predict.

        Shape:
            - Input: `[clip, channel, bin, step]` of any size, `[clip]`, `[clip, condition]`
            - Output: `[clip, 1, bin, step]`
        """
        bins, steps = x.shape[-2:]
        told = F.silu(self.time(time_embedding(t, self.settings.width)) + self.condition(condition))
        seen = padded(x, self.settings.multiple)
        stem = x = self.stem(seen)
        skips = []
        for level in self.down:
            x = level(x, told, skips)
        x = self.middle[0](x, told)
        x = self.middle[1](self.middle_attention(x), told)
        for level in self.up:
            x = level(x, told, skips)
        x = self.last(torch.cat([x, stem], dim=1), told)
        x = F.silu(self.norm(x))
        if self.fine is not None:
            x = self.fine(x, seen, told)
        return self.out(x)[..., :bins, :steps]


class Fine(nn.Module):
    """Patches unfolded to full size and joined with the input there, as strongly as is told.

    A patch of the first level has too few channels to tell all its noise from its sound; a few at full size do.
    What the input is worth depends on how much of it is noise, hence the scale.
    """

    def __init__(self, width: int, channels: int, fine: int, patch: Sequence[int]):
        super().__init__()
        self.unfold = _unfold(width, fine, patch)
        self.seen = nn.Conv2d(channels, fine, 3, padding=1)
        self.tell = nn.Linear(TOLD, 2 * fine)
        self.mix = nn.Conv2d(fine, fine, 3, padding=1)

    def forward(self, x: Tensor, seen: Tensor, told: Tensor) -> Tensor:
        """`[clip, width, row, column]`, and the input `[clip, channel, bin, step]`, to `[clip, fine, bin, step]`."""
        scale, shift = self.tell(told)[:, :, None, None].chunk(2, dim=1)
        y = self.unfold(x) + torch.addcmul(shift, self.seen(seen), 1 + scale)
        return F.silu(self.mix(F.silu(y)))


class Down(nn.Module):
    """Residual blocks and attention, then to the width of the level below, at half the size."""

    def __init__(self, above: int, below: int, settings: UNetSettings, attention: bool, halve: bool):
        super().__init__()
        self.blocks = nn.ModuleList(Block(above, above) for _ in range(settings.blocks))
        self.attention = _attention(above, settings, attention)
        if halve:
            self.resize = nn.Conv2d(above, below, 2, stride=2)
        else:
            self.resize = nn.Conv2d(above, below, 3, padding=1)

    def forward(self, x: Tensor, told: Tensor, skips: list[Tensor]) -> Tensor:
        """Pass down, adding the blocks' outputs to `skips`."""
        for block in self.blocks[:-1]:
            x = block(x, told)
            skips.append(x)
        x = self.attention(self.blocks[-1](x, told))
        skips.append(x)
        return self.resize(x)


class Up(nn.Module):
    """Residual blocks that take up the skips, attention, then to the level above, at twice the size."""

    def __init__(self, above: int, below: int, settings: UNetSettings, attention: bool, double: bool):
        super().__init__()
        self.blocks = nn.ModuleList(Block(below + above, below) for _ in range(settings.blocks))
        self.attention = _attention(below, settings, attention)
        larger = nn.Upsample(scale_factor=2, mode="nearest") if double else nn.Identity()
        self.resize = nn.Sequential(larger, nn.Conv2d(below, above, 3, padding=1))

    def forward(self, x: Tensor, told: Tensor, skips: list[Tensor]) -> Tensor:
        """Pass up, taking this level's skips from the end of `skips`."""
        for block in self.blocks:
            x = block(torch.cat([x, skips.pop()], dim=1), told)
        return self.resize(self.attention(x))


class Block(nn.Module):
    """x + conv(silu(scale * norm(conv(silu(norm(x)))) + shift)), scale and shift being what is told."""

    def __init__(self, dim_in: int, dim_out: int):
        super().__init__()
        self.norm1 = nn.GroupNorm(GROUPS, dim_in)
        self.conv1 = nn.Conv2d(dim_in, dim_out, 3, padding=1)
        self.tell = nn.Linear(TOLD, 2 * dim_out)
        self.norm2 = nn.GroupNorm(GROUPS, dim_out)
        self.conv2 = nn.Conv2d(dim_out, dim_out, 3, padding=1)
        self.skip = nn.Identity() if dim_in == dim_out else nn.Conv2d(dim_in, dim_out, 1)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        """`[clip, dim_in, row, column]` to `[clip, dim_out, row, column]`."""
        scale, shift = self.tell(told)[:, :, None, None].chunk(2, dim=1)
        y = self.conv1(F.silu(self.norm1(x)))
        y = torch.addcmul(shift, self.norm2(y), 1 + scale)
        return self.skip(x) + self.conv2(F.silu(y))


class LinearAttention(nn.Module):
    """x + attention over all positions at a cost linear in their number: softmax(q) (softmax(k)^T v)."""

    def __init__(self, dim: int, heads: int, head_dim: int):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(1, dim)
        self.qkv = nn.Conv2d(dim, 3 * heads * head_dim, 1, bias=False)
        self.out = nn.Conv2d(heads * head_dim, dim, 1)

    def forward(self, x: Tensor) -> Tensor:
        """`[clip, dim, row, column]` to the same."""
        qkv = self.qkv(self.norm(x)).flatten(2)  # [clip, 3 * heads * head_dim, position]
        q, k, v = qkv.unflatten(1, (3, self.heads, -1)).unbind(1)  # [clip, head, head_dim, position]
        q = q.softmax(dim=2) * q.shape[2] ** -0.5
        context = k.softmax(dim=3) @ v.transpose(2, 3)  # [clip, head, head_dim of k, head_dim of v]
        y = context.transpose(2, 3) @ q
        return x + self.out(y.flatten(1, 2).unflatten(2, x.shape[2:]))


def _unfold(width: int, channels: int, patch: Sequence[int]) -> nn.Module:
    return nn.ConvTranspose2d(width, channels, tuple(patch), stride=tuple(patch))


def _attention(dim: int, settings: UNetSettings, wanted: bool) -> nn.Module:
    return LinearAttention(dim, settings.heads, settings.head_dim) if wanted else nn.Identity()


def time_embedding(t: Tensor, dim: int, longest: float = 10000.0) -> Tensor:
    """Sines and cosines of the step at `dim / 2` rates from 1 to 1 / longest (Vaswani et al. 2017).

    Shape:
        - Input: `[clip]`
        - Output: `[clip, dim]`
    """
    rate = torch.exp(-math.log(longest) * torch.linspace(0, 1, dim // 2, device=t.device))
    angle = t.float()[:, None] * rate
    return torch.cat([angle.sin(), angle.cos()], dim=1)


def padded(x: Tensor, multiple: tuple[int, int]) -> Tensor:
    """Repeat the last row and column until the sizes are multiples of these.

    By joining, since torch's own padding has no deterministic gradient on a GPU.

    >>> padded(torch.zeros(1, 1, 257, 34), (16, 8)).shape
    torch.Size([1, 1, 272, 40])
    """
    bins, steps = (-size % unit for size, unit in zip(x.shape[-2:], multiple, strict=True))
    x = torch.cat([x, x[..., -1:, :].expand(*x.shape[:-2], bins, -1)], dim=-2)
    return torch.cat([x, x[..., -1:].expand(*x.shape[:-1], steps)], dim=-1)
