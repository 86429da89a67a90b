import torch

from impactsound.diffusion.sketch import Sketch


def drawn(rank: int = 3) -> Sketch:
    """A sketch that is not zero."""
    torch.manual_seed(0)
    sketch = Sketch(condition=5, bins=17, steps=9, rank=rank)
    torch.nn.init.normal_(sketch.spectra.weight)
    return sketch


def test_starts_as_zero_yet_learns_at_once():
    sketch = Sketch(condition=5, bins=17, steps=9)
    y = sketch(torch.randn(2, 5))
    assert y.shape == (2, 1, 17, 9) and not y.any()
    (y - 1).square().sum().backward()
    assert sketch.spectra.weight.grad.abs().sum() > 0 and sketch.spectra.bias.grad.abs().sum() > 0


@torch.inference_mode()
def test_conditions_superpose():
    sketch, (a, b) = drawn(), torch.randn(2, 1, 5)
    torch.testing.assert_close(sketch(a + b), sketch(a) + sketch(b), rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_has_as_many_courses_as_its_rank():
    for rank in (1, 3):
        singular = torch.linalg.svdvals(drawn(rank)(torch.randn(1, 5))[0, 0])
        assert singular[rank - 1] > 1e-3 * singular[0] and singular[rank:].max() < 1e-5 * singular[0]


@torch.inference_mode()
def test_any_bin_can_be_told_apart_from_its_neighbours():
    sketch = Sketch(condition=17, bins=17, steps=9, rank=1)
    sketch.spectra.weight.copy_(torch.eye(17))
    loudest = sketch(torch.eye(17))[:, 0].sum(dim=-1).argmax(dim=-1)
    assert torch.equal(loudest, torch.arange(17))
