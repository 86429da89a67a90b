import pytest
import torch

from impactsound.diffusion.physics_encoder import PhysicsEncoder


def parameters(clips: int, bins: int, kinds: int, bands: int) -> tuple[torch.Tensor, ...]:
    draw = torch.Generator().manual_seed(0)
    return (
        2 * torch.rand(clips, 3, bins, generator=draw) - 1,
        torch.rand(clips, kinds, bands, generator=draw),
    )


def test_has_the_papers_size():
    count = sum(parameter.numel() for parameter in PhysicsEncoder(n_bins=1025, residual=(2, 100)).parameters())
    assert count == pytest.approx(3.34e6, rel=0.01)


@pytest.mark.parametrize(("kinds", "bands"), [(3, 0), (2, 6), (3, 6)])
def test_latent_is_bounded_and_every_weight_learns(kinds, bands):
    encoder = PhysicsEncoder(n_bins=33, residual=(kinds, bands), hidden=32)
    latent = encoder(*parameters(4, 33, kinds, bands))
    assert latent.shape == (4, 256) and latent.abs().max() < 1
    latent.square().sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in encoder.parameters())


def test_every_parameter_is_heard():
    encoder = PhysicsEncoder(n_bins=9, residual=(3, 4), hidden=16)
    inputs = [values.requires_grad_() for values in parameters(2, 9, 3, 4)]
    encoder(*inputs).square().sum().backward()
    assert all(values.grad.abs().sum(dim=-1).min() > 0 for values in inputs)
