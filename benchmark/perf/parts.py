"""The measurements of `benchmark perf`, by name, and their requirements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from mnerbench.benchmark.perf.crf import crf_pairs
from mnerbench.benchmark.perf.families import family_pairs
from mnerbench.benchmark.perf.features import feature_pair
from mnerbench.benchmark.perf.pairs import Pair
from mnerbench.benchmark.perf.step_bench import Setting
from mnerbench.benchmark.perf.steps import METHODS, step_pairs
from mnerbench.benchmark.perf.workers import worker_pairs
from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.spec import Precision
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.methods.base.choices import TextSource
from mnerbench.methods.registry import methods


@dataclass(frozen=True)
class Timing:
    """Settings of the measurements.

    Attributes:
        resources: data, models and device; its results folder is used for temporary files.
        encoder: name of the encoder, or None.
        base: whether steps use an encoder of BERT-base's size.
        methods: methods whose steps are timed.
        batch_size: tweets per step.
        steps: steps of each side.
        precision: our precision.
    """

    resources: LocalResources
    encoder: str | None = None
    base: bool = False
    methods: Sequence[str] = METHODS
    batch_size: int = 32
    steps: int = 6
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
            ConfigError: a method is unknown, or one for `steps` has no text encoder or uses its own picture features.
            MissingInputError: the named encoder or Twitter-2015 is missing.
        """
        for name in self.methods:
            entry = methods()[name]
            usual_inputs = entry.family.is_trained and not entry.variant.sources
            config = entry.configure({})
            over_encoder = config.text_source is TextSource.ENCODER and not config.reads_word_vectors
            if {"steps", "families"} & {*names} and not (usual_inputs and over_encoder):
                raise ConfigError(
                    f"{name}: `steps` times only methods with a text encoder alone and the usual picture features\n"
                    "  -> leave it out of --methods"
                )
        dependent = [name for name in names if PARTS[name].needs_encoder]
        return check_encoder(self.resources, self.encoder, dependent)


def check_encoder(resources: LocalResources, name: str | None, dependent: list[str]) -> list[str]:
    """Check the inputs of measurements with an encoder on real tweets.

    Args:
        resources: finds the encoder and the tweets.
        name: of the encoder, or None.
        dependent: names of the selected parts that need both.

    Returns:
        The parts that cannot be timed because no encoder is named.

    Raises:
        MissingInputError: the named encoder or Twitter-2015 is missing.
    """
    if name is None or not dependent:
        return dependent
    if resources.encoder(name).folder is None:
        raise MissingInputError(f"--encoder {name}: has no model folder\n  -> name an encoder that has")
    resources.corpus("twitter15")
    return []


class Part(NamedTuple):
    """A group of measurements.

    Attributes:
        time: runs them.
        about: short description.
        needs_encoder: whether an encoder and Twitter-2015 are required.
    """

    time: Callable[[Timing], Iterator[Pair]]
    about: str
    needs_encoder: bool = False


def _crf(timing: Timing) -> Iterator[Pair]:
    yield from crf_pairs(pick_device(timing.resources.paths))


def _features(timing: Timing) -> Iterator[Pair]:
    with TemporaryDirectory(dir=timing.folder) as folder:
        yield feature_pair(Path(folder))


def _setting(timing: Timing) -> Setting:
    assert timing.encoder is not None
    resources, size = timing.resources, (timing.base, timing.batch_size, timing.steps)
    folder, device = resources.encoder(timing.encoder).folder, pick_device(resources.paths)
    assert folder is not None
    return Setting(resources.corpus("twitter15"), folder, *size, device, timing.precision, timing.folder)


def _steps(timing: Timing) -> Iterator[Pair]:
    yield from step_pairs(_setting(timing), timing.methods)


def _families(timing: Timing) -> Iterator[Pair]:
    yield from family_pairs(_setting(timing), timing.methods)


def _workers(timing: Timing) -> Iterator[Pair]:
    yield from worker_pairs(timing.folder)


PARTS: Mapping[str, Part] = {
    "crf": Part(_crf, "loss, Viterbi and posteriors against pytorch-crf"),
    "features": Part(_features, "picture vectors from the store against a file per picture"),
    "workers": Part(_workers, "a grid with a worker per core against one run at a time"),
    "steps": Part(_steps, "training steps against those of released code", needs_encoder=True),
    "families": Part(_families, "training steps against UMT's, per encoder operation", needs_encoder=True),
}
