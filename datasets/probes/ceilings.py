"""The best scores that are possible on a probe, in closed form and on its very tweets.

Spans are certain from the text; only types are open, and types within a tweet are independent given the text. So the
best expected micro F1 is reached by giving every name its most probable type, and by leaving out the least certain
names where that is better: F* = max over k of 2 * (sum of the k largest posteriors) / (n + k) for n names. When every
best posterior is at least one half, k = n, and F* is their mean.
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

# What the sources that carry an evidence say: one type or nothing each.
Sayings = Mapping[InputKind, str | None]


@dataclass(frozen=True)
class Ceiling:
    """How good any method can be on a split, given some inputs.

    Attributes:
        expected: best expected F1, in closed form: over all types and pictures that these texts could have had.
        realised: F1 of the Bayes predictor on the tweets as they are.
        error: standard error of `realised`, clustered by tweet.
        entities: names in the split.
        ambiguous: how many of them are ambiguous.
        believing: expected F1, when every tweet shows another tweet's picture, of a predictor that gives the ambiguous
            name whatever type the picture shows, be it one of the name's types or not.
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

    def luck(self, f1: float) -> float:
        """Standard error of an F1 of this size on these very texts.

        Of a predictor that finds all names and types the plain ones right: each ambiguous name, at most one per tweet,
        is right or wrong by itself.
        """
        if not self.ambiguous:
            return 0.0
        right = min(1.0, max(0.0, 1 - (1 - f1) * self.entities / self.ambiguous))
        return math.sqrt(right * (1 - right) * self.ambiguous) / self.entities


def ceiling(probe: Probe, split: str, kinds: Collection[InputKind] = ()) -> Ceiling:
    """The ceiling of a split.

    Args:
        probe: generated.
        split: `valid` or `test`.
        kinds: visual inputs that a method reads; none for text alone.
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
    """F1 of a predictor that believes pictures of other tweets, in which all types are equally frequent."""
    right = 0.0
    for name, count in names.items():
        for evidence in settings.evidence:
            sources = _sources(evidence, kinds)
            silent = math.prod(settings.noise_of(source).miss for source in sources)
            guess = max(name.prior) * silent + (1 - silent) / len(TYPES)
            right += count * (guess if len(name.candidates) > 1 else 1.0) / len(settings.evidence)
    return right / max(1, names.total())


def best_expected_f1(outcomes: Sequence[tuple[float, float]]) -> float:
    """F* of names whose best posterior is `best` with probability `mass`.

    Exact where all names are given a type; where leaving some out is better, the number of names that are left out is
    put at its expectation, which a growing test split approaches.

    Args:
        outcomes: (mass, best posterior); all masses sum to the number of names.
    """
    gold = sum(mass for mass, _ in outcomes)
    found = predicted = best = 0.0
    for mass, posterior in sorted(outcomes, key=lambda outcome: -outcome[1]):
        found, predicted = found + mass * posterior, predicted + mass
        best = max(best, 2 * found / (gold + predicted))
    return best


def best_posteriors(
    settings: ProbeSettings, name: Name, kinds: Collection[InputKind] = ()
) -> Iterator[tuple[float, float]]:
    """(probability, best posterior) of everything that the sources can say beside a name; exact, by enumeration."""
    if len(name.candidates) == 1:
        yield 1.0, 1.0
        return
    for evidence in settings.evidence:
        sources = _sources(evidence, kinds)
        for said in product((*TYPES, None), repeat=len(sources)):
            joint = _joint(settings, name, dict(zip(sources, said, strict=True)))
            if mass := sum(joint):
                yield mass / len(settings.evidence), max(joint) / mass


def posterior(settings: ProbeSettings, name: Name, evidence: Evidence, said: Sayings) -> list[float]:
    """Probability of each of a name's types, in the order of its candidates, given what sources say.

    Args:
        settings: of the probe.
        name: with its prior.
        evidence: of the picture; it is seen by every source that carries it and says nothing of the type by itself.
        said: by input that a method reads.
    """
    joint = _joint(settings, name, {kind: said[kind] for kind in _sources(evidence, said)})
    return [value / sum(joint) for value in joint]


def _sources(evidence: Evidence, kinds: Collection[InputKind]) -> tuple[InputKind, ...]:
    """Inputs that carry an evidence, one per source: pixels make one source, the detector another."""
    carried = [kind for kind in InputKind if kind in kinds and kind in CARRIED_BY[evidence]]
    same = {InputKind.GRID: InputKind.GLOBAL, InputKind.TAGS: InputKind.REGIONS}
    return tuple(kind for kind in carried if same.get(kind) not in carried)


def _joint(settings: ProbeSettings, name: Name, said: Sayings) -> list[float]:
    """P(type k, what is said) for each candidate k: the prior times a sum over the types j a picture can show."""
    pool = 1 / len(TYPES)
    joint = []
    for kind, prior in zip(name.candidates, name.prior, strict=True):
        likelihood = 0.0
        for shown in TYPES:
            share = (1 - settings.unrelated) * (kind == shown) + settings.unrelated * pool
            likelihood += share * math.prod(_channel(settings, source, told, shown) for source, told in said.items())
        joint.append(prior * likelihood)
    return joint


def _channel(settings: ProbeSettings, source: InputKind, told: str | None, shown: str) -> float:
    """P(a source says `told` of a picture that shows `shown`)."""
    noise = settings.noise_of(source)
    if told is None:
        return noise.miss
    return (1 - noise.miss) * ((1 - noise.confuse) * (told == shown) + noise.confuse / len(TYPES))


def bayes_predictions(
    settings: ProbeSettings, tweets: Sequence[ProbeTweet], kinds: Collection[InputKind] = ()
) -> list[dict[Mention, str]]:
    """The types that the Bayes predictor gives the names of each tweet; a name that is better left out is absent."""
    chosen: list[tuple[float, int, Mention, str]] = []
    seen: dict[tuple[Any, ...], list[float]] = {}
    for number, tweet in enumerate(tweets):
        said = {kind: tweet.said[kind] for kind in kinds if kind in tweet.said}
        for mention in tweet.mentions:
            case = (mention.name, tweet.shown.evidence, *said.values())
            if case not in seen:
                seen[case] = posterior(settings, mention.name, tweet.shown.evidence, said)
            known = seen[case]
            best = max(known)
            chosen.append((best, number, mention, mention.name.candidates[known.index(best)]))
    chosen.sort(key=lambda choice: -choice[0])
    keep, found, best_f1 = 0, 0.0, 0.0
    for place, (certainty, *_) in enumerate(chosen, start=1):
        found += certainty
        if (f1 := 2 * found / (len(chosen) + place)) >= best_f1 - 1e-12:
            keep, best_f1 = place, f1
    predictions: list[dict[Mention, str]] = [{} for _ in tweets]
    for _, number, mention, kind in chosen[:keep]:
        predictions[number][mention] = kind
    return predictions


def _bayes_counts(
    settings: ProbeSettings, tweets: Sequence[ProbeTweet], kinds: Collection[InputKind]
) -> list[tuple[int, int, int]]:
    """Correct, predicted and gold entities per tweet."""
    predictions = bayes_predictions(settings, tweets, kinds)
    return [
        (sum(kind == mention.type for mention, kind in found.items()), len(found), len(tweet.mentions))
        for tweet, found in zip(tweets, predictions, strict=True)
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
