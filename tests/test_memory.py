"""Batches shrink until they fit, nothing is left out or done twice, and what does not fit at all is said."""

import logging
import weakref
from itertools import chain

import pytest
import torch

from impactsound.errors import InputError
from impactsound.memory import in_batches
from impactsound.seeds import normal


class Device:
    """Squares; out of memory above a number of items."""

    def __init__(self, fits):
        self.fits, self.asked = fits, []

    def __call__(self, part):
        self.asked.append(len(part))
        if len(part) > self.fits:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return [item**2 for item in part]


@pytest.mark.parametrize("fits", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("batch", [1, 3, 8, 50])
@pytest.mark.parametrize("count", [0, 1, 10])
def test_every_item_is_done_once_and_in_order(fits, batch, count):
    device = Device(fits)
    done = list(chain.from_iterable(in_batches(device, range(count), batch)))
    assert done == [item**2 for item in range(count)]
    assert all(size <= batch for size in device.asked)


def test_the_batch_is_halved_and_stays_so(caplog):
    device = Device(3)
    with caplog.at_level(logging.WARNING):
        assert [len(part) for part in in_batches(device, range(11), 8)] == [2, 2, 2, 2, 2, 1]
    assert device.asked == [8, 4, 2, 2, 2, 2, 2, 1]
    assert [record.getMessage() for record in caplog.records] == [
        "out of memory on 8 clips: going on with 4 at a time",
        "out of memory on 4 clips: going on with 2 at a time",
    ]


def test_memory_that_runs_short_in_the_middle():
    device = Device(6)
    results = in_batches(device, range(12), 6)
    first = next(results)
    device.fits = 3
    assert [*first, *chain.from_iterable(results)] == [item**2 for item in range(12)]
    assert device.asked == [6, 6, 3, 3]


def test_the_cache_is_emptied_once_nothing_holds_the_batch(monkeypatch):
    """The tensors of the attempt that failed are gone by then, or they would still fill the device."""
    held, seen = [], []

    def fn(part):
        big = torch.zeros(1)
        held[:] = [weakref.ref(big)]
        if len(part) > 1:
            raise torch.OutOfMemoryError
        return part

    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: seen.append(held[0]() is None))
    assert list(in_batches(fn, [1, 2], 2)) == [[1], [2]]
    assert seen == [True]


def test_a_single_item_that_does_not_fit_is_an_error_of_one_line():
    device = Device(0)
    with pytest.raises(InputError, match="out of memory on a single clip") as error:
        list(in_batches(device, range(4), 4))
    assert device.asked == [4, 2, 1] and "\n" not in str(error.value)


def test_other_errors_pass():
    def fails(part):
        raise RuntimeError("shape")

    with pytest.raises(RuntimeError, match="shape"):
        list(in_batches(fails, range(4), 4))
    with pytest.raises(ValueError, match="batch"):
        list(in_batches(fails, range(4), 0))


def test_clips_with_a_generator_each_do_not_depend_on_the_batch():
    def draw(fits):
        def fn(rows):
            if len(rows) > fits:
                raise torch.OutOfMemoryError
            return normal((3,), [f"clip{row}" for row in rows.tolist()], 0)

        return torch.cat(list(in_batches(fn, torch.arange(9), 9)))

    assert torch.equal(draw(9), draw(2))
