"""Work in batches that shrink until they fit into the device's memory."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

from impactsound.errors import InputError

Items = TypeVar("Items", bound=Sequence)
Result = TypeVar("Result")


def in_batches(fn: Callable[[Items], Result], items: Items, batch: int) -> Iterator[Result]:
    """Yield `fn` of successive slices of `items`, `batch` long or, once that does not fit, half as long and so on.

    Nothing is lost by a batch that does not fit but its time. If `fn` treats its items apart, as a sampler does whose
    clips have a generator each, its results do not depend on the batch, but for a kernel's rounding.

    Args:
        fn: takes a slice of `items`, with or without an end, and may raise `torch.OutOfMemoryError`.
        items: anything that has a length and slices, such as a list or a tensor.

    Raises:
        InputError: a single item does not fit.

    >>> [int(part.sum()) for part in in_batches(lambda part: part, torch.arange(5), 2)]
    [1, 5, 4]
    """
    if batch < 1:
        raise ValueError(f"batch must be at least 1, got {batch}")
    start = 0
    while start < len(items):
        part = items[start : start + batch]
        fits, result = _attempt(fn, part)
        if fits:
            start += len(part)
            yield result
        else:
            batch = _smaller(len(part))


def _attempt(fn: Callable[[Items], Result], part: Items) -> tuple[bool, Result | None]:
    """Whether it fits, and the result; on return no traceback holds on to what did not fit."""
    try:
        return True, fn(part)
    except torch.OutOfMemoryError:
        return False, None


def _smaller(batch: int) -> int:
    torch.cuda.empty_cache()
    if batch == 1:
        raise InputError("out of memory on a single clip: use a device with more memory, or a smaller network")
    logging.warning("out of memory on %d clips: going on with %d at a time", batch, batch // 2)
    return batch // 2
