"""Several things worked on side by side, in threads: most of it waits for ffmpeg, or is torch's and lets others run."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


def in_order(work: Callable, items: Iterable, workers: int) -> Iterator:
    """`work` of every item, in the items' order, with at most twice `workers` results waiting.

    >>> list(in_order(str, range(3), workers=2))
    ['0', '1', '2']
    """
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def one_thread_each() -> Iterator[int]:
    """While the block lasts torch computes by one thread what it is asked for; gives how many it used before.

    So many things can be worked on side by side instead. Each is then rounded alike whatever the number of cores, and
    small networks, of which a thread more would spend its time waiting, are faster.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield threads
    finally:
        torch.set_num_threads(threads)
