"""The measurements of the harness itself, by name, and their requirements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from harness_perf.epochs import Training, epoch_pair, growth_of_tweets
from harness_perf.growth import Growth, growth_of_predictions, growth_of_runs, growth_of_seeds
from harness_perf.overhead import overhead_pairs
from mnerbench.benchmark.perf.pairs import Pair
from mnerbench.benchmark.perf.parts import check_encoder
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.spec import Precision

Timed = Iterator[Pair | Growth]


@dataclass(frozen=True)
class Timing:
    """Settings of the measurements.

    Attributes:
        resources: data, models and device; its results folder is used for temporary files.
        encoder: name of the encoder, or None.
        epochs: epochs of each side.
        tweets: tweets per epoch.
        precision: our precision.
    """

    resources: LocalResources
    encoder: str | None = None
    epochs: int = 4
    tweets: int = 1000
    precision: Precision = Precision.FP32

    @property
    def folder(self) -> Path:
        """Folder for temporary files."""
        return self.resources.paths.out

    def check(self, names: Sequence[str]) -> list[str]:
        """Check the requirements of parts before anything is timed.

        Returns:
            The parts that cannot be timed because no encoder is named.

        Raises:
            MissingInputError: the named encoder or Twitter-2015 is missing.
        """
        dependent = [name for name in names if PARTS[name].needs_encoder]
        return check_encoder(self.resources, self.encoder, dependent)


class Part(NamedTuple):
    """A group of measurements.

    Attributes:
        time: runs them.
        about: short description.
        needs_encoder: whether an encoder and Twitter-2015 are required.
    """

    time: Callable[[Timing], Timed]
    about: str
    needs_encoder: bool = False


def _grids(timing: Timing) -> Timed:
    yield from growth_of_runs(timing.folder)
    yield growth_of_seeds(timing.folder)


def _predictions(timing: Timing) -> Timed:
    yield from growth_of_predictions(timing.folder)


def _epochs(timing: Timing) -> Timed:
    assert timing.encoder is not None
    training = Training(timing.resources, timing.encoder, timing.epochs, timing.precision, timing.folder)
    yield epoch_pair(training, timing.tweets)
    yield growth_of_tweets(training)


def _overhead(timing: Timing) -> Timed:
    assert timing.encoder is not None
    yield from overhead_pairs(timing.resources.paths, timing.encoder, timing.tweets, timing.epochs)


PARTS: Mapping[str, Part] = {
    "grids": Part(_grids, "commands over 10, 100 and 1,000 runs, and over 1 to 8 seeds"),
    "predictions": Part(_predictions, "`score` over 10,000, 40,000 and 160,000 predicted tweets"),
    "epochs": Part(_epochs, "epochs against a hand-written loop, and over 250 to 4,000 tweets", needs_encoder=True),
    "overhead": Part(_overhead, "whole runs against their training steps and evaluation alone", needs_encoder=True),
}
