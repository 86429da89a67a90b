"""Motion has a sign and a place, and does not depend on the light."""

import math

import pytest
import torch

from impactsound.onset.motion import CHANNELS, GRID, NOISE, SIDES, motion

FINE = SIDES[1]
ACROSS, DOWN, AMOUNT = (CHANNELS.index((FINE, name)) for name in ("across", "down", "amount"))


def drawn(column: float, row: float, side: int = 48, low: float = 0.2, high: float = 0.8) -> torch.Tensor:
    """A soft spot of a width of 3 pixels, `[3, row, column]`."""
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    spot = torch.exp(-((x - column) ** 2 + (y - row) ** 2) / 18)
    return (low + (high - low) * spot).expand(3, side, side)


@pytest.mark.parametrize(
    ("step", "part", "sign"),
    [((0, 0.5), DOWN, -1), ((0, -0.5), DOWN, 1), ((0.5, 0), ACROSS, -1), ((-0.5, 0), ACROSS, 1)],
)
def test_the_sign_tells_where_it_goes(step, part, sign):
    moved = motion(torch.stack([drawn(20, 20), drawn(20 + step[0], 20 + step[1])]))[1].sum((1, 2))
    other = ACROSS + DOWN - part
    assert sign * moved[part] > 0.2 and abs(moved[other]) < 0.05 * abs(moved[part]) and moved[AMOUNT] > 0


def test_a_wave_that_moves_by_v_rows_has_the_closed_form():
    v, wave = 0.25, 2 * math.pi / 16
    row = torch.arange(48.0)[:, None].expand(48, 48)
    frames = torch.stack([0.5 + 0.4 * torch.sin(wave * (row - shift)) for shift in (0.0, v)])
    inner = motion(frames[:, None].expand(2, 3, 48, 48))[1, :, 4:8, 2:10].mean((1, 2))  # a whole wave, off the borders
    bent = math.sin(wave) / wave  # a central difference's share of the slope
    noise = NOISE**2 / (0.4**2 * wave**2 / 2)
    whole = bent**2 + v**2 + noise
    torch.testing.assert_close(inner[DOWN].item(), -v * bent / whole, rtol=0.01, atol=0)
    torch.testing.assert_close(inner[AMOUNT].item(), v**2 / whole, rtol=0.01, atol=0)


def test_it_is_seen_where_it_is_and_nowhere_else():
    amount = motion(torch.stack([drawn(10, 38), drawn(10, 39)]))[1, AMOUNT]
    row, column = divmod(int(amount.argmax()), GRID)
    assert (abs(row - 9.5) <= 1.5) and abs(column - 2.5) <= 1.5
    assert amount[:6].abs().max() < 1e-3 and amount[:, 7:].abs().max() < 1e-3


def test_neither_contrast_nor_light_changes_it(monkeypatch):
    monkeypatch.setattr("impactsound.onset.motion.NOISE", 1e-7)
    frames = torch.rand(2, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(motion(0.5 + 0.25 * frames), motion(frames), rtol=1e-3, atol=1e-4)


def test_a_cameras_noise_hardly_moves():
    still = drawn(20, 20).expand(2, 3, 48, 48)
    found = motion(still + 0.003 * torch.randn(2, 3, 48, 48, generator=torch.Generator().manual_seed(0)))[1]
    assert found.abs().max() < 0.15 and found.mean((1, 2)).abs().max() < 0.05


def test_stillness_and_the_first_frame_are_nothing_and_quotients_are_bounded():
    torch.manual_seed(0)
    frames = torch.rand(5, 3, 48, 48)
    found = motion(torch.cat([frames, frames[-1:]]))
    assert not found[0].any() and not found[-1].any()
    amount = found[:, [number for number, (_, part) in enumerate(CHANNELS) if part == "amount"]]
    assert found.min() >= -0.5 and amount.min() >= 0 and amount.max() <= 1


@pytest.mark.parametrize("side", [32, 96, 224])
def test_pictures_of_any_size_have_the_same_cells(side):
    scale = side / 48
    frames = torch.stack([drawn(20 * scale, 20 * scale, side), drawn(20 * scale, 22 * scale, side)])
    found = motion(frames)[1]
    assert found.shape == (len(CHANNELS), GRID, GRID) and found[DOWN].sum() < -0.1
