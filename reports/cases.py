"""Tweets on which methods differ: the gold entities and each method's answer, with and without the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mnerbench.benchmark.records import Prediction, RunRecord, RunStore, Status
from mnerbench.benchmark.splits import ScoredTweet
from mnerbench.benchmark.tallies import TallyStore
from mnerbench.datasets.tagging import Span, conll_spans
from mnerbench.reports.groups import Group
from mnerbench.reports.rows import CONTROLS

Place = tuple[str, str]  # method and view


@dataclass(frozen=True)
class Answer:
    """What a method says of a tweet.

    Attributes:
        spans: its entities, of the run with the seed that is shown.
        right: whether these are exactly the gold ones.
        often: of how many seeds the answer is right.
        seeds: how many there are.
    """

    spans: tuple[Span, ...]
    right: bool
    often: int
    seeds: int

    @property
    def share(self) -> float:
        """Share of seeds with the right answer."""
        return self.often / self.seeds


@dataclass(frozen=True)
class Case:
    """A tweet of test with all answers."""

    tweet: ScoredTweet
    gold: tuple[Span, ...]
    answers: Mapping[Place, Answer]


@dataclass(frozen=True)
class Cases:
    """The tweets of one test split.

    Attributes:
        seed: whose predictions are shown.
        places: methods and views that answer, controls left out.
        cases: in the order of the split.
        tweets: of the whole split.
    """

    seed: int
    places: tuple[Place, ...]
    cases: tuple[Case, ...]
    tweets: int

    def contested(self, most: int) -> Cases:
        """Only tweets that some get right and some wrong, the most contested ones when there are more than `most`."""
        split = [case for case in self.cases if 0 < _right(case) < len(case.answers)]
        half = len(self.places) / 2
        order = sorted(range(len(split)), key=lambda place: (abs(_right(split[place]) - half), place))
        chosen = tuple(split[place] for place in sorted(order[:most]))
        return Cases(self.seed, self.places, chosen, self.tweets)


def _right(case: Case) -> int:
    return sum(answer.right for answer in case.answers.values())


def cases_of(group: Group, store: RunStore, tallies: TallyStore) -> Cases | None:
    """All tweets of a group's test split; None where they are not described, or no seed is common to all methods.

    Args:
        group: whose series answer, each in all views but the controls.
        store: holds their predictions.
        tallies: say how often a tweet is right over seeds.

    Raises:
        StoreError: predictions are missing or damaged.
    """
    series = [one for one in group.series if one.ended(Status.DONE)]
    # A method that counts has one run, which stands for every seed.
    trained = [{record.spec.seed for record in one.ended(Status.DONE)} for one in series if not one.deterministic]
    shared = sorted(set.intersection(*trained)) if trained else [0]
    if not series or not shared:
        return None
    described = tallies.described(series[0].ended(Status.DONE)[0].spec, group.split)
    if described is None:
        return None
    found: dict[Place, list[Answer]] = {}
    gold: list[tuple[Span, ...]] = []
    for one in series:
        records = one.ended(Status.DONE)
        shown = records[0] if one.deterministic else next(r for r in records if r.spec.seed == shared[0])
        for view in shown.metrics.get(group.split, {}):
            if view not in CONTROLS:
                predictions = store.predictions(shown.identity, group.split, view)
                found[one.label, view] = _answers(predictions, records, tallies, (group.split, view))
                gold = gold or [tuple(conll_spans(item.gold)) for item in predictions]
    cases = tuple(
        Case(tweet, gold[place], {name: answers[place] for name, answers in found.items()})
        for place, tweet in enumerate(described.tweets)
    )
    return Cases(shared[0], tuple(found), cases, len(cases))


def _answers(
    predictions: Sequence[Prediction], records: Sequence[RunRecord], tallies: TallyStore, place: tuple[str, str]
) -> list[Answer]:
    counted = [one for record in records if (one := tallies.of(record, *place)) is not None]
    often = sum((one.tweets[:, 0] == one.tweets[:, 1]) & (one.tweets[:, 0] == one.tweets[:, 2]) for one in counted)
    return [
        Answer(tuple(conll_spans(item.predicted)), item.counts[0] == max(item.counts[1:]), int(k), len(counted))
        for item, k in zip(predictions, often, strict=True)
    ]
