"""Times whole `run` commands to measure the harness's overhead over training and evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from mnerbench.benchmark.perf.commands import seconds_of
from mnerbench.benchmark.perf.pairs import Pair
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.store import RunStore


def overhead_pairs(paths: RunPaths, encoder: str, tweets: int, epochs: int) -> Iterator[Pair]:
    """Two runs on Twitter-2015 in one process, each against its training steps and evaluation alone.

    The first run includes everything that the command does once: imports, shared inputs, MLflow, the report.

    Args:
        paths: folders of data and models.
        encoder: name of the encoder.
        tweets: size of the training set.
        epochs: number of training epochs.
    """
    with TemporaryDirectory(dir=paths.out) as out:
        models = ("--models", paths.models) if paths.models is not None else ()
        size = ("--train-tweets", str(tweets), "--set", f"training.epochs={epochs}", "--seeds", "2")
        inputs = ("--data", paths.data, *models, "--encoder", encoder, "--device", paths.device, "--out", out)
        methods = ("--methods", "bert-crf", "--baseline", "bert-crf", "--workers", "1")
        total = seconds_of("run", "--suite", "twitter15", *methods, *size, *inputs)
        first, further = sorted(RunStore(Path(out)).records(), key=lambda record: record.spec.seed)
    rival = f"its steps and evaluation alone; {tweets:,} tweets, {epochs} epochs, {Path(encoder).name}"
    for name, seconds, record in (
        ("a first run of bert-crf, with the fixed costs of its command", total - further.seconds, first),
        ("a further run of bert-crf", further.seconds, further),
    ):
        yield Pair(name, rival, [1000 * seconds], [1000 * sum(record.timings.values())])
