"""A small regression, trained in a few milliseconds."""

import pytest
import torch
from torch import nn

from impactsound.seeds import generator
from impactsound.training import Training, fit

SETTINGS = Training(steps=40, batch=8, learning_rate=0.05, warmup=4, ema=0.9, validate_every=10)


class Linear(nn.Module):
    """Dropout makes it draw random numbers of its own."""

    def __init__(self, dropout=0.2):
        super().__init__()
        torch.manual_seed(1)
        self.layer = nn.Linear(3, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.layer(self.dropout(x))


class Regression:
    """The clips, and how to train on them; `before` is called with each share and may fail."""

    settings = SETTINGS

    def __init__(self):
        self.x = torch.randn(64, 3, generator=generator("x"))
        self.y = self.x @ torch.tensor([[1.0], [-2.0], [0.5]])

    def train(self, run, settings=SETTINGS, before=lambda batch: 1.0, dropout=0.2, network=None, **others):
        """The trained network and its history; the loss is multiplied by what `before` returns."""
        network = Linear(dropout) if network is None else network

        def loss(network, batch):
            return before(batch) * (network(self.x[batch.rows]) - self.y[batch.rows]).square().mean()

        others = {"validate": self.validate, **others}
        return network, fit(network, 64, loss, settings=settings, run=run, seed=("seed",), name="linear", **others)

    def validate(self, network):
        """Its loss on all clips."""
        return {"loss": float((network(self.x) - self.y).square().mean())}


@pytest.fixture(scope="session")
def regression():
    return Regression()


@pytest.fixture(scope="session")
def whole(regression, tmp_path_factory):
    """The regression, trained without a break."""
    return regression.train(tmp_path_factory.mktemp("whole"))
