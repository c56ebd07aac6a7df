"""From a suite to run specs: a pure function of the suite and of what is there, tested without training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mnerbench.benchmark.chosen import Chosen, check_names, check_training, choose
from mnerbench.benchmark.job import Job
from mnerbench.benchmark.spec import DatasetRef, EncoderRef, RunSpec, transfer_title
from mnerbench.benchmark.suite import Suite
from mnerbench.datasets.corpus import SPLITS
from mnerbench.datasets.errors import MissingInputError, with_remedies
from mnerbench.datasets.visual.inputs import InputKind
from mnerbench.datasets.visual.pictures import LostPictures
from mnerbench.methods.layers.encoder_source import words_named
from mnerbench.methods.registry import Registry


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
        only_tested: datasets that nothing can be trained on, to the reason; they are scored on as transfer targets.
    """

    suite: Suite
    jobs: tuple[Job, ...]
    not_run: Mapping[str, str]
    only_tested: Mapping[str, str] = field(default_factory=dict)


def expand(suite: Suite, facts: Facts, registry: Registry) -> Grid:
    """All runs of a suite.

    A broken file or an encoder that cannot be found stops everything; a corpus or visual input that is not there leaves
    out the methods that need it, and so does an encoder, or vectors of words, as long as others need something else.

    Raises:
        ConfigError: a name or setting is not valid.
        DataError: a file breaks its format.
        MissingInputError: the encoder cannot be found, and a method needs one.
    """
    check_names(suite, registry)
    grids, without_encoder = [], []
    for one in suite.grids:
        try:
            grids.append(_expand(one, facts, registry))
        except MissingInputError as error:
            without_encoder.append((one, error))
    if without_encoder and not any(grid.jobs for grid in grids):
        raise without_encoder[0][1]
    jobs = [job for grid in grids for job in grid.jobs]
    jobs.sort(key=lambda job: suite.seeds.index(job.spec.seed) if job.encoder is not None else -1)
    not_run = {name: reason for grid in grids for name, reason in grid.not_run.items()}
    for one, why in without_encoder:
        not_run |= {f"{name} on {dataset}": str(why) for dataset in one.datasets for name in one.methods}
    targets = {other.name for job in jobs for other in job.spec.transfer}
    only = {name: why for grid in grids for name, why in grid.only_tested.items() if name in targets}
    # Nobody who asks for a transfer to a test set waits for runs that are trained on it.
    not_run = {name: why for name, why in not_run.items() if why != only.get(name.rpartition(" on ")[2])}
    return Grid(suite, tuple(jobs), not_run, only)


def _expand(suite: Suite, facts: Facts, registry: Registry) -> Grid:
    """The runs of one part."""
    check_training(suite)
    chosen = [choose(name, suite, registry) for name in suite.methods]
    found: list[tuple[Chosen, DatasetRef]] = []
    not_run: dict[str, str] = {}
    for dataset in suite.datasets:
        for item in chosen:
            try:
                found.append((item, facts.dataset_ref(dataset, item.config.inputs, item.sources, suite.lost_pictures)))
            except MissingInputError as error:
                not_run[f"{item.name} on {dataset}"] = str(error)
    planned, impossible = _settled(suite, found, facts)
    # After the data: an encoder may have to be downloaded.
    encoders, missing = _encoders(suite, planned, facts)
    runs = []
    for plan in planned:
        under = _under(suite, plan.item)
        if under in missing:
            not_run[f"{plan.item.name} on {plan.data.title}"] = str(missing[under])
        else:
            runs += _runs(suite, plan, encoders)
    untrainable = {data.name: why for _, data in found if (why := _untrainable(data)) is not None}
    return Grid(suite, tuple(runs), not_run | impossible, untrainable)


def _encoders(
    suite: Suite, planned: Sequence[_Planned], facts: Facts
) -> tuple[dict[str, EncoderRef], dict[str | None, MissingInputError]]:
    """What the methods stand on, by name, and why what else they would stand on is not there.

    Raises:
        MissingInputError: none of it is.
    """
    found: dict[str, EncoderRef] = {}
    missing: dict[str | None, MissingInputError] = {}
    for name in sorted({under for plan in planned if (under := _under(suite, plan.item)) is not None}):
        try:
            found[name] = facts.encoder_ref(name)
        except MissingInputError as error:
            missing[name] = error
    if missing and not found:
        raise next(iter(missing.values()))
    return found, missing


def _under(suite: Suite, item: Chosen) -> str | None:
    """What a method stands on: the encoder or the vectors of words that the suite names; None for one that counts."""
    if item.entry.family.counts:
        return None
    return words_named(suite.word_vectors) if item.config.reads_words else suite.encoder


@dataclass(frozen=True)
class _Planned:
    """A method on a training set of one size, and the other datasets that it is scored on."""

    item: Chosen
    data: DatasetRef
    transfer: tuple[DatasetRef, ...]


def _settled(
    suite: Suite, found: Sequence[tuple[Chosen, DatasetRef]], facts: Facts
) -> tuple[list[_Planned], dict[str, str]]:
    """Every size of the training set and every transfer that is possible, and why the others are not."""
    planned, impossible = [], {}
    for item, data in found:
        if reason := _untrainable(data):
            impossible[f"{item.name} on {data.title}"] = reason
            continue
        hidden = suite.hidden_pictures if item.config.inputs else 0.0
        others = [ref for other, ref in found if other is item and ref.name != data.name] if suite.transfer else []
        whole = facts.train_size(data.name)
        for size in suite.train_tweets:
            count = None if size in ("all", whole) else int(size)
            own = data.model_copy(update={"hidden_pictures": hidden, "train_tweets": count})
            if count is not None and count > whole:
                impossible[f"{item.name} on {own.title}"] = f"{data.name} has {whole:,} training tweets"
                continue
            reasons = {other.name: reason for other in others if (reason := _unfit(data, other))}
            fitting = tuple(other for other in others if other.name not in reasons)
            planned.append(_Planned(item, own, fitting))
            for other in others:
                if other.name in reasons:
                    impossible[f"{item.name} on {transfer_title(own, other)}"] = reasons[other.name]
    return planned, impossible


def _unfit(data: DatasetRef, other: DatasetRef) -> str | None:
    """Why what is trained on `data` cannot be scored on `other`; None where it can."""
    if "test" not in other.fingerprints:
        return f"dataset {other.name!r} has no test split"
    if set(other.types) != set(data.types):
        return f"other entity types: {', '.join(data.types)} there, {', '.join(other.types)} here"
    return None


def _untrainable(data: DatasetRef) -> str | None:
    """Why nothing can be trained on a dataset and scored on it; None where it has all splits."""
    absent = [split for split in SPLITS if split not in data.fingerprints]
    if not absent:
        return None
    ways = ["add the file, and name it in its card"]
    if "test" not in absent:
        ways.append("or score on it what others were trained on: transfer = true in a suite of several datasets")
    reason = f"dataset {data.name!r} has no {' and no '.join(absent)} split, so that it cannot be trained on"
    return with_remedies(reason, ways)


def _runs(suite: Suite, plan: _Planned, encoders: Mapping[str, EncoderRef]) -> list[Job]:
    item, data = plan.item, plan.data
    under = _under(suite, item)
    config, own = (made.model_dump(mode="json") for made in (item.config, item.entry.configure({})))
    overrides = {name: value for name, value in config.items() if value != own[name]}

    def spec(seed: int) -> RunSpec:
        return RunSpec(
            method=item.name,
            family=item.entry.family.name,
            revision=item.entry.family.revision,
            config=config,
            overrides=overrides,
            dataset=data,
            encoder=encoders[under] if under is not None else None,
            training=item.training,
            protocol=suite.protocol.value,
            seed=seed,
            transfer=plan.transfer,
        )

    # A method that counts gives the same answer for every seed, unless the seed picks what it counts: one run, one row.
    seeds = (0,) if under is None and data.train_tweets is None else suite.seeds
    return [Job(spec(seed), under) for seed in seeds]
