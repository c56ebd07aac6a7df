"""What can be timed, by name, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from mnerbench.benchmark.perf.crf import crf_pairs
from mnerbench.benchmark.perf.epochs import Training, epoch_pair, growth_of_tweets
from mnerbench.benchmark.perf.features import feature_pair
from mnerbench.benchmark.perf.growth import Growth, growth_of_predictions, growth_of_runs, growth_of_seeds
from mnerbench.benchmark.perf.pairs import Pair
from mnerbench.benchmark.perf.steps import METHODS, Setting, step_pairs
from mnerbench.benchmark.perf.whole_runs import overhead_pairs, worker_pairs
from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.spec import Precision
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.methods.registry import methods

Timed = Iterator[Pair | Growth]


@dataclass(frozen=True)
class Timing:
    """What is timed how often.

    Attributes:
        materials: data, models and device; its `out` is a folder for what is made on the way.
        encoder: as the user names it, or None.
        base: whether steps take an encoder of BERT-base's size.
        methods: whose steps.
        batch_size: tweets per step.
        steps, epochs: of each side.
        tweets: per epoch.
        precision: of ours.
    """

    materials: LocalResources
    encoder: str | None = None
    base: bool = False
    methods: Sequence[str] = METHODS
    batch_size: int = 32
    steps: int = 6
    epochs: int = 4
    tweets: int = 1000
    precision: Precision = Precision.FP32

    @property
    def folder(self) -> Path:
        """For what is made on the way."""
        return self.materials.places.out

    def check(self, names: Sequence[str]) -> list[str]:
        """Look for what some parts need, before anything is timed and lost for want of it.

        Returns:
            Those that cannot be timed because no encoder was named.

        Raises:
            ConfigError: a method is not known; one of `steps` has no text encoder, or pictures of its own.
            MissingInputError: an encoder was named that is not there, or Twitter-2015 is not.
        """
        for name in self.methods:
            entry = methods()[name]
            other = entry.family.counts or entry.configure({}).reads_words or entry.variant.sources
            if other and "steps" in names:
                raise ConfigError(
                    f"{name}: `steps` are of methods over a text encoder and the usual pictures\n"
                    "  -> leave it out of --methods"
                )
        needy = [name for name in names if PARTS[name].needs_encoder]
        if self.encoder is None or not needy:
            return needy
        if self.materials.encoder(self.encoder).folder is None:
            raise MissingInputError(f"--encoder {self.encoder}: has no folder to time\n  -> name one that has")
        self.materials.corpus("twitter15")
        return []


class Part(NamedTuple):
    """One kind of measurements.

    Attributes:
        time: does them.
        about: in a few words.
        needs_encoder: and Twitter-2015.
    """

    time: Callable[[Timing], Timed]
    about: str
    needs_encoder: bool = False


def _crf(timing: Timing) -> Timed:
    yield from crf_pairs(pick_device(timing.materials.places))


def _features(timing: Timing) -> Timed:
    with TemporaryDirectory(dir=timing.folder) as folder:
        yield feature_pair(Path(folder))


def _steps(timing: Timing) -> Timed:
    assert timing.encoder is not None
    materials, size = timing.materials, (timing.base, timing.batch_size, timing.steps)
    folder, device = materials.encoder(timing.encoder).folder, pick_device(materials.places)
    assert folder is not None
    setting = Setting(materials.corpus("twitter15"), folder, *size, device, timing.precision, timing.folder)
    yield from step_pairs(setting, timing.methods)


def _training(timing: Timing) -> Training:
    assert timing.encoder is not None
    return Training(timing.materials, timing.encoder, timing.epochs, timing.precision, timing.folder)


def _epochs(timing: Timing) -> Timed:
    training = _training(timing)
    yield epoch_pair(training, timing.tweets)
    yield growth_of_tweets(training)


def _overhead(timing: Timing) -> Timed:
    assert timing.encoder is not None
    yield from overhead_pairs(timing.materials.places, timing.encoder, timing.tweets, timing.epochs)


def _grids(timing: Timing) -> Timed:
    yield from growth_of_runs(timing.folder)
    yield growth_of_seeds(timing.folder)


def _predictions(timing: Timing) -> Timed:
    yield from growth_of_predictions(timing.folder)


def _workers(timing: Timing) -> Timed:
    yield from worker_pairs(timing.folder)


PARTS: Mapping[str, Part] = {
    "crf": Part(_crf, "loss, Viterbi and posteriors against pytorch-crf"),
    "features": Part(_features, "vectors of pictures from the store against a file each"),
    "grids": Part(_grids, "commands over 10, 100 and 1,000 runs, and more and more seeds"),
    "predictions": Part(_predictions, "`score` over 10,000, 40,000 and 160,000 predicted tweets"),
    "workers": Part(_workers, "a grid with a worker per core against one run at a time"),
    "steps": Part(_steps, "a training step against that of released code", needs_encoder=True),
    "epochs": Part(_epochs, "epochs against a loop by hand, and of more and more tweets", needs_encoder=True),
    "overhead": Part(_overhead, "whole runs against their own steps and evaluation", needs_encoder=True),
}
