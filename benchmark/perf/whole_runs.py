"""Whole runs by command: what the harness adds to training and evaluation, and what workers are worth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from mnerbench.benchmark.perf.commands import seconds_of
from mnerbench.benchmark.perf.pairs import Pair
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.environment import usable_cores
from mnerbench.benchmark.results.store import RunStore

_GRID = ("--suite", "demo", "--datasets", "probe-object", "--methods", "bert-crf,ita-ga", "--seeds", "6")


def overhead_pairs(places: RunPaths, encoder: str, tweets: int, epochs: int) -> Iterator[Pair]:
    """Two runs on Twitter-2015 in one process, each against its own training steps and evaluation.

    To the first is counted all that the command does once: imports, what both share, MLflow, the report.

    Args:
        places: where data and models are.
        encoder: as the user names it.
        tweets: of the training set.
        epochs: of training.
    """
    with TemporaryDirectory(dir=places.out) as out:
        models = ("--models", places.models) if places.models is not None else ()
        size = ("--train-tweets", str(tweets), "--set", f"training.epochs={epochs}", "--seeds", "2")
        where = ("--data", places.data, *models, "--encoder", encoder, "--device", places.device, "--out", out)
        methods = ("--methods", "bert-crf", "--baseline", "bert-crf", "--workers", "1")
        whole = seconds_of("run", "--suite", "twitter15", *methods, *size, *where)
        first, further = sorted(RunStore(Path(out)).records(), key=lambda record: record.spec.seed)
    rival = f"its own steps and evaluation; {tweets:,} tweets, {epochs} epochs, {Path(encoder).name}"
    for what, seconds, record in (
        ("a first run of bert-crf, with all that its command does once", whole - further.seconds, first),
        ("a further run of bert-crf", further.seconds, further),
    ):
        yield Pair(what, rival, [1000 * seconds], [1000 * sum(record.timings.values())])


def worker_pairs(folder: Path, rounds: int = 2) -> Iterator[Pair]:
    """A grid of twelve runs on a probe with as many workers as cores, one thread each, against one run at a time."""
    many = str(usable_cores())
    rivals = {f"one run at a time, {many} threads": many, "one run at a time, one thread": "1"}
    ours: list[float] = []
    theirs: dict[str, list[float]] = {rival: [] for rival in rivals}
    _grid(folder, "1", many)  # pictures are drawn once
    for _ in range(rounds):
        ours.append(_grid(folder, many, "1"))
        for rival, threads in rivals.items():
            theirs[rival].append(_grid(folder, "1", threads))
    for rival, times in theirs.items():
        yield Pair(f"twelve runs on a probe, {many} workers", rival, ours, times)


def _grid(folder: Path, workers: str, threads: str) -> float:
    """Milliseconds."""
    with TemporaryDirectory(dir=folder) as out:
        how = ("--workers", workers, "--threads", threads, "--no-mlflow", "--out", out, "--cache", folder / "cache")
        return 1000 * seconds_of("run", *_GRID, *how)
