"""What the denoiser learns: a noise schedule and a loss.

x_t = alpha_t x_0 + sigma_t e,  v = alpha_t e - sigma_t x_0,  t = 0 … STEPS - 1,  alpha_t^2 + sigma_t^2 = 1
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

STEPS = 1000
OFFSET = 0.008  # s of Nichol and Dhariwal (2021)
MAX_BETA = 0.999
PREDICTIONS = ("v", "epsilon")
NORMS = ("l1", "l2")


def alphas_cumprod() -> Tensor:
    """alpha_t^2 of the cosine schedule (Nichol and Dhariwal 2021, eq. 17), `[STEPS]`, float64."""
    time = torch.arange(STEPS + 1, dtype=torch.float64) / STEPS
    curve = torch.cos((time + OFFSET) / (1 + OFFSET) * math.pi / 2) ** 2
    betas = (1 - curve[1:] / curve[:-1]).clamp(max=MAX_BETA)
    return torch.cumprod(1 - betas, dim=0)


POWER = alphas_cumprod()  # of the sound in x_t, at every t


def alpha_sigma(t: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
    """alpha_t and sigma_t of steps `[clip]`, shaped to multiply `like`, `[clip, ...]`."""
    power = POWER.to(t.device)[t].reshape(-1, *[1] * (like.dim() - 1))
    return power.sqrt().to(like), (1 - power).sqrt().to(like)


def noised(x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """x_t."""
    alpha, sigma = alpha_sigma(t, x0)
    return alpha * x0 + sigma * noise


def target(x0: Tensor, noise: Tensor, t: Tensor, prediction: str) -> Tensor:
    """What the network is to say: v (Salimans and Ho 2022) or the noise (Ho et al. 2020)."""
    if prediction == "epsilon":
        return noise
    alpha, sigma = alpha_sigma(t, x0)
    return alpha * noise - sigma * x0


def clean(output: Tensor, x: Tensor, t: Tensor, prediction: str) -> Tensor:
    """The network's estimate of x_0, from what it says of x_t."""
    alpha, sigma = alpha_sigma(t, x)
    if prediction == "epsilon":
        return (x - sigma * output) / alpha
    return alpha * x - sigma * output


@dataclass(frozen=True)
class Objective:
    """A loss; the paper's is `Objective("epsilon", "l1", None)`.

    prediction: "v" or "epsilon"; norm: "l2" or "l1"; min_snr: gamma of Hang et al. (2023), 5 there, which
    weighs each step's error of x_0 by min(SNR, gamma); None weighs the error of the prediction alike.
    """

    prediction: str = "v"
    norm: str = "l2"
    min_snr: float | None = None

    def __post_init__(self):
        if self.prediction not in PREDICTIONS:
            raise ValueError(f"prediction must be one of {PREDICTIONS}, got {self.prediction}")
        if self.norm not in NORMS:
            raise ValueError(f"norm must be one of {NORMS}, got {self.norm}")

    def weight(self, t: Tensor) -> Tensor:
        """Weight of the squared error of the prediction at each step, `[clip]`."""
        if self.min_snr is None:
            return torch.ones(t.shape, device=t.device)
        power = POWER.to(t.device)[t]
        snr = power / (1 - power)
        # an error d of v is sigma d of x_0; of the noise, sigma / alpha d
        per_unit = snr + 1 if self.prediction == "v" else snr
        return (snr.clamp(max=self.min_snr) / per_unit).float()

    def losses(self, denoise: Callable[[Tensor, Tensor], Tensor], x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """Loss of each clip.

        Args:
            denoise: takes x_t and t, returns the prediction.

        Shape:
            - Input: `[clip, ...]`, `[clip, ...]`, `[clip]`
            - Output: `[clip]`
        """
        error = denoise(noised(x0, noise, t), t) - target(x0, noise, t, self.prediction)
        error = error.abs() if self.norm == "l1" else error.square()
        return self.weight(t) * error.flatten(1).mean(dim=1)

    def loss(self, denoise: Callable[[Tensor, Tensor], Tensor], x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """Mean loss of the batch."""
        return self.losses(denoise, x0, noise, t).mean()
