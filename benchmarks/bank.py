"""Search of a bank by its size: exact, in cells, and in two other ways; time, memory and recall, as Markdown.

The latents are drawn to lie as those of a finished run lie (`latents`). Every way is measured in a process of its own,
in one thread, beside exact search of the same latents.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import faiss
import numpy as np
import psutil
from latents import Likeness, Looks, likeness, read_latents
from rows import MISS, Row, measured_on, table
from threadpoolctl import threadpool_limits

from impactsound.dubbing.bank import Bank
from impactsound.progress import progress
from impactsound.retrieval import cells
from impactsound.retrieval.index import EXACT, METRICS, SHORTLIST, Index, comparable, lay_out, nearest

ROOT = Path(__file__).parents[1]
SIZES = (10_000, 20_000, 50_000, 100_000, 1_000_000)
QUERIES, RANKS = 1000, 10
LONGEST = 8.0  # s that single queries are asked for
COMPARED = 100_000  # entries at which distances are compared
TARGET, RECALL = 5.0, 0.95  # ms a query; share of matches that are found
MIB = 2**20
OURS = "cells, then ranked"

INTRODUCTION = f"""\
# A bank of a million

Search of a bank of visual latents by its size. Goal, at a million entries: at most {TARGET:g} ms a query on one core,
asked one at a time, with at least {RECALL:g} of the nearest entries found. What misses it is marked{MISS}.

All times are those that one core was busy, in one thread."""

LATENTS = """\
## The latents

Drawn from what is fitted to a finished run of the demo (benchmarks/latents.py): ten materials, videos about the mean
of theirs, five hits about each video; beside that run's own, and as many. Quantiles of the distance of a hit to the
nearest of another video, and to the nearest of the same video; how much farther the second of another video is; how
often the nearest is of the same material; and the intrinsic dimension (Levina and Bickel 2004, ten neighbours). Queries
are hits of videos that the bank has not."""

SEARCH = f"""\
## Search

`build` is done once, `load` whenever a bank is opened; `index` is what the process grew by, `disk` what is kept, both
beside the latents; `peak` is the most that the process held, latents and Python included. `query`: the median of single
queries, and what 95 % of them took at most; `batch`: a query's share where {QUERIES} are asked at once, for {RANKS}
neighbours each. Recall: how often the nearest is found, and how many of the nearest {RANKS}.

- exact: every entry is compared
- {OURS}: as the workflow does beyond {EXACT / 1e6:.1f} million numbers, {EXACT // 512} entries of 512.
  {cells.COMPONENTS} components; about as many cells as a cell has entries; {cells.PROBES} of them are looked into;
  {SHORTLIST} candidates are ranked by their latents
- cells of whole latents: the same cells and probes, without components and ranking
- graph: HNSW with 32 links"""

DUB = """\
## As a dub asks

The nearest of every material, each of which is laid out by itself where they are large together; the match is the
nearest of all. What all those searches take together, by `dubbing.bank`."""

DISTANCES = f"""\
## By distance

{OURS}, {COMPARED} entries."""

Search = Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Searched(Row):
    entries: int
    way: str
    build_s: float
    load_s: float | str
    index_MiB: float
    disk_MiB: float
    peak_MiB: float
    query_ms: float
    query_95_ms: float
    batch_ms: float
    recall_1: float
    recall_10: float

    def misses(self) -> set[str]:
        """The goal is of our way."""
        if self.way != OURS:
            return set()
        return ({"query_ms"} if self.query_ms > TARGET else set()) | ({"recall_1"} if self.recall_1 < RECALL else set())


@dataclass(frozen=True)
class Dubbed(Row):
    entries: int
    build_s: float
    query_ms: float
    query_95_ms: float
    recall_of_the_match: float
    recall_of_a_material: float

    def misses(self) -> set[str]:
        slow, deaf = self.query_ms > TARGET, self.recall_of_the_match < RECALL
        return ({"query_ms"} if slow else set()) | ({"recall_of_the_match"} if deaf else set())


@dataclass(frozen=True)
class ByDistance(Row):
    distance: str
    build_s: float
    query_ms: float
    exact_ms: float
    recall_1: float
    recall_10: float


def main(arguments: Sequence[str]) -> None:
    options = _parse(arguments)
    known = read_latents(options.results)
    looks = Looks.of(known)
    same_size = [looks.draw(len(known.latent), "likeness", seed) for seed in range(2)]
    alike = [likeness("the demo's", known), *(likeness("drawn", drawn) for drawn in same_size)]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        drawn = looks.draw(max(options.sizes), "bank")
        np.save(folder / "keys.npy", drawn.latent)
        np.save(folder / "material.npy", drawn.material)
        np.save(folder / "queries.npy", looks.draw(QUERIES, "queries").latent)
        del drawn
        page = measured(folder, alike, options.sizes, arguments)
    options.output.write_text(page)
    print(page)


def measured(folder: Path, alike: Sequence[Likeness], sizes: Sequence[int], arguments: Sequence[str]) -> str:
    """The page."""
    jobs = [(searched, way, size) for size in sizes for way in WAYS]
    jobs += [(dubbed, size) for size in sizes] + [(by_distance, name, min(COMPARED, max(sizes))) for name in METRICS]
    rows = [in_a_process(work, folder, *given) for work, *given in progress(jobs, "bank")]
    tables = (table([row for row in rows if isinstance(row, kind)]) for kind in (Searched, Dubbed, ByDistance))
    parts = [INTRODUCTION, measured_on(arguments), f"{LATENTS}\n\n{table(alike)}"]
    parts += [f"{text}\n\n{found}" for text, found in zip((SEARCH, DUB, DISTANCES), tables, strict=True)]
    return "\n\n".join(parts) + "\n"


def in_a_process(work: Callable, *given: object) -> Row:
    """Work done in a new process, whose memory is then its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def searched(folder: Path, way: str, size: int) -> Searched:
    """A way at a size; the exact one, which comes first, notes the truth."""
    keys, queries, truth = _keys(folder, size), np.load(folder / "queries.npy"), folder / f"truth-{size}.npy"
    before = psutil.Process().memory_info().rss
    with threadpool_limits(1):
        search, build, load, disk = WAYS[way](keys)
        grown = psutil.Process().memory_info().rss - before
        rows, batch = timed(lambda: search(queries, RANKS)[1])
        query = single(lambda asked: search(asked, 1), queries)
    if way == "exact":
        np.save(truth, rows)
    peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
    recalls = recall(rows, np.load(truth))
    sizes = (grown / MIB, disk / MIB, peak)
    return Searched(size, way, build, load, *sizes, *query, 1000 * batch / len(queries), *recalls)


def _exact(keys: np.ndarray) -> tuple[Search, float, float | str, int]:
    index, load = timed(lambda: Index(keys))
    return index.nearest, 0.0, load, 0


def _ours(keys: np.ndarray) -> tuple[Search, float, float | str, int]:
    layout, build = timed(lambda: cells.Layout.of(keys))
    index, load = timed(lambda: Index(keys, layout=layout))
    return index.nearest, build, load, sum(values.nbytes for values in vars(layout).values())


def _whole(keys: np.ndarray) -> tuple[Search, float, float | str, int]:
    return _of_faiss(keys, f"IVF{round(len(keys) ** 0.5)},Flat")


def _graph(keys: np.ndarray) -> tuple[Search, float, float | str, int]:
    return _of_faiss(keys, "HNSW32,Flat")


def _of_faiss(keys: np.ndarray, description: str) -> tuple[Search, float, float | str, int]:
    index = faiss.index_factory(keys.shape[1], description)
    if isinstance(index, faiss.IndexIVF):
        index.nprobe, index.cp.max_points_per_centroid, index.cp.niter = cells.PROBES, cells.TRAINING, cells.ROUNDS

    def build() -> None:
        index.train(keys)
        index.add(keys)

    _, seconds = timed(build)
    links = 4 * 2 * 32 if description.startswith("HNSW") else 8  # bytes an entry, beside its latent
    return index.search, seconds, "-", len(keys) * (keys.itemsize * keys.shape[1] + links)


WAYS = {"exact": _exact, OURS: _ours, "cells of whole latents": _whole, "graph": _graph}


def dubbed(folder: Path, size: int) -> Dubbed:
    """A model's bank of a size, asked for the nearest of each material."""
    keys, queries, material = _keys(folder, size), np.load(folder / "queries.npy"), np.load(folder / "material.npy")
    names = np.array([f"material {number}" for number in range(material.max() + 1)], dtype=object)
    bank = Bank([], keys, names[material[:size]], None, "")
    with threadpool_limits(1):
        laid, build = timed(lambda: {name: lay_out(keys[bank.entries(name)], among=len(names)) for name in names})
        layouts = {("euclidean", name): layout for name, layout in laid.items() if layout is not None}
        bank = Bank([], keys, bank.material, None, "", layouts)

        def search(asked: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
            return [bank.nearest(name, asked, "euclidean") for name in names]

        apart, rows = (np.stack(part, axis=1) for part in zip(*search(queries), strict=True))
        query = single(search, queries)
    found = np.take_along_axis(rows, apart.argmin(1)[:, None], axis=1)
    exact = [bank.entries(name)[nearest(keys[bank.entries(name)], queries)[1][:, 0]] for name in names]
    truth = np.load(folder / f"truth-{size}.npy")
    return Dubbed(size, build, *query, recall(found, truth)[0], float((rows == np.stack(exact, axis=1)).mean()))


def by_distance(folder: Path, distance: str, size: int) -> ByDistance:
    """Our way by a distance, beside exact search."""
    keys, queries = _keys(folder, size), np.load(folder / "queries.npy")
    with threadpool_limits(1):
        layout, build = timed(lambda: cells.Layout.of(comparable(keys, distance)))
        index, exact = Index(keys, distance, layout), Index(keys, distance)
        rows, (query, _) = index.nearest(queries, RANKS)[1], single(index.nearest, queries)
        exact_query, _ = single(exact.nearest, queries)
    return ByDistance(distance, build, query, exact_query, *recall(rows, exact.nearest(queries, RANKS)[1]))


def recall(rows: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """How often the nearest is found, and the share of the nearest few that are.

    Shape:
        - Input: `[query, k]`, `[query, RANKS]`
    """
    both = (rows[:, :, None] == truth[:, None]).any(2).mean()
    return float((rows[:, 0] == truth[:, 0]).mean()), float(both)


def single(search: Callable[[np.ndarray], object], queries: np.ndarray) -> tuple[float, float]:
    """Milliseconds of queries asked one at a time: the median, and what 95 % take at most."""
    search(queries[:1])  # the first call sets things up
    taken, end = [], time.perf_counter() + LONGEST
    for row in range(len(queries)):
        taken.append(timed(lambda row=row: search(queries[row : row + 1]))[1])
        if time.perf_counter() > end:
            break
    return 1000 * float(np.median(taken)), 1000 * float(np.quantile(taken, 0.95))


def timed(work: Callable[[], object]) -> tuple[object, float]:
    """What it gives, and the seconds that it kept a core busy, which do not count what else the machine does."""
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def _keys(folder: Path, size: int) -> np.ndarray:
    return np.array(np.load(folder / "keys.npy", mmap_mode="r")[:size])


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = ROOT / "results" / "simulated"
    parser.add_argument("--results", type=Path, default=default, help="folder of a run (results/simulated)")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="entries of the banks")
    default = Path(__file__).with_suffix(".md")
    parser.add_argument("--output", type=Path, default=default, help="Markdown file (benchmarks/bank.md)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
