from itertools import pairwise

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler

from impactsound.diffusion.denoiser import Condition
from impactsound.diffusion.objective import STEPS, alpha_sigma, alphas_cumprod
from impactsound.diffusion.sampler import COSINE, SAMPLERS, evaluations, guided, sample, timesteps
from impactsound.seeds import normal

KEYS = [f"clip{number}" for number in range(40)]
SHAPE = (1, 16, 16)
ALL = [("dpm++", 20), ("ddim", 50), ("heun", 40), ("ddpm", 1000)]
MEANS, SHARES = torch.tensor([-0.5, 0.4]), torch.tensor([0.3, 0.7])


def mixture(means, shares, sd, prediction="v"):
    """What a perfect network says if every value of the data is by itself a mixture of Gaussians."""

    def denoise(x, t):
        alpha, sigma = alpha_sigma(t, x)
        variance = alpha**2 * sd**2 + sigma**2
        off = [x - alpha * mean for mean in means]
        weight = torch.stack([share.log() - d**2 / (2 * variance) for share, d in zip(shares, off, strict=True)])
        each = torch.stack([mean + alpha * sd**2 / variance * d for mean, d in zip(means, off, strict=True)])
        x0 = (weight.softmax(dim=0) * each).sum(dim=0)
        return (x - alpha * x0) / sigma if prediction == "epsilon" else (alpha * x - x0) / sigma

    return denoise


def gaussian(mean, sd, prediction="v"):
    return mixture(torch.tensor([mean]), torch.ones(1), sd, prediction)


@pytest.mark.parametrize("prediction", ["v", "epsilon"])
@pytest.mark.parametrize(("sampler", "steps"), ALL)
@pytest.mark.parametrize(("mean", "sd"), [(-0.6, 0.05), (0.2, 0.15)])
def test_a_perfect_network_gives_the_distribution(sampler, steps, mean, sd, prediction):
    x = sample(gaussian(mean, sd, prediction), SHAPE, KEYS, 0, sampler=sampler, steps=steps, prediction=prediction)
    assert x.shape == (40, *SHAPE)
    assert float(x.mean()) == pytest.approx(mean, abs=0.01)
    assert float(x.std()) == pytest.approx(sd, rel={"dpm++": 0.03, "heun": 0.03, "ddpm": 0.05, "ddim": 0.1}[sampler])


@pytest.mark.parametrize(("sampler", "steps"), ALL)
def test_a_mixture_keeps_its_shares_and_spreads(sampler, steps):
    x = sample(mixture(MEANS, SHARES, 0.08), SHAPE, KEYS, 0, sampler=sampler, steps=steps)
    for part, mean, share in zip((x[x < 0], x[x > 0]), MEANS, SHARES, strict=True):
        assert part.numel() / x.numel() == pytest.approx(float(share), abs=0.02)
        assert float(part.mean()) == pytest.approx(float(mean), abs=0.02)
        assert float(part.std()) == pytest.approx(0.08, rel=0.12)


@pytest.mark.parametrize(("sampler", "steps"), [("dpm++", 8), ("ddim", 8), ("heun", 8), ("ddpm", 50)])
def test_a_clip_does_not_depend_on_its_batch(sampler, steps):
    def drawn(keys, *seed):
        return sample(gaussian(0.1, 0.2), (1, 5, 3), keys, *seed, sampler=sampler, steps=steps)

    together = drawn(["a", "b", "c"], 0, "generate")
    assert torch.equal(together[[2, 0]], drawn(["c", "a"], 0, "generate"))
    assert not torch.allclose(together, drawn(["a", "b", "c"], 1, "generate"), atol=0.05)


def at(t):
    """alpha_t and sigma_t of a step."""
    power = alphas_cumprod()[t]
    return power.sqrt(), (1 - power).sqrt()


def flow(x, t, mean, sd):
    """The estimate of x_0 at the exact end of the probability flow from x_t, its step 0, for data N(mean, sd^2).

    It keeps z = (x_t - alpha_t mean) / sqrt(alpha_t^2 sd^2 + sigma_t^2), so that x_t -> x_0 is affine.
    """
    alpha, sigma = at(t)
    z = (x.double() - alpha * mean) / (alpha**2 * sd**2 + sigma**2).sqrt()
    alpha, sigma = at(0)
    return mean + alpha * sd**2 / (alpha**2 * sd**2 + sigma**2).sqrt() * z


@pytest.mark.parametrize(("sampler", "order"), [("ddim", 1), ("dpm++", 2), ("heun", 2)])
def test_the_error_falls_with_the_order_of_the_sampler(sampler, order):
    mean, sd, shape, steps = 0.1, 0.2, (1, 4, 4), [24, 32, 40, 60, 80]  # beyond, steps of the schedule coincide
    x = normal(shape, ["clip"], 0)

    def error(number):
        found = sample(gaussian(mean, sd), shape, ["clip"], 0, sampler=sampler, steps=number)
        return float((found - flow(x, timesteps(number)[0], mean, sd)).abs().max())

    slope, _ = np.polyfit(np.log(np.array(steps) - 1), np.log([error(number) for number in steps]), 1)
    assert -slope == pytest.approx(order, abs=0.15)


def test_heun_is_ddim_told_an_estimate_of_x0_between_two():
    """Heun's step in x_t / alpha_t, whose noise is s, is DDIM's with x_0 + s / (2 s') (x_0' - x_0) for x_0."""
    denoise = mixture(MEANS, SHARES, 0.2)

    def x0(x, t):
        alpha, sigma = at(t)
        return (alpha * x - sigma * denoise(x, torch.full((len(x),), t))).clamp(-1, 1)

    x = normal(SHAPE, KEYS, 0).double()
    grid = timesteps(8)
    for t, after in pairwise(grid):
        (alpha, sigma), (next_alpha, next_sigma) = at(t), at(after)

        def ddim(estimate, x=x, kept=next_sigma / sigma, alpha=alpha, next_alpha=next_alpha):
            return kept * x + (next_alpha - kept * alpha) * estimate

        here = x0(x, t)
        half_ratio = (sigma / alpha) / (next_sigma / next_alpha) / 2
        x = ddim(here + half_ratio * (x0(ddim(here), after) - here))
    x = x0(x, 0).float()
    torch.testing.assert_close(sample(denoise, SHAPE, KEYS, 0, sampler="heun", steps=8), x, rtol=0, atol=1e-3)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("steps", [2, 9, 20, 150])
def test_evaluations_are_the_calls_of_the_network(sampler, steps):
    seen = []

    def denoise(x, t):
        seen.append(t.unique().item())
        return x

    sample(denoise, (1, 2, 2), KEYS[:2], sampler=sampler, steps=steps)
    assert len(seen) == evaluations(sampler, steps)
    if sampler == "heun":
        grid = timesteps(steps)
        assert len(seen) == 2 * len(grid) - 1 and seen == sorted([*grid, *grid[1:]], reverse=True)


@pytest.mark.parametrize(("sampler", "steps"), [("dpm++", 20), ("ddim", 50), ("heun", 20), ("ddpm", 50)])
def test_autocast_is_for_the_network_alone(sampler, steps):
    """A network that speaks bfloat16 costs what its rounding costs, and no more by rounding x at every step."""
    perfect, inside, outside = mixture(MEANS, SHARES, 0.2), [], []

    def denoise(x, t):
        inside.append((x.dtype, torch.get_autocast_dtype("cpu"), torch.is_autocast_enabled("cpu")))
        return perfect(x, t).bfloat16()

    def watched(grid):
        for step in grid:
            outside.append(torch.is_autocast_enabled("cpu"))
            yield step

    settings = {"sampler": sampler, "steps": steps}
    x = sample(denoise, SHAPE, KEYS[:4], 0, **settings, autocast=torch.bfloat16, progress=watched)
    assert set(inside) == {(torch.float32, torch.bfloat16, True)} and set(outside) == {False}
    assert x.dtype == torch.float32 and (x != x.bfloat16().float()).float().mean() > 0.9
    whole = sample(perfect, SHAPE, KEYS[:4], 0, **settings)
    assert (x - whole).abs().mean() < 2e-3


def test_steps_are_even_in_log_snr():
    chosen = timesteps(20)
    assert len(chosen) == 20 and chosen[-1] == 0 and chosen == sorted(chosen, reverse=True)
    half_log_snr = torch.logit(alphas_cumprod())[chosen] / 2
    assert half_log_snr[0] == pytest.approx(-5.1, abs=0.2)
    assert half_log_snr.diff().min() > 0.3 and half_log_snr.diff().max() < 0.8
    assert timesteps(STEPS)[-1] == 0


def test_even_in_t_would_lose_the_texture():
    """Why the steps are not diffusers' own: from N(0.2, 0.05^2), they return too narrow a distribution."""
    usual = DDIMScheduler(STEPS, beta_schedule=COSINE, prediction_type="v_prediction", timestep_spacing="trailing")
    usual.set_timesteps(20)
    x = torch.randn(40, *SHAPE, generator=torch.Generator().manual_seed(0))
    denoise = gaussian(0.2, 0.05)
    for t in usual.timesteps:
        x = usual.step(denoise(x, t.expand(len(x))), t, x).prev_sample
    assert x.std() < 0.03
    assert sample(denoise, SHAPE, KEYS, 0, steps=20).std() > 0.047


def test_order_one_is_ddim():
    settings = {"beta_schedule": COSINE, "prediction_type": "sample"}
    ddim = DDIMScheduler(STEPS, **settings, clip_sample=False, timestep_spacing="trailing")
    ddim.set_timesteps(10)
    order_one = DPMSolverMultistepScheduler(STEPS, **settings, solver_order=1)
    order_one.set_timesteps(timesteps=ddim.timesteps.tolist())
    denoise = gaussian(0.2, 0.1, "epsilon")
    first = second = torch.randn(3, *SHAPE, generator=torch.Generator().manual_seed(0))

    def clean(x, t):
        alpha, sigma = alpha_sigma(t.expand(len(x)), x)
        return (x - sigma * denoise(x, t.expand(len(x)))) / alpha

    for t in ddim.timesteps:
        first = ddim.step(clean(first, t), t, first).prev_sample
        second = order_one.step(clean(second, t), t, second).prev_sample
    torch.testing.assert_close(first, second, rtol=1e-3, atol=1e-3)


def test_guidance_pushes_from_nothing_to_the_condition_in_one_pass():
    calls = []

    def denoiser(x, t, condition):
        calls.append(len(x))
        return x + t[:, None, None, None] + condition.vector[:, :1, None, None] + condition.picture

    condition = Condition(torch.tensor([[1.0], [2.0]]), torch.randn(2, 1, 4, 3))
    nothing = Condition(torch.tensor([[10.0], [20.0]]), torch.randn(2, 1, 4, 3))
    x, t = torch.randn(2, 1, 4, 3), torch.tensor([0, 1])
    told, free = denoiser(x, t, condition), denoiser(x, t, nothing)
    calls.clear()
    for guidance, expected in ((0.0, free), (1.0, told), (3.0, free + 3 * (told - free))):
        torch.testing.assert_close(guided(denoiser, condition, nothing, guidance)(x, t), expected)
    assert calls == [4, 2, 4]


def test_guidance_does_not_multiply_rounding():
    """What a network says in bfloat16 is added up in float32."""
    vectors = torch.linspace(-1, 1, 50)[:, None], torch.full((50, 1), 0.3)
    condition, nothing = map(Condition, vectors)
    found = guided(lambda x, t, told: told.vector.bfloat16(), condition, nothing, 3.0)(
        torch.zeros(50, 1, 1, 1), torch.zeros(50)
    )
    told, free = (vector.bfloat16().float() for vector in vectors)
    assert torch.equal(found, free + 3 * (told - free))


def test_stays_within_bounds_and_reports_its_steps():
    seen = []

    def watched(steps):
        for step in steps:
            seen.append(step)
            yield step

    x = sample(gaussian(0.9, 0.5), SHAPE, KEYS, 0, steps=7, progress=watched)
    assert x.abs().max() <= 1 and len(seen) == 7


def test_rejects_a_sampler_that_there_is_not():
    with pytest.raises(ValueError, match="sampler"):
        sample(gaussian(0, 1), SHAPE, KEYS, sampler="euler")
    with pytest.raises(ValueError, match="steps"):
        sample(gaussian(0, 1), SHAPE, KEYS, steps=1)
