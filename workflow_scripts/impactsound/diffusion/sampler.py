"""From noise to a spectrogram, by the samplers of diffusers.

The network's word is turned into an estimate of x_0, kept within [-1, 1] where spectrograms live, and that is
what a sampler is told. Each clip has its own generator, so that it does not depend on its batch.

x_t = alpha_t x_0 + sigma_t e is what the network sees, at a step t of the schedule that it was trained on, whatever
the scale of x within a sampler.
"""

from collections.abc import Callable, Iterable

import torch
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_heun_discrete import HeunDiscreteScheduler
from torch import Tensor

from impactsound.diffusion.condition import Condition, joined
from impactsound.diffusion.objective import POWER, STEPS, clean
from impactsound.seeds import generator

COSINE = "squaredcos_cap_v2"  # diffusers' name of the schedule of `objective.POWER`
LEAST_LOG_SNR = -5.1  # half log SNR of the first step: beyond, the cosine schedule is too steep for a solver
ORDERS = {"ddim": 1, "dpm++": 2}
SAMPLERS = (*ORDERS, "heun", "ddpm")


def timesteps(steps: int) -> list[int]:
    """Steps of the schedule, from noise to sound, evenly spaced in log SNR (Lu et al. 2022).

    Evenly spaced in t, the last of 20 steps would leap from a noise of 0.08 and lose all finer texture. The spacing
    of Karras et al. (2022, eq. 5, rho = 7) is closer in noise and wider where x_0 settles: on mixtures of Gaussians,
    Heun's error is then 1.2 to 2 times as large, with 10 to 35 steps.

    >>> timesteps(5)
    [995, 950, 503, 44, 0]
    """
    if not 2 <= steps <= STEPS:
        raise ValueError(f"steps must be in [2, {STEPS}], got {steps}")
    half_log_snr = torch.logit(POWER) / 2  # falls with t
    wanted = torch.linspace(max(LEAST_LOG_SNR, float(half_log_snr[-1])), float(half_log_snr[0]), steps)
    nearest = (half_log_snr[:, None] - wanted).abs().argmin(dim=0)
    return sorted(set(nearest.tolist()), reverse=True)


def scheduler(name: str, steps: int) -> DPMSolverMultistepScheduler | HeunDiscreteScheduler | DDPMScheduler:
    """diffusers' scheduler, told x_0 and set to `steps` steps, or fewer where they would coincide.

    "dpm++" is DPM-Solver++ of order 2 (Lu et al. 2022); "ddim" the deterministic sampler of Song et al.
    (2021), which is DPM-Solver++ of order 1; "heun" the deterministic sampler of Karras et al. (2022, algorithm 1),
    of order 2 and two evaluations a step but the last; "ddpm" the ancestral sampler of Ho et al. (2020), meant for
    all 1000 steps.
    """
    common = {"num_train_timesteps": STEPS, "beta_schedule": COSINE, "prediction_type": "sample"}
    if name == "ddpm":
        made = DDPMScheduler(**common, clip_sample=False, timestep_spacing="trailing")
        made.set_timesteps(steps)
    elif name == "heun":
        made = HeunDiscreteScheduler(**common)
        made.set_timesteps(timesteps=timesteps(steps))
    elif name in ORDERS:
        made = DPMSolverMultistepScheduler(**common, algorithm_type="dpmsolver++", solver_order=ORDERS[name])
        made.set_timesteps(timesteps=timesteps(steps))
    else:
        raise ValueError(f"sampler must be one of {SAMPLERS}, got {name}")
    return made


def evaluations(sampler: str, steps: int) -> int:
    """How often `sample` asks the network; guidance doubles the batch that it is asked about, not the count.

    >>> evaluations("dpm++", 20), evaluations("heun", 20)
    (20, 39)
    """
    return len(scheduler(sampler, steps).timesteps)


def guided(
    denoiser: Callable[[Tensor, Tensor, Condition], Tensor],
    condition: Condition,
    nothing: Condition | None = None,
    guidance: float = 1.0,
) -> Callable[[Tensor, Tensor], Tensor]:
    """Classifier-free guidance (Ho and Salimans 2022): a function of x_t and t.

    It returns out(nothing) + guidance * (out(condition) - out(nothing)), in one pass over a doubled batch; at
    guidance 1, over the batch itself.

    Args:
        nothing: the condition in which all is withheld; not needed at guidance 1.
    """
    if guidance == 1:
        return lambda x, t: denoiser(x, t, condition)
    both = joined(condition, nothing)

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        told, free = denoiser(x.repeat(2, 1, 1, 1), t.repeat(2), both).float().chunk(2)
        return free + guidance * (told - free)

    return denoise


@torch.inference_mode()
def sample(
    denoise: Callable[[Tensor, Tensor], Tensor],
    shape: tuple[int, ...],
    keys: list[str],
    *seed: object,
    sampler: str = "dpm++",
    steps: int = 20,
    prediction: str = "v",
    device: str | torch.device = "cpu",
    autocast: torch.dtype | None = None,
    progress: Callable[[Iterable], Iterable] = iter,
) -> Tensor:
    """Generate.

    Args:
        denoise: takes x_t `[clip, *shape]` and t `[clip]`, returns the prediction.
        keys: ids of the clips; a clip's noise depends on its id and `seed` alone.
        prediction: what `denoise` returns, "v" or "epsilon".
        autocast: what the network computes in where it can, such as bfloat16; x and the sampler stay float32.
        progress: wraps the loop over evaluations.

    Shape:
        - Output: `[len(keys), *shape]` in [-1, 1]
    """
    generators = [generator(*seed, key) for key in keys]
    schedule = scheduler(sampler, steps)
    noise = {"generator": generators} if sampler == "ddpm" else {}  # the others draw none on the way
    grid = schedule.timesteps.long().tolist()
    x = torch.stack([torch.randn(shape, generator=own) for own in generators]).to(device)
    x = x / schedule.scale_model_input(torch.ones(()), grid[0]).item()  # heun's x is x_t / alpha_t
    for step in progress(grid):
        t = torch.full((len(keys),), step, device=device)
        seen = schedule.scale_model_input(x, step)
        with torch.autocast(x.device.type, autocast, enabled=autocast is not None):
            said = denoise(seen, t)
        x0 = clean(said.float(), seen, t, prediction).clamp(-1, 1)
        x = schedule.step(x0, step, x, **noise).prev_sample
    return x.clamp(-1, 1)
