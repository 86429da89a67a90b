"""How far a transfer has come: a bar of bytes on a terminal, a line every few seconds in a log."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from impactsound.corpus.download.space import readable
from impactsound.progress import LOG_EVERY


@contextmanager
def meter(name: str, start: int = 0) -> Iterator[Callable[[int, int], None]]:
    """Yield a function to be told the bytes done and the bytes in all, whenever some more are; both may fall too."""
    begun = last = time.monotonic()
    look = {"unit": "B", "unit_scale": True, "leave": False}
    with tqdm(desc=name, initial=start, file=sys.__stderr__, disable=None, **look) as bar:

        def show(done: int, total: int) -> None:
            nonlocal last
            bar.total = total
            bar.update(done - bar.n)
            now = time.monotonic()
            if now - last > LOG_EVERY:
                last, rate = now, (done - start) / (now - begun)
                logging.info("%s: %s of %s, %s/s", name, readable(done), readable(total), readable(rate))

        yield show
