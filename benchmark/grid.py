"""From a suite to run specs: a pure function of the suite and of what is there, tested without training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import ValidationError

from mnerbench.benchmark.job import Job
from mnerbench.benchmark.spec import DatasetRef, EncoderRef, RunSpec, TrainingSettings, transfer_title
from mnerbench.benchmark.suite import Protocol as TrainingProtocol
from mnerbench.benchmark.suite import Suite
from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError, suggestion
from mnerbench.datasets.visual.inputs import InputKind
from mnerbench.datasets.visual.pictures import LostPictures
from mnerbench.methods.base import MethodConfig
from mnerbench.methods.registry import Entry, Registry


class Facts(Protocol):
    """What the expansion asks about this machine; raises MissingInputError for what is not there."""

    def dataset_ref(
        self, name: str, kinds: tuple[InputKind, ...], sources: Mapping[InputKind, str], lost: LostPictures
    ) -> DatasetRef:
        """A corpus and inputs by content."""

    def train_size(self, name: str) -> int:
        """Training tweets of a corpus."""

    def encoder_ref(self, name: str) -> EncoderRef:
        """An encoder by content."""


@dataclass(frozen=True)
class Grid:
    """All runs of a suite, and what cannot be run with the reason.

    Attributes:
        suite: after overrides.
        jobs: in the order seeds, then datasets, then methods, so that every method gets its first result early.
        not_run: `method on dataset` to reason and remedy.
    """

    suite: Suite
    jobs: tuple[Job, ...]
    not_run: Mapping[str, str]


_NOT_YET = "there is no method of this name yet\n  -> its published scores stand in the report"


@dataclass(frozen=True)
class _Chosen:
    """A method of the suite, resolved."""

    name: str
    entry: Entry
    config: MethodConfig
    training: TrainingSettings | None
    sources: Mapping[InputKind, str]


def _choose(name: str, suite: Suite, registry: Registry) -> _Chosen:
    own = suite.variants.get(name)
    entry = registry[own.of if own is not None else name]
    settings = {**(own.settings if own is not None else {}), **suite.settings.get(name, {})}
    config = entry.configure(settings)
    sources = {**suite.inputs, **entry.variant.sources, **(own.sources if own is not None else {})}
    return _Chosen(name, entry, config, None if entry.family.counts else training_settings(suite, entry), sources)


def training_settings(suite: Suite, entry: Entry) -> TrainingSettings:
    """Settings of one method under the suite's protocol.

    `equal`: the suite's for everyone. `paper`: the suite's, and over them what the method's paper says. What is pinned
    (`--set training.epochs=5`) wins in both.

    Raises:
        ConfigError: a value that is not valid.
    """
    paper = entry.family.paper_training if suite.protocol is TrainingProtocol.PAPER else {}
    wanted = {**suite.training, **paper, **suite.pinned}
    try:
        return TrainingSettings.model_validate(wanted)
    except ValidationError as error:
        first = error.errors()[0]
        place = f"training.{first['loc'][0]} = {first['input']!r}" if first["loc"] else f"training of {entry.name!r}"
        raise ConfigError(f"{place}: {first['msg']}") from error


def _check_training(suite: Suite) -> None:
    for key in {**suite.training, **suite.pinned}:
        if key not in TrainingSettings.model_fields:
            raise ConfigError(
                f"suite {suite.name!r}: no training setting {key!r}{suggestion(key, TrainingSettings.model_fields)}"
            )


def _check_names(suite: Suite, chosen: list[_Chosen], registry: Registry) -> None:
    everything = {*suite.variants, *(entry.name for entry in registry)}
    if suite.baseline is not None and suite.baseline not in everything:
        raise ConfigError(f"baseline {suite.baseline!r}: no such method{suggestion(suite.baseline, everything)}")
    known = [item.name for item in chosen]
    for name in suite.settings:
        if name not in known:
            raise ConfigError(f"settings for {name!r}, which the suite does not run{suggestion(name, known)}")


def expand(suite: Suite, facts: Facts, registry: Registry) -> Grid:
    """All runs of a suite.

    A broken file or an encoder that cannot be found stops everything; a corpus or visual input that is not there leaves
    out the methods that need it.

    Raises:
        ConfigError: a name or setting is not valid.
        DataError: a file breaks its format.
        MissingInputError: the encoder cannot be found, and a method needs one.
    """
    _check_training(suite)
    there = {entry.name for entry in registry}
    absent = [name for name in suite.later if name not in there]
    known = dict.fromkeys((*suite.methods, *(name for name in suite.later if name in there)))
    chosen = [_choose(name, suite, registry) for name in known]
    _check_names(suite, chosen, registry)
    found: list[tuple[_Chosen, DatasetRef]] = []
    not_run = {f"{name} on {dataset}": _NOT_YET for dataset in suite.datasets for name in absent}
    for dataset in suite.datasets:
        for item in chosen:
            try:
                found.append((item, facts.dataset_ref(dataset, item.config.inputs, item.sources, suite.lost_pictures)))
            except MissingInputError as error:
                not_run[f"{item.name} on {dataset}"] = str(error)
    planned, impossible = _settled(suite, found, facts)
    # After the data: an encoder may have to be downloaded.
    encoder = facts.encoder_ref(suite.encoder) if any(plan.item.training is not None for plan in planned) else None
    jobs = [job for plan in planned for job in _runs(suite, plan, encoder)]
    jobs.sort(key=lambda job: suite.seeds.index(job.spec.seed) if job.encoder is not None else -1)
    return Grid(suite, tuple(jobs), not_run | impossible)


@dataclass(frozen=True)
class _Planned:
    """A method on a training set of one size, and the other datasets that it is scored on."""

    item: _Chosen
    data: DatasetRef
    transfer: tuple[DatasetRef, ...]


def _settled(
    suite: Suite, found: Sequence[tuple[_Chosen, DatasetRef]], facts: Facts
) -> tuple[list[_Planned], dict[str, str]]:
    """Every size of the training set and every transfer that is possible, and why the others are not."""
    planned, impossible = [], {}
    for item, data in found:
        _check_splits(data)
        hidden = suite.hidden_pictures if item.config.inputs else 0.0
        others = [ref for other, ref in found if other is item and ref.name != data.name] if suite.transfer else []
        for size in suite.train_tweets:
            whole = facts.train_size(data.name)
            count = None if size in ("all", whole) else int(size)
            own = data.model_copy(update={"hidden_pictures": hidden, "train_tweets": count})
            if count is not None and count > whole:
                impossible[f"{item.name} on {own.title}"] = f"{data.name} has {whole:,} training tweets"
                continue
            fitting = tuple(other for other in others if set(other.types) == set(data.types))
            planned.append(_Planned(item, own, fitting))
            for other in others:
                if other not in fitting:
                    names = f"{', '.join(data.types)} there, {', '.join(other.types)} here"
                    impossible[f"{item.name} on {transfer_title(own, other)}"] = f"other entity types: {names}"
    return planned, impossible


def _check_splits(data: DatasetRef) -> None:
    absent = [split for split in ("train", "valid", "test") if split not in data.fingerprints]
    if absent:
        raise DataError(
            f"dataset {data.name!r} has no {' and no '.join(absent)} split\n  -> add the file, and name it in its card"
        )


def _runs(suite: Suite, plan: _Planned, encoder: EncoderRef | None) -> list[Job]:
    item, data = plan.item, plan.data
    counts = item.entry.family.counts
    config, own = (made.model_dump(mode="json") for made in (item.config, item.entry.configure({})))
    overrides = {name: value for name, value in config.items() if value != own[name]}

    def spec(seed: int) -> RunSpec:
        return RunSpec(
            method=item.name,
            family=item.entry.family.name,
            config=config,
            overrides=overrides,
            dataset=data,
            encoder=None if counts else encoder,
            training=item.training,
            protocol=suite.protocol.value,
            seed=seed,
            transfer=plan.transfer,
        )

    # A method that counts gives the same answer for every seed, unless the seed picks what it counts: one run, one row.
    seeds = (0,) if counts and data.train_tweets is None else suite.seeds
    return [Job(spec(seed), None if counts else suite.encoder) for seed in seeds]
