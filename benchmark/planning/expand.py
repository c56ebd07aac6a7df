"""From a suite to run specs: a pure function of the suite and of what is there, tested without training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.resolve import ResolvedMethod, check_names, check_training, resolve
from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef, RunSpec, transfer_title
from mnerbench.datasets.corpus import SPLITS
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.needs import Need, Needs, unique
from mnerbench.datasets.visual.pictures import LostPictures
from mnerbench.methods.encoders.source import encoder_name
from mnerbench.methods.registry import Registry

MOST_RUNS = 100_000  # planning takes about a minute then


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
        lacking: `method on dataset` to what it lacks, or why it is impossible.
        only_tested: datasets that nothing can be trained on, to the reason; they are scored on as transfer targets.
    """

    suite: Suite
    jobs: tuple[Job, ...]
    lacking: Mapping[str, Needs] = field(default_factory=dict)
    only_tested: Mapping[str, Need] = field(default_factory=dict)

    @property
    def not_run(self) -> dict[str, str]:
        """`method on dataset` to reasons and remedies, in words."""
        return {name: "\n".join(map(str, needs)) for name, needs in self.lacking.items()}

    def without(self, lacking: Mapping[str, Needs], jobs: Iterable[Job]) -> Grid:
        """The grid with some of its runs left out, and why."""
        gone = {job.spec.identity for job in jobs}
        merged = {name: unique([*self.lacking.get(name, ()), *needs]) for name, needs in lacking.items()}
        kept = tuple(job for job in self.jobs if job.spec.identity not in gone)
        return replace(self, jobs=kept, lacking={**self.lacking, **merged})


def expand(suite: Suite, facts: Facts, registry: Registry) -> Grid:
    """All runs of a suite.

    A broken file stops everything. Whatever is not there, be it a corpus, a visual input, an encoder or vectors of
    words, leaves out the methods that need it, each with all that it lacks.

    Raises:
        ConfigError: a name or setting is not valid.
        DataError: a file breaks its format.
    """
    check_names(suite, registry)
    _check_size(suite)
    grids = [_expand(part, facts, registry) for part in suite.grids]
    jobs = [job for grid in grids for job in grid.jobs]
    jobs.sort(key=lambda job: suite.seeds.index(job.spec.seed) if job.encoder is not None else -1)
    lacking: dict[str, Needs] = {}
    for grid in grids:
        lacking |= {name: unique([*lacking.get(name, ()), *needs]) for name, needs in grid.lacking.items()}
    targets = {other.name for job in jobs for other in job.spec.transfer}
    only = {name: need for grid in grids for name, need in grid.only_tested.items() if name in targets}
    # Nobody who asks for a transfer to a test set waits for runs that are trained on it.
    gaps = [row for row, needs in lacking.items() if only.get(row.rpartition(" on ")[2]) not in needs]
    position = {name: number for number, name in enumerate(suite.all_names)}
    ordered = sorted(gaps, key=lambda row: position[row.rpartition(" on ")[0]])
    return Grid(suite, tuple(jobs), {row: lacking[row] for row in ordered}, only)


def _check_size(suite: Suite) -> None:
    runs = sum(len(part.methods) for part in suite.grids)
    runs *= len(suite.datasets) * len(suite.seeds) * len(suite.train_tweets)
    if runs > MOST_RUNS:
        reason = f"suite {suite.name!r}: {runs:,} runs, more than the {MOST_RUNS:,} of a grid"
        raise ConfigError(f"{reason}\n  -> fewer --seeds, --train-tweets, --methods or --datasets at a time")


def _expand(suite: Suite, facts: Facts, registry: Registry) -> Grid:
    """The runs of one part."""
    check_training(suite)
    chosen = [resolve(name, suite, registry) for name in suite.methods]
    found: list[tuple[ResolvedMethod, DatasetRef]] = []
    without_data: list[tuple[str, ResolvedMethod, Needs]] = []
    for dataset in suite.datasets:
        for item in chosen:
            try:
                found.append((item, facts.dataset_ref(dataset, item.config.inputs, item.sources, suite.lost_pictures)))
            except MissingInputError as error:
                without_data.append((dataset, item, error.needs))
    planned, impossible = _settled(suite, found, facts)
    # After the data: an encoder may have to be downloaded, which nobody should wait for in vain.
    encoders, missing = _encoders(suite, planned, facts)
    lacking = {
        f"{item.name} on {dataset}": unique([*needs, *missing.get(foundation(suite, item), ())])
        for dataset, item, needs in without_data
    }
    runs = []
    for plan in planned:
        under = foundation(suite, plan.item)
        if under in missing:
            lacking[f"{plan.item.name} on {plan.data.title}"] = missing[under]
        else:
            runs += _runs(suite, plan, encoders)
    untrainable = {data.name: need for _, data in found if (need := _untrainable(data)) is not None}
    return Grid(suite, tuple(runs), lacking | impossible, untrainable)


def _encoders(
    suite: Suite, planned: Sequence[_Planned], facts: Facts
) -> tuple[dict[str, EncoderRef], dict[str | None, Needs]]:
    """The encoders and word vectors of the methods by name, and what those lack that are not there."""
    found: dict[str, EncoderRef] = {}
    missing: dict[str | None, Needs] = {}
    for name in sorted({under for plan in planned if (under := foundation(suite, plan.item)) is not None}):
        try:
            found[name] = facts.encoder_ref(name)
        except MissingInputError as error:
            missing[name] = error.needs
    return found, missing


def foundation(suite: Suite, item: ResolvedMethod) -> str | None:
    """The encoder or word vectors that a method is built on, as the suite names them; None for one that counts."""
    if item.entry.family.is_count_based:
        return None
    return encoder_name(item.config.text_source, encoder=suite.encoder, word_vectors=suite.word_vectors)


@dataclass(frozen=True)
class _Planned:
    """A method on a training set of one size, and the other datasets that it is scored on."""

    item: ResolvedMethod
    data: DatasetRef
    transfer: tuple[DatasetRef, ...]


def _settled(
    suite: Suite, found: Sequence[tuple[ResolvedMethod, DatasetRef]], facts: Facts
) -> tuple[list[_Planned], dict[str, Needs]]:
    """Every size of the training set and every transfer that is possible, and why the others are not."""
    planned, impossible = [], dict[str, Needs]()
    for item, data in found:
        if (need := _untrainable(data)) is not None:
            impossible[f"{item.name} on {data.title}"] = (need,)
            continue
        hidden = suite.hidden_pictures if item.config.inputs else 0.0
        others = [ref for other, ref in found if other is item and ref.name != data.name] if suite.transfer else []
        whole = facts.train_size(data.name)
        for size in suite.train_tweets:
            count = None if size in ("all", whole) else int(size)
            own = data.model_copy(update={"hidden_pictures": hidden, "train_tweets": count})
            if count is not None and count > whole:
                impossible[f"{item.name} on {own.title}"] = (Need(f"{data.name} has {whole:,} training tweets"),)
                continue
            reasons = {other.name: reason for other in others if (reason := _unfit(data, other))}
            fitting = tuple(other for other in others if other.name not in reasons)
            planned.append(_Planned(item, own, fitting))
            for other in others:
                if other.name in reasons:
                    impossible[f"{item.name} on {transfer_title(own, other)}"] = (reasons[other.name],)
    return planned, impossible


def _unfit(data: DatasetRef, other: DatasetRef) -> Need | None:
    """Why what is trained on `data` cannot be scored on `other`; None where it can."""
    if "test" not in other.fingerprints:
        return Need(f"dataset {other.name!r} has no test split")
    if set(other.types) != set(data.types):
        return Need(f"other entity types: {', '.join(data.types)} there, {', '.join(other.types)} here")
    return None


def _untrainable(data: DatasetRef) -> Need | None:
    """Why nothing can be trained on a dataset and scored on it; None where it has all splits."""
    absent = [split for split in SPLITS if split not in data.fingerprints]
    if not absent:
        return None
    ways = ["add the file, and name it in its card"]
    if "test" not in absent:
        ways.append("or score on it what others were trained on: transfer = true in a suite of several datasets")
    reason = f"dataset {data.name!r} has no {' and no '.join(absent)} split, so that it cannot be trained on"
    return Need(reason, tuple(ways))


def _runs(suite: Suite, plan: _Planned, encoders: Mapping[str, EncoderRef]) -> list[Job]:
    item, data = plan.item, plan.data
    under = foundation(suite, item)
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
