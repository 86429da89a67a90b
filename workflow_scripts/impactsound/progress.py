"""Progress of long jobs: a bar on a terminal, a line every few seconds in a log."""

import logging
import sys
import time
from collections.abc import Iterable, Iterator

from tqdm import tqdm

LOG_EVERY = 10.0  # seconds between two lines in the log


def progress(items: Iterable, name: str, total: int | None = None, start: int = 0) -> Iterator:
    """Yield the items; the bar goes to the real terminal, since a job's stderr is its log. One item needs no bar."""
    total = len(items) + start if total is None else total
    hidden = True if total == 1 else None  # None: where there is no terminal
    bar = tqdm(items, desc=name, total=total, initial=start, file=sys.__stderr__, disable=hidden, leave=False)
    begun = last = time.monotonic()
    for count, item in enumerate(bar, start=1):
        yield item
        now = time.monotonic()
        if now - last > LOG_EVERY:
            last, rate = now, count / (now - begun)
            left = (total - start - count) / rate
            logging.info("%s: %d of %d, %.3g/s, %.0f s left", name, start + count, total, rate, left)
