"""However a batch is shared out to devices and memory, the step is that of the whole batch."""

import logging

import pytest
import torch
from torch import nn

from impactsound.errors import InputError
from impactsound.training.gradient import Batch, Gradient
from impactsound.training.processes import start


class Small(nn.Sequential):
    """A network, not all of which is used, on a device that holds only so many clips at once."""

    def __init__(self, holds=100):
        torch.manual_seed(0)
        super().__init__(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
        self.unused = nn.Parameter(torch.ones(2))
        self.holds, self.seen = holds, []

    def forward(self, x):
        if len(x) > self.holds:
            raise torch.OutOfMemoryError("too many")
        self.seen.append(len(x))
        return super().forward(x)


X = torch.randn(50, 3, generator=torch.Generator().manual_seed(1))
FABRIC = start("cpu", 1, "32-true")


def gradient(network, clips=10, fabric=FABRIC):
    def loss(network, share):
        noise = torch.randn(clips, generator=torch.Generator().manual_seed(share.step))[share.part]
        return (network(X[share.rows])[:, 0] - noise).square().mean()

    return Gradient(fabric, network, loss, clips, ("seed",))


def batch(step=0, clips=10):
    return Batch(step, torch.randperm(50, generator=torch.Generator().manual_seed(step))[:clips], slice(0, clips))


def gradients(network):
    return [parameter.grad for parameter in network.parameters()]


def test_is_that_of_the_mean_loss():
    network, other = Small(), Small()
    value = gradient(network)(batch())
    noise = torch.randn(10, generator=torch.Generator().manual_seed(0))
    expected = (other(X[batch().rows])[:, 0] - noise).square().mean()
    expected.backward()
    assert torch.equal(value, expected.detach())
    assert torch.equal(network.unused.grad, torch.zeros(2))
    assert all(torch.equal(*pair) for pair in zip(gradients(network)[1:], gradients(other)[1:], strict=True))


@pytest.mark.parametrize("holds", [1, 2, 3, 4, 7, 9])
def test_is_the_same_in_the_shares_that_fit(holds):
    network, whole = Small(holds), Small()
    few, all_ = gradient(network), gradient(whole)
    for step in range(3):
        torch.testing.assert_close(few(batch(step)), all_(batch(step)))
        torch.testing.assert_close(gradients(network), gradients(whole))
    assert max(network.seen) <= holds
    assert sum(network.seen) == 30


def test_tries_what_did_not_fit_only_once_and_says_so(caplog):
    network = Small(4)
    both = gradient(network)
    with caplog.at_level(logging.WARNING):
        for step in range(3):
            both(batch(step))
    assert [record.message for record in caplog.records] == [
        "out of memory on 10 clips: going on with 5 at a time",
        "out of memory on 5 clips: going on with 2 at a time",
    ]
    assert network.seen == 15 * [2]


def test_a_clip_that_does_not_fit_is_an_error_of_one_line():
    with pytest.raises(InputError, match=r"^out of memory on a single clip: .*$"):
        gradient(Small(0))(batch())


def test_out_of_memory_in_the_backward_pass_is_the_same():
    network, whole = Small(), Small()

    def full(gradient):
        if len(gradient) > 3:
            raise torch.OutOfMemoryError("too many")

    class Watched(Small):
        def forward(self, x):
            out = super().forward(x)
            out.register_hook(full)
            return out

    network = Watched()
    torch.testing.assert_close(gradient(network)(batch()), gradient(whole)(batch()))
    torch.testing.assert_close(gradients(network), gradients(whole))


def test_training_ends_with_the_same_weights_in_the_shares_that_fit(regression, tmp_path, caplog):
    def scarce(share):
        if len(share) > 3:
            raise torch.OutOfMemoryError("too many")
        return 1.0

    few, _ = regression.train(tmp_path / "few", before=scarce, dropout=0)
    plenty, _ = regression.train(tmp_path / "plenty", dropout=0)
    torch.testing.assert_close(few.layer.weight, plenty.layer.weight, rtol=1e-4, atol=1e-5)
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 2


class Device:
    """One of several devices."""

    def __init__(self, number, count):
        self.global_rank, self.world_size = number, count


@pytest.mark.parametrize("clips, count", [(8, 2), (9, 2), (10, 3), (3, 3)])
def test_the_devices_parts_are_the_batch(clips, count):
    parts = [batch(0, clips)[gradient(Small(), clips, Device(number, count)).mine()] for number in range(count)]
    assert torch.equal(torch.cat([part.rows for part in parts]), batch(0, clips).rows)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert [row for part in parts for row in range(part.part.start, part.part.stop)] == list(range(clips))


def test_a_share_of_a_share_keeps_its_place_and_its_data():
    whole = Batch(3, torch.arange(10, 20), slice(0, 10), torch.arange(10, 20) ** 2)
    share = whole[2:9][1:4]
    assert (share.step, share.part) == (3, slice(3, 6, None))
    assert share.rows.tolist() == [13, 14, 15]
    assert torch.equal(share.data, share.rows**2)
