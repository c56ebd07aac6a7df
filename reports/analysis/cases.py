"""Tweets on which methods differ: the gold entities and each method's answer, with and without the picture.

Which tweets these are is told by tallies alone; predictions are read of the tweets that are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnerbench.benchmark.results.prediction_stats import PredictionStatsStore
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.split_metadata import ScoredSplit, ScoredTweet
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.tagging import Span, conll_spans
from mnerbench.reports.analysis.groups import Group
from mnerbench.reports.analysis.rows import CONTROLS

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


@dataclass(frozen=True)
class Case:
    """A tweet of test with all answers."""

    tweet: ScoredTweet
    gold: tuple[Span, ...]
    answers: Mapping[Place, Answer]


@dataclass(frozen=True)
class Cases:
    """Some tweets of one test split.

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


@dataclass(frozen=True)
class Standing:
    """Who is right on which tweets of a test split.

    Attributes:
        seed: whose answers are shown.
        right: whether the answer with that seed is exactly the gold one, by method and view, [tweets].
        often: of how many seeds it is, [tweets].
        seeds: how many there are.
        identities: of the runs that are shown.
        split: as records call it.
        described: the tweets.
        store: where predictions are read.
    """

    seed: int
    right: Mapping[Place, NDArray[np.bool_]]
    often: Mapping[Place, NDArray[np.int64]]
    seeds: Mapping[Place, int]
    identities: Mapping[Place, str]
    split: str
    described: ScoredSplit
    store: RunStore

    def contested(self, most: int) -> list[int]:
        """Tweets that some get right and some wrong, the most contested ones when there are more than `most`."""
        votes = np.sum([one.astype(np.int64) for one in self.right.values()], axis=0)
        half = len(self.right) / 2
        split = [tweet for tweet, number in enumerate(votes) if 0 < number < len(self.right)]
        return sorted(sorted(split, key=lambda tweet: (abs(votes[tweet] - half), tweet))[:most])

    def share(self, place: Place) -> NDArray[np.float64]:
        """Share of seeds with the right answer, [tweets]."""
        found: NDArray[np.float64] = self.often[place] / self.seeds[place]
        return found

    def cases(self, tweets: Sequence[int]) -> Cases:
        """These tweets with all answers.

        Raises:
            StoreError: predictions are missing or damaged.
        """
        read = {
            place: self.store.predictions_of(identity, self.split, place[1], tweets)
            for place, identity in self.identities.items()
        }
        found = []
        for number, tweet in enumerate(tweets):
            answers = {place: self._answer(place, tweet, read[place][number].predicted) for place in read}
            gold = next(iter(read.values()))[number].gold
            found.append(Case(self.described.tweets[tweet], tuple(conll_spans(gold)), answers))
        return Cases(self.seed, tuple(read), tuple(found), len(self.described.tweets))

    def _answer(self, place: Place, tweet: int, labels: Sequence[str]) -> Answer:
        often = int(self.often[place][tweet])
        return Answer(tuple(conll_spans(labels)), bool(self.right[place][tweet]), often, self.seeds[place])


def standing_of(group: Group, store: RunStore, tallies: PredictionStatsStore) -> Standing | None:
    """Who is right where, each method in all views but the controls.

    Args:
        group: whose series answer.
        store: holds their predictions.
        tallies: say which tweets are right.

    Returns:
        None where the tweets are not described, or no seed is common to all methods. Runs whose predictions are missing
        or damaged, and that have no tally of them, have no say.
    """
    series = [one for one in group.series if one.ended(Status.DONE)]
    # A method that counts has one run, which stands for every seed.
    trained = [{record.spec.seed for record in one.ended(Status.DONE)} for one in series if not one.deterministic]
    shared = sorted(set.intersection(*trained)) if trained else [0]
    described = tallies.described(series[0].ended(Status.DONE)[0].spec, group.split) if series and shared else None
    if described is None:
        return None
    right, often, seeds, identities = {}, {}, {}, {}
    for one in series:
        records = one.ended(Status.DONE)
        shown = records[0] if one.deterministic else next(r for r in records if r.spec.seed == shared[0])
        for view in shown.metrics.get(group.split, {}):
            if view not in CONTROLS:
                place = (one.label, view)
                votes = {record.spec.seed: _right(record, tallies, (group.split, view)) for record in records}
                known = {seed: vote for seed, vote in votes.items() if vote is not None}
                if shown.spec.seed not in known:
                    continue
                right[place] = known[shown.spec.seed]
                often[place] = np.sum(list(known.values()), axis=0)
                seeds[place], identities[place] = len(known), shown.identity
    if not right:
        return None
    return Standing(shared[0], right, often, seeds, identities, group.split, described, store)


def _right(record: RunRecord, tallies: PredictionStatsStore, place: tuple[str, str]) -> NDArray[np.bool_] | None:
    """Tweets of which exactly the gold entities were predicted; None where the run was not scored there."""
    found = tallies.readable(record, *place) if place[1] in record.metrics.get(place[0], {}) else None
    if found is None:
        return None
    correct, predicted, gold = found.tweets.T
    exact: NDArray[np.bool_] = (correct == predicted) & (correct == gold)
    return exact
