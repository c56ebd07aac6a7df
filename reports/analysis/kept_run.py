"""What a model card tells of a run whose tagger is kept: its scores with intervals, the other seeds, its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.scoring import PRIMARY, Counts
from mnerbench.benchmark.results.spec import DatasetRef
from mnerbench.benchmark.results.stats_store import PredictionStatsStore
from mnerbench.benchmark.results.taggers import dev_f1, series_key
from mnerbench.datasets.card import DatasetCard, SplitSizes
from mnerbench.reports.analysis.row_data import Spread
from mnerbench.reports.analysis.rows import CONTROLS, view_order
from mnerbench.reports.statistics.resampling import bootstrap_interval


@dataclass(frozen=True)
class MethodCard:
    """What the card of a method says.

    Attributes:
        citation: papers.
        summary: of the variant; empty if unknown.
        deviations: from the papers, a sentence each.
    """

    citation: str
    summary: str
    deviations: tuple[str, ...]


@dataclass(frozen=True)
class SplitSize:
    """Size of a split; None where the results folder does not know it.

    Attributes:
        name: `train`, `valid`, `test`, `test@twitter17`.
        data: the dataset.
        tweets, words: numbers.
        entities: gold entities, in the reading of conlleval.
    """

    name: str
    data: DatasetRef
    tweets: int | None
    words: int | None
    entities: int | None


@dataclass(frozen=True)
class SplitScore:
    """A score under the primary scorer.

    Attributes:
        split, view: as in the record.
        control: whether the view is a control, with a wrong or an empty picture.
        main: whether it is the view that selected the epoch.
        overall: counts of all types.
        types: counts by entity type.
        interval: 95 % bootstrap interval of F1 over the tweets; None for dev, and without counts by tweet.
    """

    split: str
    view: str
    control: bool
    main: bool
    overall: Counts
    types: Mapping[str, Counts]
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class SeedScore:
    """A finished run of the same method, settings and data.

    Attributes:
        seed: its seed.
        dev: F1 on dev.
        test: F1 on test, in the main view; None if it was not scored.
        exported: whether it is the run of this tagger.
    """

    seed: int
    dev: float
    test: float | None
    exported: bool


@dataclass(frozen=True)
class KeptRun:
    """Facts of a run with a kept tagger.

    Attributes:
        record: of the run.
        method: the method's card.
        cards: of its datasets, by name; without those that are not on this machine.
        sizes: of the splits.
        scores: on all scored splits in all views, test first.
        seeds: the finished runs that differ in the seed alone, by seed.
        unfinished: number of such runs that failed or were interrupted.
    """

    record: RunRecord
    method: MethodCard
    cards: Mapping[str, DatasetCard]
    sizes: tuple[SplitSize, ...]
    scores: tuple[SplitScore, ...]
    seeds: tuple[SeedScore, ...]
    unfinished: int

    @property
    def card(self) -> DatasetCard | None:
        """The card of the training data."""
        return self.cards.get(self.record.spec.dataset.name)

    @property
    def spread(self) -> Spread | None:
        """Test F1 over the seeds; None unless all of them have one."""
        scores = [seed.test for seed in self.seeds if seed.test is not None]
        return Spread.of(scores) if scores and len(scores) == len(self.seeds) else None

    @property
    def rank(self) -> int:
        """Rank of the run among the seeds by F1 on dev, 1 for the best; at ties the smaller seed is better."""
        order = sorted(self.seeds, key=lambda seed: (-seed.dev, seed.seed))
        return 1 + [seed.exported for seed in order].index(True)


def summarise(
    record: RunRecord,
    records: Sequence[RunRecord],
    stats: PredictionStatsStore,
    cards: Mapping[str, DatasetCard],
    method: MethodCard,
) -> KeptRun:
    """Collect the facts of a finished run.

    Args:
        record: of the run.
        records: of all runs of the results folder.
        stats: counts of predictions of that folder; its store's `damage` has an entry if those of the run are damaged.
        cards: of the run's datasets, as far as known.
        method: the method's card.
    """
    key = series_key(record.spec)
    series = [other for other in records if series_key(other.spec) == key]
    done = [other for other in series if other.status is Status.DONE]
    seeds = [
        SeedScore(other.spec.seed, dev_f1(other), _test_f1(other), other.identity == record.identity) for other in done
    ]
    return KeptRun(
        record,
        method,
        cards,
        tuple(_with_card(size, cards.get(size.data.name)) for size in _sizes(record, stats)),
        tuple(_scores(record, stats)),
        tuple(sorted(seeds, key=lambda seed: seed.seed)),
        len(series) - len(done),
    )


def _test_f1(record: RunRecord) -> float | None:
    score = record.score("test", record.primary_view, PRIMARY.value)
    return score.overall.f1 if score is not None else None


def _scores(record: RunRecord, stats: PredictionStatsStore) -> list[SplitScore]:
    splits = sorted(record.metrics, key=lambda split: (split == "valid", split != "test", split))
    scores = []
    for split in splits:
        for view in sorted(record.metrics[split], key=lambda view: (view != record.primary_view, view_order(view))):
            score = record.score(split, view, PRIMARY.value)
            if score is None:
                continue
            counted = stats.readable(record, split, view) if split in record.spec.tests else None
            interval = bootstrap_interval(counted.tweets) if counted is not None else None
            main = view == record.primary_view
            scores.append(SplitScore(split, view, view in CONTROLS, main, score.overall, score.types, interval))
    return scores


def _sizes(record: RunRecord, stats: PredictionStatsStore) -> list[SplitSize]:
    """Sizes from the descriptions of the scored splits, and the gold entities of their scores."""
    spec, sizes = record.spec, []
    described = {split: stats.described(record, split) for split in record.metrics if split in spec.scored}
    of_train = next((split for split in described.values() if split is not None), None)
    subset = spec.dataset.train_tweets
    if "train" in spec.dataset.fingerprints and of_train is not None:
        entities = None if subset is not None else len(of_train.train_entities)
        tweets = of_train.train_size if subset is None else subset
        sizes.append(SplitSize("train", spec.dataset, tweets, None, entities))
    for split, content in sorted(described.items(), key=lambda item: (item[0] != "valid", item[0] != "test", item[0])):
        score = record.score(split, record.primary_view, PRIMARY.value)
        gold = score.overall.gold if score is not None else None
        scored = len(content.tweets) if content is not None else None
        words = sum(map(len, content.words)) if content is not None else None
        sizes.append(SplitSize(split, spec.scored[split][0], scored, words, gold))
    return sizes


def _with_card(size: SplitSize, card: DatasetCard | None) -> SplitSize:
    """A size with the numbers of the dataset's card where the results folder has none and the content is the card's."""
    split = size.name.partition("@")[0]
    subset = split == "train" and size.data.train_tweets is not None
    if card is None or subset or card.fingerprints.get(split) != size.data.fingerprints[split]:
        return size
    listed = card.sizes.get(split, SplitSizes())
    missing = {name: getattr(listed, name) for name in ("tweets", "words", "entities") if getattr(size, name) is None}
    return replace(size, **missing)
