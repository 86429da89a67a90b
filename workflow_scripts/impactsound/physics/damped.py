"""The algebra of damped sinusoids: sums over a sound in closed form.

A pole s = (-decay + 2 pi i frequency) / sample_rate and a complex amplitude c stand for Re(c exp(s n)) at sample n.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

DECAY_FLOOR = 3e-4  # 1/s: modes that outlast the clip, or seem to grow in it by a hair, decay so


class Basis:
    """The exponentials exp(s n) of poles over a sound, as products of coarse and fine ones.

    With n = q R + r no exponential is taken per sample, and sums over samples are matrix products.

    Args:
        pole: `[clip, mode]`.
        n_samples: of the sound.
        length: samples of each clip that count; what follows is silence. `[clip]`.
    """

    def __init__(self, pole: Tensor, n_samples: int, length: Tensor):
        self.n_samples = n_samples
        self.valid = torch.arange(n_samples, device=pole.device) < length[:, None]
        width = math.isqrt(n_samples - 1) + 1
        self.inner = torch.arange(width, device=pole.device, dtype=torch.float64)
        self.starts = torch.arange(0, n_samples, width, device=pole.device, dtype=torch.float64)
        fine = powers(pole, width)
        self.fine = torch.cat([fine.real, fine.imag], 1)  # [clip, 2 mode, inner]
        self.coarse = powers(pole * width, len(self.starts))  # [clip, mode, start]

    def sum(self, amplitude: Tensor) -> Tensor:
        """The sound of the modes, `[clip, time]`, of amplitudes `[clip, mode]`."""
        coarse = amplitude[..., None] * self.coarse
        sound = torch.cat([coarse.real, -coarse.imag], 1).mT @ self.fine
        return sound.flatten(1)[:, : self.n_samples] * self.valid

    def project(self, sound: Tensor) -> tuple[Tensor, Tensor]:
        """The sums of sound exp(s n) and of n sound exp(s n), `[clip, mode]` each, of a sound `[clip, time]`."""
        blocks = self._blocks(sound)
        plain = torch.complex(*(self.fine @ blocks).chunk(2, 1)) * self.coarse
        ramp = torch.complex(*(self.fine @ (blocks * self.inner[:, None])).chunk(2, 1)) * self.coarse
        return plain.sum(-1), (ramp + self.starts * plain).sum(-1)

    def correlate(self, sound: Tensor) -> Tensor:
        """The first of the sums that `project` gives, alone."""
        return (torch.complex(*(self.fine @ self._blocks(sound)).chunk(2, 1)) * self.coarse).sum(-1)

    def _blocks(self, sound: Tensor) -> Tensor:
        rows, width = len(self.starts), len(self.inner)
        return pad(sound * self.valid, (0, rows * width - sound.shape[-1])).unflatten(-1, (rows, width)).mT


def powers(pole: Tensor, count: int) -> Tensor:
    """exp(pole n) for n < count, `[..., count]`, as products of coarse and fine ones."""
    width = math.isqrt(count - 1) + 1
    step = torch.arange(width, device=pole.device, dtype=torch.float64)
    fine, coarse = torch.exp(pole[..., None] * step), torch.exp(pole[..., None] * (width * step))
    return (coarse[..., None] * fine[..., None, :]).flatten(-2)[..., :count]


def power_sums(gap: Tensor, end: Tensor, length: Tensor, order: int) -> list[Tensor]:
    """The sums over n < N of n^r z^n for r = 0 ... order, with order at most 2.

    (1 - z) S_0 = 1 - z^N,  (1 - z) S_1 = S_0 - 1 - (N - 1) z^N,  (1 - z) S_2 = 2 S_1 - S_0 + 1 - (N - 1)^2 z^N

    Args:
        gap: 1 - z, not 0. end: z^N. length: N. All of one shape, or broadcast to one.

    >>> half, n = torch.tensor(0.5), torch.tensor(4.0)
    >>> [round(total.item(), 4) for total in power_sums(1 - half, half**n, n, 2)]
    [1.875, 1.375, 2.625]
    """
    inverse = 1 / gap
    sums = [(1 - end) * inverse]
    if order > 0:
        sums.append((sums[0] - 1 - (length - 1) * end) * inverse)
    if order > 1:
        sums.append((2 * sums[1] - sums[0] + 1 - (length - 1) ** 2 * end) * inverse)
    return sums


def gram(pole: Tensor, length: Tensor, scale: Tensor | None = None) -> Tensor:
    """Inner products over a sound of the real sequences that span the modes, or their tangent space.

    Without scale the sequences are Re e and Re(i e) with e = exp(s n), first all modes' real ones, then all
    imaginary ones: what real and imaginary parts of amplitudes multiply. With scale c those are followed by Re(c n e)
    and Re(i c n e): what changes of the real and imaginary parts of the poles do to the sound of amplitudes c.

    The inner product of Re u and Re v is Re(sum u v + sum u conj v) / 2, and both sums are `power_sums`.

    Shape:
        - Input: `[..., mode]`, `[...]`, `[..., mode]`
        - Output: `[..., row, row]` with 2 mode rows, or 4 mode
    """
    length = length.to(pole.real.dtype)[..., None]
    step, end = torch.exp(pole), torch.exp(pole * length)
    order = 0 if scale is None else 2
    last = end.conj().resolve_conj()
    gap = 1 - step[..., :, None] * step[..., None, :]
    plus = power_sums(gap, end[..., :, None] * end[..., None, :], length[..., None], order)
    minus = power_sums(_conjugate_gap(pole), end[..., :, None] * last[..., None, :], length[..., None], order)
    kinds = 1 if scale is None else 2
    count = pole.shape[-1]
    out = pole.real.new_empty(*pole.shape[:-1], kinds, 2, count, kinds, 2, count)
    _cell(plus[0], minus[0], out[..., 0, :, :, 0, :, :])
    if scale is not None:
        column, row = scale[..., :, None], scale[..., None, :]
        _cell(plus[1] * row, minus[1] * row.conj(), out[..., 0, :, :, 1, :, :])
        _cell(plus[2] * (column * row), minus[2] * (column * row.conj()), out[..., 1, :, :, 1, :, :])
    size = 2 * kinds * count
    out = out.reshape(*pole.shape[:-1], size, size)
    if scale is not None:
        out[..., size // 2 :, : size // 2] = out[..., : size // 2, size // 2 :].mT
    return out.mul_(0.5)


def _conjugate_gap(pole: Tensor) -> Tensor:
    """1 - exp(s + conj s') of all pairs, to the last digit where a slow mode meets its like and hardly any is left.

    With a the sum of the real parts and b the difference of the imaginary ones it is
    1 - e^a + 2 e^a sin(b/2)^2 - 2 i e^a sin(b/2) cos(b/2).
    """
    loss = -torch.expm1(pole.real)
    sine, cosine = torch.sin(pole.imag / 2), torch.cos(pole.imag / 2)
    loss = loss[..., :, None] + loss[..., None, :] - loss[..., :, None] * loss[..., None, :]
    half = sine[..., :, None] * cosine[..., None, :] - cosine[..., :, None] * sine[..., None, :]
    other = cosine[..., :, None] * cosine[..., None, :] + sine[..., :, None] * sine[..., None, :]
    kept = 2 * half * (1 - loss)
    return torch.complex(loss + kept * half, -kept * other)


def _cell(plus: Tensor, minus: Tensor, out: Tensor) -> None:
    """Twice the inner products of Re u and Re(i u) with Re v and Re(i v), of sum u v and sum u conj v of all pairs."""
    torch.add(minus.real, plus.real, out=out[..., 0, :, 0, :])
    torch.sub(minus.imag, plus.imag, out=out[..., 0, :, 1, :])
    torch.add(minus.imag, plus.imag, out=out[..., 1, :, 0, :]).neg_()
    torch.sub(minus.real, plus.real, out=out[..., 1, :, 1, :])
