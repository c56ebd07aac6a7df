"""Expands a suite into run specs; a pure function of the suite and the available resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.resolve import ResolvedMethod, check_names, check_training, resolve
from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef, RunSpec, transfer_title
from mnerbench.datasets.chat.address import require_server
from mnerbench.datasets.corpus import SPLITS
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.needs import Need, Needs, unique
from mnerbench.datasets.setting_path import shown
from mnerbench.datasets.visual.lost_pictures import LostPictures
from mnerbench.methods.encoders.source import encoder_name, word_file_named
from mnerbench.methods.registry import Registry

MOST_RUNS = 100_000  # planning that many takes about a minute


class Facts(Protocol):
    """Lookups on this machine that the expansion needs; each raises MissingInputError if the resource is missing."""

    def dataset_ref(
        self, name: str, kinds: tuple[InputKind, ...], sources: Mapping[InputKind, str], lost: LostPictures
    ) -> DatasetRef:
        """Identify a corpus and its inputs by content."""

    def limited(self, ref: DatasetRef, count: int) -> DatasetRef:
        """Identify at most `count` tweets of dev and of test; the same reference if these splits have no more."""

    def train_size(self, name: str) -> int:
        """Number of training tweets of a corpus."""

    def shared_tweets(self, trained: str, tested: str) -> tuple[str, ...]:
        """Test tweets of one corpus that training on another one sees, as sentences."""

    def relation_labels(self, name: str) -> str | None:
        """Identify the relation labels of a corpus' training tweets by content; None if it has none."""

    def encoder_ref(self, name: str) -> EncoderRef:
        """Identify an encoder by content."""


@dataclass(frozen=True)
class Grid:
    """All runs of a suite, and the combinations that cannot run, with reasons.

    Attributes:
        suite: the suite after overrides.
        jobs: the runs, ordered by seed, dataset and method, so that every method gets a first result early.
        lacking: from `method on dataset` to the missing resources or the reason why the combination is impossible.
        only_tested: datasets used as transfer targets only, with the reason why nothing can be trained on them.
    """

    suite: Suite
    jobs: tuple[Job, ...]
    lacking: Mapping[str, Needs] = field(default_factory=dict)
    only_tested: Mapping[str, Need] = field(default_factory=dict)

    @property
    def not_run(self) -> dict[str, str]:
        """From `method on dataset` to reasons and remedies, as text."""
        return {name: "\n".join(map(str, needs)) for name, needs in self.lacking.items()}

    def without(self, lacking: Mapping[str, Needs], jobs: Iterable[Job]) -> Grid:
        """The grid without some of its runs; `lacking` says why they are left out."""
        removed = {job.spec.identity for job in jobs}
        merged = {name: unique([*self.lacking.get(name, ()), *needs]) for name, needs in lacking.items()}
        remaining = tuple(job for job in self.jobs if job.spec.identity not in removed)
        return replace(self, jobs=remaining, lacking={**self.lacking, **merged})


def expand(suite: Suite, facts: Facts, registry: Registry) -> Grid:
    """All runs of a suite.

    A malformed file is an error. A missing corpus, visual input, encoder or file of word vectors only excludes the
    methods that need it; the grid lists everything that each of them lacks.

    Raises:
        ConfigError: A name or setting is invalid.
        DataError: A file is malformed.
    """
    check_names(suite, registry)
    _check_size(suite)
    grids = [_expand(part, facts, registry) for part in suite.resolved_parts]
    jobs = [job for grid in grids for job in grid.jobs]
    jobs.sort(key=lambda job: suite.seeds.index(job.spec.seed) if job.encoder is not None else -1)
    lacking: dict[str, Needs] = {}
    for grid in grids:
        lacking |= {name: unique([*lacking.get(name, ()), *needs]) for name, needs in grid.lacking.items()}
    targets = {other.name for job in jobs for other in job.spec.transfer}
    only_tested = {name: need for grid in grids for name, need in grid.only_tested.items() if name in targets}
    # A dataset used as a transfer target is not expected to be trained on, so that is not reported as a gap.
    gaps = [row for row, needs in lacking.items() if only_tested.get(row.rpartition(" on ")[2]) not in needs]
    position = {name: number for number, name in enumerate(suite.all_names)}
    ordered = sorted(gaps, key=lambda row: position[row.rpartition(" on ")[0]])
    return Grid(suite, tuple(jobs), {row: lacking[row] for row in ordered}, only_tested)


def _check_size(suite: Suite) -> None:
    runs = sum(len(part.methods) * len(part.datasets) for part in suite.resolved_parts)
    runs *= len(suite.seeds) * len(suite.train_tweets)
    if runs > MOST_RUNS:
        reason = f"suite {suite.name!r}: {runs:,} runs, more than the {MOST_RUNS:,} of a grid"
        raise ConfigError(f"{reason}\n  -> use fewer --seeds, --train-tweets, --methods or --datasets at a time")


def _expand(suite: Suite, facts: Facts, registry: Registry) -> Grid:
    """The runs of one part."""
    check_training(suite)
    resolved = [resolve(name, suite, registry) for name in suite.methods]
    available: list[tuple[ResolvedMethod, DatasetRef, DatasetRef | None]] = []
    without_data: list[tuple[str, ResolvedMethod, Needs]] = []
    for dataset in suite.datasets:
        for method in resolved:
            try:
                _require_model(method)
                data = _dataset_ref(dataset, method, suite, facts)
                data = data if suite.limit_test is None else facts.limited(data, suite.limit_test)
                corpus = method.config.relation_corpus
                pairs = _dataset_ref(corpus.name, method, suite, facts) if corpus is not None else None
                available.append((method, data, pairs))
            except MissingInputError as error:
                without_data.append((dataset, method, error.needs))
    planned, impossible = _combinations(suite, available, facts)
    # Encoders come after the data: one may have to be downloaded, which is pointless if there are no data.
    encoders, missing = _encoders(suite, planned, facts)
    lacking = {
        f"{method.name} on {dataset}": unique([*needs, *_missing_encoders(suite, method, missing)])
        for dataset, method, needs in without_data
    }
    runs = []
    for plan in planned:
        if needs := _missing_encoders(suite, plan.method, missing):
            lacking[f"{plan.method.name} on {plan.data.title}"] = needs
        else:
            runs += _runs(suite, plan, encoders)
    untrainable = {data.name: need for _, data, _ in available if (need := _untrainable(data)) is not None}
    return Grid(suite, tuple(runs), lacking | impossible, untrainable)


def _require_model(method: ResolvedMethod) -> None:
    """Check that a method which asks a language model has one; nothing is sent.

    Raises:
        MissingInputError: no model or no server is named, or the client is missing.
    """
    model = method.config.asked_model
    if model == "":
        flag = f"--set {method.entry.family.name}.model=NAME   by which the server knows it"
        raise MissingInputError(Need("no language model is named", (flag,), "the name of a language model"))
    if model is not None:
        require_server()


def _dataset_ref(name: str, method: ResolvedMethod, suite: Suite, facts: Facts) -> DatasetRef:
    """Identify what a method reads of a corpus."""
    ref = facts.dataset_ref(name, method.config.inputs, method.sources, suite.lost_pictures)
    if not method.config.learns_relations:
        return ref
    return ref.model_copy(update={"relations": facts.relation_labels(name)})


def _encoders(
    suite: Suite, planned: Sequence[_Combination], facts: Facts
) -> tuple[dict[str, EncoderRef], dict[str, Needs]]:
    """The available encoders and word vectors by name, and the needs of the missing ones."""
    available: dict[str, EncoderRef] = {}
    missing: dict[str, Needs] = {}
    for name in sorted({name for plan in planned for name in _encoders_of(suite, plan.method)}):
        try:
            available[name] = facts.encoder_ref(name)
        except MissingInputError as error:
            missing[name] = error.needs
    return available, missing


def encoder_of(suite: Suite, method: ResolvedMethod) -> str | None:
    """The encoder or word vectors that a method uses, as the suite names them; None without training."""
    if not method.entry.family.is_trained:
        return None
    return encoder_name(method.config.text_source, encoder=suite.encoder, word_vectors=suite.word_vectors)


def word_vectors_of(suite: Suite, method: ResolvedMethod) -> str | None:
    """The word vectors that a method reads beside its text encoder, as the suite names them; None if it reads none."""
    return word_file_named(suite.word_vectors) if method.config.reads_word_vectors else None


def _encoders_of(suite: Suite, method: ResolvedMethod) -> list[str]:
    names = encoder_of(suite, method), word_vectors_of(suite, method)
    return [name for name in names if name is not None]


def _missing_encoders(suite: Suite, method: ResolvedMethod, missing: Mapping[str, Needs]) -> Needs:
    return unique([need for name in _encoders_of(suite, method) for need in missing.get(name, ())])


@dataclass(frozen=True)
class _Combination:
    """A method, a training set of one size, the transfer targets to score on, and a corpus of relations to learn."""

    method: ResolvedMethod
    data: DatasetRef
    transfer: tuple[DatasetRef, ...]
    relation_corpus: DatasetRef | None


def _combinations(
    suite: Suite, available: Sequence[tuple[ResolvedMethod, DatasetRef, DatasetRef | None]], facts: Facts
) -> tuple[list[_Combination], dict[str, Needs]]:
    """The possible training-set sizes and transfers, and the reasons why the others are impossible."""
    planned, impossible = [], dict[str, Needs]()
    for method, data, corpus in available:
        if (need := _untrainable(data) or _without_relations(corpus)) is not None:
            impossible[f"{method.name} on {data.title}"] = (need,)
            continue
        hidden = suite.hidden_pictures if method.config.inputs else 0.0
        others = [ref for m, ref, _ in available if m is method and ref.name != data.name] if suite.transfer else []
        whole = facts.train_size(data.name)
        for size in suite.train_tweets:
            count = None if size in ("all", whole) else int(size)
            training_set = data.model_copy(update={"hidden_pictures": hidden, "train_tweets": count})
            if count is not None and count > whole:
                name = f"{method.name} on {training_set.title}"
                impossible[name] = (Need(f"{data.name} has {whole:,} training tweets"),)
                continue
            reasons = {
                other.name: reason
                for other in others
                if (reason := _transfer_obstacle(data, other) or _overlap(suite, data, other, facts))
            }
            fitting = tuple(other for other in others if other.name not in reasons)
            planned.append(_Combination(method, training_set, fitting, corpus))
            for other in others:
                if other.name in reasons:
                    impossible[f"{method.name} on {transfer_title(training_set, other)}"] = (reasons[other.name],)
    return planned, impossible


def _transfer_obstacle(data: DatasetRef, other: DatasetRef) -> Need | None:
    """Why a model trained on `data` cannot be scored on `other`; None if it can."""
    if "test" not in other.fingerprints:
        return Need(f"dataset {other.name!r} has no test split")
    if set(other.types) != set(data.types):
        return Need(f"different entity types: {', '.join(data.types)} there, {', '.join(other.types)} here")
    return None


def _overlap(suite: Suite, data: DatasetRef, other: DatasetRef, facts: Facts) -> Need | None:
    """Why a score on `other` would count tweets that training on `data` saw; None if it would not, or may."""
    shared = () if suite.allow_overlap else facts.shared_tweets(data.name, other.name)
    if not shared:
        return None
    ways = ("leave one of the two out", "or allow_overlap = true in the suite: notes of every run then say so")
    return Need(f"the test tweets are not unseen: {'; '.join(shared)}", ways)


def _untrainable(data: DatasetRef) -> Need | None:
    """Why no run can be trained and scored on a dataset; None if it has all splits."""
    absent = [split for split in SPLITS if split not in data.fingerprints]
    if not absent:
        return None
    ways = ["add the file, and name it in the dataset's card"]
    if "test" not in absent:
        ways.append("or use it as a transfer target: transfer = true in a suite of several datasets")
    reason = f"dataset {data.name!r} has no {' and no '.join(absent)} split, so that it cannot be trained on"
    return Need(reason, tuple(ways))


def _without_relations(corpus: DatasetRef | None) -> Need | None:
    """Why relations cannot be learned from a corpus; None if they can, or if none is named."""
    if corpus is None or corpus.relations is not None:
        return None
    return Need(
        f"no training tweet of {corpus.name!r} says whether picture and text are related",
        ("name a dataset of text-image relations, such as twitter-relations",),
    )


def _runs(suite: Suite, plan: _Combination, encoders: Mapping[str, EncoderRef]) -> list[Job]:
    method, data = plan.method, plan.data
    encoder, words = encoder_of(suite, method), word_vectors_of(suite, method)
    config, defaults = (settings.identity_settings() for settings in (method.config, method.entry.configure({})))
    overrides = {name: shown(value) for name, value in config.items() if value != defaults.get(name)}

    def spec(seed: int) -> RunSpec:
        return RunSpec(
            method=method.name,
            family=method.entry.family.name,
            revision=method.entry.family.revision,
            config=config,
            overrides=overrides,
            dataset=data,
            encoder=encoders[encoder] if encoder is not None else None,
            word_vectors=encoders[words] if words is not None else None,
            training=method.training,
            protocol=suite.protocol.value,
            seed=seed,
            transfer=plan.transfer,
            diagnosis=suite.diagnosis or method.config.evaluation_views == (method.config.primary_view,),
            relation_corpus=plan.relation_corpus,
            seeded=seeded,
        )

    # Without training, one run is enough, unless the seed selects training tweets or examples, or draws answers.
    seeded = encoder is None and method.config.is_seeded
    subset = data.train_tweets is not None and method.config.reads_training_tweets
    seeds = (0,) if encoder is None and not subset and not seeded else suite.seeds
    return [Job(spec(seed), encoder, word_vectors=words) for seed in seeds]
