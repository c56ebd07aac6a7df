"""Times a grid with one worker per core against one run at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from mnerbench.benchmark.perf.commands import seconds_of
from mnerbench.benchmark.perf.pairs import Pair
from mnerbench.benchmark.results.environment import usable_cores

_GRID = ("--suite", "demo", "--datasets", "probe-object", "--methods", "bert-crf,ita-ga", "--seeds", "6")


def worker_pairs(folder: Path, rounds: int = 2) -> Iterator[Pair]:
    """A grid of twelve runs on a probe with one single-threaded worker per core, against one run at a time."""
    cores = str(usable_cores())
    rivals = {f"one run at a time, {cores} threads": cores, "one run at a time, one thread": "1"}
    ours: list[float] = []
    theirs: dict[str, list[float]] = {rival: [] for rival in rivals}
    _grid(folder, "1", cores)  # untimed: draws the pictures
    for _ in range(rounds):
        ours.append(_grid(folder, cores, "1"))
        for rival, threads in rivals.items():
            theirs[rival].append(_grid(folder, "1", threads))
    for rival, times in theirs.items():
        yield Pair(f"twelve runs on a probe, {cores} workers", rival, ours, times)


def _grid(folder: Path, workers: str, threads: str) -> float:
    """Milliseconds of the grid."""
    with TemporaryDirectory(dir=folder) as out:
        flags = ("--workers", workers, "--threads", threads, "--no-mlflow", "--out", out, "--cache", folder / "cache")
        return 1000 * seconds_of("run", *_GRID, *flags)
