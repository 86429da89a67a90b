"""Every real number is a parameter within its range, and every parameter has its number."""

import math

import pytest
import torch

from impactsound.errors import InputError
from impactsound.physics.parametrisation import Parametrisation
from impactsound.physics.residual import QUIETEST, Residual
from impactsound.seeds import generator

DECIBEL = Parametrisation.of("decibel", (0.02, 2.0), 0.05)
PAPER = Parametrisation.of("paper", (0.02, 2.0), 0.05)
FIELDS = ("weight", "delay", "t60")


def ends(scales):
    """The residuals of the least and of the greatest logits."""
    return [scales.residual(torch.full((len(scales.kinds), 1), value)) for value in (-100.0, 100.0)]


def test_ranges_are_as_told():
    low, high = ends(DECIBEL)
    assert [getattr(low, field).item() for field in FIELDS] == pytest.approx([QUIETEST, 0.0, 0.02])
    assert [getattr(high, field).item() for field in FIELDS] == pytest.approx([1.0, 0.05, 2.0])


def test_the_papers_have_no_delay_and_its_own_ranges():
    low, high = ends(PAPER)
    assert PAPER.kinds == ("weight", "t60")
    assert [getattr(low, field).item() for field in FIELDS] == pytest.approx([0.0, 0.0, 1e-5])
    assert [getattr(high, field).item() for field in FIELDS] == pytest.approx([1.0, 0.0, 0.50001])
    logits = torch.randn(5, 2, 7, generator=generator("p"))
    made = PAPER.residual(logits)
    torch.testing.assert_close(made.weight, logits[:, 0].sigmoid())
    torch.testing.assert_close(made.t60, 1e-5 + 0.5 * logits[:, 1].sigmoid())
    assert (made.delay == 0).all()


@pytest.mark.parametrize("scales", [DECIBEL, PAPER])
def test_logits_and_shares_are_inverse_to_the_parameters(scales):
    logits = 2 * torch.randn(5, len(scales.kinds), 7, generator=generator("l"))
    made = scales.residual(logits)
    torch.testing.assert_close(scales.logits(made), logits, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(scales.shares(made), logits.sigmoid(), rtol=1e-4, atol=1e-5)


def test_shares_are_even_in_decibels_and_in_the_logarithm_of_the_t60_and_end_at_the_ends():
    weight = torch.tensor([0.0, QUIETEST, math.sqrt(QUIETEST), 1.0, 3.0])
    delay = torch.tensor([0.0, 0.0, 0.025, 0.05, 1.0])
    t60 = torch.tensor([1e-3, 0.02, 0.2, 2.0, 9.0])
    expected = torch.tensor([0.0, 0.0, 0.5, 1.0, 1.0]).expand(3, 5)
    torch.testing.assert_close(DECIBEL.shares(Residual(weight, delay, t60)), expected, atol=1e-5, rtol=0)


def test_silence_has_finite_logits():
    silent = Residual(torch.zeros(3), torch.zeros(3), torch.ones(3))
    assert DECIBEL.logits(silent).isfinite().all() and PAPER.logits(silent).isfinite().all()


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="parametrisation"):
        Parametrisation.of("linear", (0.01, 1.0), 0.02)
    with pytest.raises(InputError, match="t60_range"):
        Parametrisation.of("decibel", (1.0, 0.01), 0.02)
