import pytest
import torch
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler

from impactsound.diffusion.objective import (
    STEPS,
    Objective,
    alpha_sigma,
    alphas_cumprod,
    clean,
    noised,
    target,
)

MU, SD = -0.3, 0.2  # the data: every value by itself N(MU, SD^2)


def draw(clips: int = 400) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x0 = MU + SD * torch.randn(clips, 1, 16, 16, generator=generator)
    return (
        x0,
        torch.randn(x0.shape, generator=generator),
        torch.randint(0, STEPS, (clips,), generator=generator),
    )


def optimum(prediction: str):
    """E[target | x_t], from E[x_0 | x_t] = mu + alpha s^2 (x_t - alpha mu) / (alpha^2 s^2 + sigma^2)."""

    def denoise(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        alpha, sigma = alpha_sigma(t, x)
        x0 = MU + alpha * SD**2 * (x - alpha * MU) / (alpha**2 * SD**2 + sigma**2)
        noise = (x - alpha * x0) / sigma
        return noise if prediction == "epsilon" else alpha * noise - sigma * x0

    return denoise


def test_schedule_is_the_one_of_the_samplers():
    theirs = DPMSolverMultistepScheduler(num_train_timesteps=STEPS, beta_schedule="squaredcos_cap_v2").alphas_cumprod
    torch.testing.assert_close(alphas_cumprod().float(), theirs, rtol=2e-5, atol=0)


def test_schedule_falls_from_sound_to_noise():
    power = alphas_cumprod()
    assert power[0] > 0.9999 and power[-1] < 1e-8 and (power.diff() < 0).all()


@pytest.mark.parametrize("prediction", ["v", "epsilon"])
def test_clean_undoes_the_target(prediction):
    x0, noise, t = (values.double() if values.is_floating_point() else values for values in draw(50))
    back = clean(target(x0, noise, t, prediction), noised(x0, noise, t), t, prediction)
    torch.testing.assert_close(back, x0, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("objective", [Objective(), Objective(min_snr=5), Objective("epsilon", "l1", None)])
def test_the_closed_form_is_the_minimum(objective):
    batch, best = draw(), optimum(objective.prediction)
    least = objective.loss(best, *batch)
    for perturbed in (
        lambda x, t: best(x, t) + 0.05,
        lambda x, t: best(x, t) - 0.05,
        lambda x, t: 0.95 * best(x, t),
        lambda x, t: 1.05 * best(x, t),
        lambda x, t: best(x, t) + 0.05 * x,
        lambda x, t: best(x, t) - 0.05 * x,
    ):
        assert objective.loss(perturbed, *batch) > least


def test_the_minimum_is_the_conditional_variance():
    """Var[v | x_t] = s^2 / (alpha^2 s^2 + sigma^2) for data of variance s^2."""
    x0, noise, t = draw()
    power = alphas_cumprod()[t]
    expected = (SD**2 / (power * SD**2 + 1 - power)).mean()
    assert float(Objective().loss(optimum("v"), x0, noise, t)) == pytest.approx(float(expected), rel=0.02)


@pytest.mark.parametrize("objective", [Objective(), Objective(min_snr=5), Objective("epsilon")])
def test_no_change_of_the_conditional_mean_lowers_the_loss_to_first_order(objective):
    """For data of two values, -1 and 1, E[x_0 | x_t] = tanh(alpha x_t / sigma^2).

    Its error is orthogonal to whatever is known of x_t, up to what a finite draw leaves.
    """
    generator = torch.Generator().manual_seed(0)
    x0 = torch.randint(0, 2, (4000, 1, 8, 8), generator=generator) * 2.0 - 1
    noise, t = torch.randn(x0.shape, generator=generator), torch.randint(0, STEPS, (len(x0),), generator=generator)

    def best(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        alpha, sigma = alpha_sigma(t, x)
        mean = (alpha * x / sigma**2).tanh()
        return target(mean, (x - alpha * mean) / sigma, t, objective.prediction)

    for change in (torch.ones_like, torch.sin, torch.sign, lambda x: x * t[:, None, None, None] / STEPS):

        def moved(by: torch.Tensor, change=change) -> torch.Tensor:
            return objective.losses(lambda x, t: best(x, t) + by[:, None, None, None] * change(x), x0, noise, t)

        by = torch.zeros(len(x0), requires_grad=True)
        (slope,) = torch.autograd.grad(moved(by).sum(), by)
        assert slope.mean().abs() < 4 * slope.std() / len(slope) ** 0.5
        assert slope.std() > 0


@pytest.mark.parametrize("prediction", ["v", "epsilon"])
def test_min_snr_weighs_the_error_of_x0_alike_whatever_is_predicted(prediction):
    x0, noise, t = (values.double() if values.is_floating_point() else values for values in draw(50))
    t = t.clamp(20, 950)
    objective, off = Objective(prediction, min_snr=5.0), 0.01

    def denoise(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        alpha, sigma = alpha_sigma(t, x)
        wrong = x0 + off
        return target(wrong, (x - alpha * wrong) / sigma, t, prediction)

    power = alphas_cumprod()[t]
    expected = off**2 * (power / (1 - power)).clamp(max=5)
    torch.testing.assert_close(objective.losses(denoise, x0, noise, t), expected, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize(("settings", "says"), [({"prediction": "x"}, "prediction"), ({"norm": "l3"}, "norm")])
def test_says_which_setting_is_wrong(settings, says):
    with pytest.raises(ValueError, match=says):
        Objective(**settings)
