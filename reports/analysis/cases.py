"""Tweets on which methods differ: the gold entities and each method's predictions, with and without the picture.

Prediction stats select the tweets; predictions are read only of the selected ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.split_metadata import ScoredSplit, ScoredTweet
from mnerbench.benchmark.results.stats_store import PredictionStatsStore
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.tagging import Span, conll_spans
from mnerbench.reports.analysis.groups import Group
from mnerbench.reports.analysis.rows import CONTROLS

System = tuple[str, str]  # method and view


@dataclass(frozen=True)
class Answer:
    """The prediction of a system for a tweet.

    Attributes:
        spans: predicted entities of the run with the shown seed.
        correct: whether these are exactly the gold entities.
        correct_seeds: number of seeds with a correct prediction.
        seeds: number of seeds.
    """

    spans: tuple[Span, ...]
    correct: bool
    correct_seeds: int
    seeds: int


@dataclass(frozen=True)
class Case:
    """A tweet of test with the predictions of all systems."""

    tweet: ScoredTweet
    gold: tuple[Span, ...]
    answers: Mapping[System, Answer]


@dataclass(frozen=True)
class Cases:
    """Some tweets of a test split.

    Attributes:
        seed: of the shown predictions.
        systems: methods and views, without controls.
        cases: in the order of the split.
        tweets: number of tweets in the whole split.
    """

    seed: int
    systems: tuple[System, ...]
    cases: tuple[Case, ...]
    tweets: int


@dataclass(frozen=True)
class Correctness:
    """The correctness of predictions by system and tweet of a test split.

    Attributes:
        seed: of the shown predictions.
        correct: whether the prediction with that seed is exactly the gold one, by system, bool [tweets].
        correct_seeds: number of seeds with a correct prediction, by system, int [tweets].
        seeds: number of seeds, by system.
        identities: of the runs with the shown seed, by system.
        split: name in records.
        metadata: of the tweets.
        store: of the predictions.
    """

    seed: int
    correct: Mapping[System, NDArray[np.bool_]]
    correct_seeds: Mapping[System, NDArray[np.int64]]
    seeds: Mapping[System, int]
    identities: Mapping[System, str]
    split: str
    metadata: ScoredSplit
    store: RunStore

    def contested(self, most: int) -> list[int]:
        """Tweets on which some systems are correct and others not; the most contested ones if more than `most`."""
        votes = np.sum([correct.astype(np.int64) for correct in self.correct.values()], axis=0)
        half = len(self.correct) / 2
        split = [tweet for tweet, number in enumerate(votes) if 0 < number < len(self.correct)]
        return sorted(sorted(split, key=lambda tweet: (abs(votes[tweet] - half), tweet))[:most])

    def share(self, system: System) -> NDArray[np.float64]:
        """Share of seeds with a correct prediction, float [tweets]."""
        shares: NDArray[np.float64] = self.correct_seeds[system] / self.seeds[system]
        return shares

    def cases(self, tweets: Sequence[int]) -> Cases:
        """These tweets with all predictions.

        Raises:
            StoreError: predictions are missing or damaged.
        """
        predictions = {
            system: self.store.predictions_of(identity, self.split, system[1], tweets)
            for system, identity in self.identities.items()
        }
        cases = []
        for number, tweet in enumerate(tweets):
            labels = {system: tuple(of_system[number].predicted) for system, of_system in predictions.items()}
            spans = {given: tuple(conll_spans(given)) for given in set(labels.values())}  # many give the same answer
            answers = {system: self._answer(system, tweet, spans[given]) for system, given in labels.items()}
            gold = next(iter(predictions.values()))[number].gold
            cases.append(Case(self.metadata.tweets[tweet], tuple(conll_spans(gold)), answers))
        return Cases(self.seed, tuple(predictions), tuple(cases), len(self.metadata.tweets))

    def _answer(self, system: System, tweet: int, spans: tuple[Span, ...]) -> Answer:
        correct_seeds = int(self.correct_seeds[system][tweet])
        return Answer(spans, bool(self.correct[system][tweet]), correct_seeds, self.seeds[system])


def correctness_of(group: Group, store: RunStore, stats: PredictionStatsStore) -> Correctness | None:
    """The correctness of all methods of a group by tweet, in all views except controls.

    Args:
        group: the runs.
        store: of their predictions.
        stats: of their predictions.

    Returns:
        None without tweet metadata, or without a seed that all methods share. Runs whose predictions are missing or
        damaged, and that have no stats, are left out.
    """
    finished = [series for series in group.series if series.ended(Status.DONE)]
    # A count-based method has a single run, which represents every seed.
    trained = [{r.spec.seed for r in series.ended(Status.DONE)} for series in finished if not series.deterministic]
    shared = sorted(set.intersection(*trained)) if trained else [0]
    metadata = stats.described(finished[0].ended(Status.DONE)[0], group.split) if finished and shared else None
    if metadata is None:
        return None
    correct, correct_seeds, seeds, identities = {}, {}, {}, {}
    for series in finished:
        records = series.ended(Status.DONE)
        first = records[0] if series.deterministic else next(r for r in records if r.spec.seed == shared[0])
        for view in first.metrics.get(group.split, {}):
            if view not in CONTROLS:
                system = (series.label, view)
                optional = {
                    record.spec.seed: stats.exact(record, group.split, view)
                    for record in records
                    if view in record.metrics.get(group.split, {})
                }
                by_seed = {seed: of_seed for seed, of_seed in optional.items() if of_seed is not None}
                if first.spec.seed not in by_seed:
                    continue
                correct[system] = by_seed[first.spec.seed]
                correct_seeds[system] = np.sum(list(by_seed.values()), axis=0)
                seeds[system], identities[system] = len(by_seed), first.identity
    if not correct:
        return None
    return Correctness(shared[0], correct, correct_seeds, seeds, identities, group.split, metadata, store)
