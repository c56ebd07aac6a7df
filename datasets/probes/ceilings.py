"""The best possible scores on a probe, in closed form and realised on its tweets.

Spans are certain from the text; only types are uncertain, and the types within a tweet are independent given the text.
So the best expected micro F1 is reached by giving every name its most probable type, and by leaving out the least
certain names if that is better: F* = max over k of 2 * (sum of the k largest posteriors) / (n + k) for n names. If
every best posterior is at least one half, k = n, and F* is their mean.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probe_settings import CARRIED_BY, TYPES, Evidence, ProbeSettings
from mnerbench.datasets.probes.generator import Mention, Probe, ProbeTweet
from mnerbench.datasets.probes.lexicon import Name

# The type that each source reports, or None.
Reports = Mapping[InputKind, str | None]


@dataclass(frozen=True)
class Ceiling:
    """The best possible score of any method on a split, given some inputs.

    Attributes:
        expected: best expected F1, in closed form: over all types and pictures that these texts could have had.
        realised: F1 of the Bayes predictor on the generated tweets.
        error: standard error of `realised`, clustered by tweet.
        entities: number of names in the split.
        ambiguous: number of ambiguous names.
        believing: expected F1 of a predictor that gives the ambiguous name the type that the picture shows, even if it
            is none of the name's types, when every tweet is shown with another tweet's picture.
    """

    expected: float
    realised: float
    error: float
    entities: int
    ambiguous: int
    believing: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of `realised`."""
        return max(0.0, self.realised - 1.96 * self.error), min(1.0, self.realised + 1.96 * self.error)

    def sampling_error(self, f1: float) -> float:
        """Standard error of an F1 on the texts of this split.

        Assumes a predictor that finds all names and types the unambiguous ones correctly, so that each ambiguous name,
        at most one per tweet, is an independent trial.
        """
        if not self.ambiguous:
            return 0.0
        accuracy = min(1.0, max(0.0, 1 - (1 - f1) * self.entities / self.ambiguous))
        return math.sqrt(accuracy * (1 - accuracy) * self.ambiguous) / self.entities


def ceiling(probe: Probe, split: str, kinds: Collection[InputKind] = ()) -> Ceiling:
    """The ceiling of a split.

    Args:
        probe: the generated probe.
        split: `valid` or `test`.
        kinds: the visual inputs that a method reads; empty for text alone.
    """
    tweets = probe.splits[split]
    names = Counter(mention.name for tweet in tweets for mention in tweet.mentions)
    outcomes = [
        (count * mass, best)
        for name, count in names.items()
        for mass, best in best_posteriors(probe.settings, name, kinds)
    ]
    counts = _bayes_counts(probe.settings, tweets, kinds)
    realised, error = _clustered(counts)
    return Ceiling(
        expected=best_expected_f1(outcomes),
        realised=realised,
        error=error,
        entities=names.total(),
        ambiguous=sum(tweet.ambiguous is not None for tweet in tweets),
        believing=_believing(probe.settings, names, kinds),
    )


def _believing(settings: ProbeSettings, names: Counter[Name], kinds: Collection[InputKind]) -> float:
    """F1 of a predictor that believes the pictures of other tweets, in which all types are equally frequent."""
    correct = 0.0
    for name, count in names.items():
        for evidence in settings.evidence:
            sources = _sources(evidence, kinds)
            silent = math.prod(settings.noise_of(source).miss for source in sources)
            guess = max(name.prior) * silent + (1 - silent) / len(TYPES)
            correct += count * (guess if len(name.candidates) > 1 else 1.0) / len(settings.evidence)
    return correct / max(1, names.total())


def best_expected_f1(outcomes: Sequence[tuple[float, float]]) -> float:
    """F* of names with a distribution of best posteriors.

    Exact if all names are given a type; if leaving some out is better, the number of omitted names is replaced by its
    expectation, which it approaches as the test split grows.

    Args:
        outcomes: (mass, best posterior); the masses sum to the number of names.
    """
    gold = sum(mass for mass, _ in outcomes)
    correct = predicted = best = 0.0
    for mass, posterior in sorted(outcomes, key=lambda outcome: -outcome[1]):
        correct, predicted = correct + mass * posterior, predicted + mass
        best = max(best, 2 * correct / (gold + predicted))
    return best


def best_posteriors(
    settings: ProbeSettings, name: Name, kinds: Collection[InputKind] = ()
) -> Iterator[tuple[float, float]]:
    """(probability, best posterior) of all combinations of source reports for a name; exact, by enumeration."""
    if len(name.candidates) == 1:
        yield 1.0, 1.0
        return
    for evidence in settings.evidence:
        sources = _sources(evidence, kinds)
        for reports in product((*TYPES, None), repeat=len(sources)):
            joint = _joint(settings, name, dict(zip(sources, reports, strict=True)))
            if mass := sum(joint):
                yield mass / len(settings.evidence), max(joint) / mass


def posterior(settings: ProbeSettings, name: Name, evidence: Evidence, reports: Reports) -> list[float]:
    """Probability of each of a name's types, in the order of its candidates, given the reports of sources.

    Args:
        settings: settings of the probe.
        name: the name, with its prior.
        evidence: kind of evidence of the picture, known to the predictor; does not depend on the type.
        reports: the reported type by input that a method reads.
    """
    joint = _joint(settings, name, {kind: reports[kind] for kind in _sources(evidence, reports)})
    return [value / sum(joint) for value in joint]


def _sources(evidence: Evidence, kinds: Collection[InputKind]) -> tuple[InputKind, ...]:
    """Inputs that carry an evidence, one per source: pixels are one source, the detector is another."""
    carried = [kind for kind in InputKind if kind in kinds and kind in CARRIED_BY[evidence]]
    same = {InputKind.GRID: InputKind.GLOBAL, InputKind.TAGS: InputKind.REGIONS}
    return tuple(kind for kind in carried if same.get(kind) not in carried)


def _joint(settings: ProbeSettings, name: Name, reports: Reports) -> list[float]:
    """P(type k, reports) for each candidate k: the prior times a sum over the types j that a picture can show."""
    pool = 1 / len(TYPES)
    joint = []
    for kind, prior in zip(name.candidates, name.prior, strict=True):
        likelihood = 0.0
        for shown_type in TYPES:
            share = (1 - settings.unrelated) * (kind == shown_type) + settings.unrelated * pool
            likelihood += share * math.prod(
                _channel(settings, source, reported, shown_type) for source, reported in reports.items()
            )
        joint.append(prior * likelihood)
    return joint


def _channel(settings: ProbeSettings, source: InputKind, reported: str | None, shown_type: str) -> float:
    """P(a source reports `reported` for a picture that shows `shown_type`)."""
    noise = settings.noise_of(source)
    if reported is None:
        return noise.miss
    return (1 - noise.miss) * ((1 - noise.confuse) * (reported == shown_type) + noise.confuse / len(TYPES))


def bayes_predictions(
    settings: ProbeSettings, tweets: Sequence[ProbeTweet], kinds: Collection[InputKind] = ()
) -> list[dict[Mention, str]]:
    """The types that the Bayes predictor gives the names of each tweet; names that are better left out are absent."""
    guesses: list[tuple[float, int, Mention, str]] = []
    cache: dict[tuple[Any, ...], list[float]] = {}
    for number, tweet in enumerate(tweets):
        reports = {kind: tweet.reports[kind] for kind in kinds if kind in tweet.reports}
        for mention in tweet.mentions:
            case = (mention.name, tweet.picture.evidence, *reports.values())
            if case not in cache:
                cache[case] = posterior(settings, mention.name, tweet.picture.evidence, reports)
            probabilities = cache[case]
            best = max(probabilities)
            guesses.append((best, number, mention, mention.name.candidates[probabilities.index(best)]))
    guesses.sort(key=lambda guess: -guess[0])
    keep, correct, best_f1 = 0, 0.0, 0.0
    for count, (certainty, *_) in enumerate(guesses, start=1):
        correct += certainty
        if (f1 := 2 * correct / (len(guesses) + count)) >= best_f1 - 1e-12:
            keep, best_f1 = count, f1
    predictions: list[dict[Mention, str]] = [{} for _ in tweets]
    for _, number, mention, kind in guesses[:keep]:
        predictions[number][mention] = kind
    return predictions


def _bayes_counts(
    settings: ProbeSettings, tweets: Sequence[ProbeTweet], kinds: Collection[InputKind]
) -> list[tuple[int, int, int]]:
    """Correct, predicted and gold entities per tweet."""
    predictions = bayes_predictions(settings, tweets, kinds)
    return [
        (sum(kind == mention.type for mention, kind in types.items()), len(types), len(tweet.mentions))
        for tweet, types in zip(tweets, predictions, strict=True)
    ]


def _clustered(counts: Sequence[tuple[int, int, int]]) -> tuple[float, float]:
    """Micro F1 and its standard error: F1 is a ratio of sums over tweets, linearised (delta method)."""
    total = sum(predicted + gold for _, predicted, gold in counts)
    if not total:
        return 0.0, 0.0
    f1 = 2 * sum(correct for correct, _, _ in counts) / total
    residuals = [2 * correct - f1 * (predicted + gold) for correct, predicted, gold in counts]
    n = len(counts)
    return f1, math.sqrt(sum(value**2 for value in residuals) * n / max(1, n - 1)) / total
