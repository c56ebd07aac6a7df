"""The predictions of the runs of a report, tweet by tweet and entity by entity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mnerbench.benchmark.results.error_types import find_errors
from mnerbench.benchmark.results.record import Prediction, RunRecord, Status
from mnerbench.benchmark.results.split_metadata import ScoredTweet
from mnerbench.benchmark.results.stats_store import PredictionStatsStore
from mnerbench.datasets.tagging import Span, conll_spans
from mnerbench.reports.analysis.groups import Group

CORRECT = "correct"  # outcome of an entity; the others are error types


@dataclass(frozen=True)
class Choice:
    """Which predictions to read; None reads all, but of views only the main one of each method.

    Attributes:
        methods, data: names as in the tables.
        seeds: of the runs.
        views: `it`, `t`, `it-shuffled`, `it-blank`.
    """

    methods: frozenset[str] | None = None
    data: frozenset[str] | None = None
    seeds: frozenset[int] | None = None
    views: frozenset[str] | None = None

    def takes(self, method: str, data: str, seed: int) -> bool:
        """Whether a run is among those to read."""
        wanted = ((self.methods, method), (self.data, data), (self.seeds, seed))
        return all(names is None or value in names for names, value in wanted)

    def views_of(self, record: RunRecord, split: str) -> list[str]:
        """The views to read of a run."""
        scored = record.metrics.get(split, {})
        return [view for view in scored if view in (self.views or {record.primary_view})]


@dataclass(frozen=True)
class PredictedSplit:
    """The predictions of a run for a test split, in a view.

    Attributes:
        identity: of the run.
        method, data: names as in the tables.
        seed: of the run.
        view: the picture that the method read.
        predictions: one per tweet.
        tweets: words and picture of each tweet; empty where the results folder does not have them.
    """

    identity: str
    method: str
    data: str
    seed: int
    view: str
    predictions: Sequence[Prediction]
    tweets: Sequence[ScoredTweet]

    @property
    def columns(self) -> dict[str, str | int]:
        """What is the same for all predictions."""
        return {
            "run": self.identity,
            "method": self.method,
            "data": self.data,
            "seed": self.seed,
            "view": self.view,
        }


def predicted_splits(
    groups: Iterable[Group], stats: PredictionStatsStore, choice: Choice = Choice()
) -> Iterator[PredictedSplit]:
    """The predictions of finished runs; each run once per name and view, though it may stand in several tables.

    Raises:
        StoreError: predictions are missing or damaged.
    """
    read: set[tuple[str, ...]] = set()
    for group in groups:
        for series in group.series:
            for run in series.runs:
                record = run.record
                if record is None or record.status is not Status.DONE:
                    continue
                if not choice.takes(series.label, run.data, run.spec.seed):
                    continue
                for view in choice.views_of(record, run.split):
                    key = (run.identity, series.label, run.split, view)
                    if key not in read:
                        read.add(key)
                        predictions = stats.store.predictions(run.identity, run.split, view)
                        metadata = stats.described(record, run.split)
                        tweets = metadata.tweets if metadata is not None else ()
                        names = (run.identity, series.label, run.data)
                        yield PredictedSplit(*names, run.spec.seed, view, predictions, tweets)


def tweet_lines(split: PredictedSplit) -> Iterator[dict[str, object]]:
    """A line per tweet: words, gold and predicted labels, counts."""
    for number, item in enumerate(split.predictions):
        tweet = split.tweets[number] if split.tweets else None
        correct, predicted, gold = item.counts
        yield {
            **split.columns,
            "tweet": number,
            "id": item.id,
            "image_id": tweet.image_id if tweet is not None else None,
            "words": list(tweet.words) if tweet is not None else None,
            "gold": list(item.gold),
            "predicted": list(item.predicted),
            "correct_entities": correct,
            "predicted_entities": predicted,
            "gold_entities": gold,
            "exact": correct == predicted == gold,
        }


def entity_lines(split: PredictedSplit) -> Iterator[dict[str, object]]:
    """A line per entity, gold and predicted ones paired as in `find_errors`, in the conlleval reading.

    `outcome` is `correct`, or the type of the error. `start` is the first word of the entity, `end` the word after it.
    """
    for number, item in enumerate(split.predictions):
        words = split.tweets[number].words if split.tweets else None
        of_tweet = {**split.columns, "tweet": number, "id": item.id}
        for outcome, gold, predicted in outcomes(item):
            yield {**of_tweet, "outcome": outcome, **_span("gold", gold, words), **_span("predicted", predicted, words)}


def outcomes(item: Prediction) -> list[tuple[str, Span | None, Span | None]]:
    """Outcome, gold and predicted entity of every entity of a tweet, in the order of its words."""
    shared = set(conll_spans(item.gold)) & set(conll_spans(item.predicted))
    pairs: list[tuple[str, Span | None, Span | None]] = [(CORRECT, span, span) for span in shared]
    errors = find_errors(item.gold, item.predicted)
    pairs += [(error.error_type.value, error.gold, error.predicted) for error in errors]
    return sorted(pairs, key=lambda pair: min(span for span in pair[1:] if span is not None))


def _span(side: str, span: Span | None, words: Sequence[str] | None) -> Mapping[str, object]:
    values = (span.start, span.end, span.type) if span is not None else (None, None, None)
    text = " ".join(words[span.start : span.end]) if span is not None and words is not None else None
    return dict(zip((f"{side}_start", f"{side}_end", f"{side}_type", f"{side}_text"), (*values, text), strict=True))
