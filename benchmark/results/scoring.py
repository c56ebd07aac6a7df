"""The three scorers that the field mixes up, computed from word labels. No torch, no model, no files.

The same predictions differ by 1.1 F1 between them, so every table names its scorer and the number of gold entities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mnerbench.datasets.tagging import Span, conll_spans, is_label, strict_spans, umt_spans


class Scorer(StrEnum):
    """How labels are read as entities.

    `conlleval`: the rule of conlleval.pl for BIO labels, which is seqeval's default. `strict-iob2`: seqeval's strict
    mode. `umt`: the function of UMT's released code, for which a predicted non-label (`X`) is an entity and `B-geo-loc`
    is of the type `loc`.
    """

    CONLLEVAL = "conlleval"
    STRICT_IOB2 = "strict-iob2"
    UMT = "umt"


PRIMARY = Scorer.CONLLEVAL


@dataclass(frozen=True)
class Counts:
    """True positives, predicted and gold entities; adding them up gives micro averages."""

    correct: int = 0
    predicted: int = 0
    gold: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.correct + other.correct, self.predicted + other.predicted, self.gold + other.gold)

    @property
    def precision(self) -> float:
        """Share of predicted entities that are right; 0 when none was predicted (conlleval's convention)."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of gold entities that were found; 0 when there are none."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """2 · correct / (predicted + gold); 0 when both are 0."""
        total = self.predicted + self.gold
        return 2 * self.correct / total if total else 0.0


@dataclass(frozen=True)
class Score:
    """Entity-level micro score of a split, and the same per type."""

    overall: Counts
    types: Mapping[str, Counts] = field(default_factory=dict)


def _read_as_umt(gold: Sequence[str], predicted: Sequence[str]) -> tuple[list[Span], list[Span]]:
    """UMT's own function: positions whose *gold* is a non-label are left out before anything is read."""
    kept = [(g, p) for g, p in zip(gold, predicted, strict=True) if is_label(g)]
    return umt_spans([g for g, _ in kept]), umt_spans([p for _, p in kept])


def read_entities(gold: Sequence[str], predicted: Sequence[str], scorer: Scorer) -> tuple[list[Span], list[Span]]:
    """Gold and predicted entities of one sentence as `scorer` reads them.

    Args:
        gold: one label per word.
        predicted: one label per word; may hold non-labels such as `X`.
        scorer: the reading.

    Raises:
        ValueError: the two differ in length; a word without a prediction would silently drop out.
    """
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold labels but {len(predicted)} predicted ones")
    if scorer is Scorer.UMT:
        return _read_as_umt(gold, predicted)
    read = strict_spans if scorer is Scorer.STRICT_IOB2 else conll_spans
    return read(gold), read(predicted)


def count_sentence(gold: Sequence[str], predicted: Sequence[str], scorer: Scorer = PRIMARY) -> dict[str, Counts]:
    """Counts per entity type of one sentence."""
    truth, guess = read_entities(gold, predicted, scorer)
    correct = Counter(span.type for span in set(truth) & set(guess))
    guessed, true = Counter(span.type for span in guess), Counter(span.type for span in truth)
    return {kind: Counts(correct[kind], guessed[kind], true[kind]) for kind in sorted(guessed | true)}


def score(pairs: Iterable[tuple[Sequence[str], Sequence[str]]], scorer: Scorer = PRIMARY) -> Score:
    """Score sentences given as pairs of gold and predicted labels.

    Args:
        pairs: `(gold, predicted)` per sentence, one label per word.
        scorer: the reading; `conlleval` is what tables rank by.
    """
    types: dict[str, Counts] = {}
    for gold, predicted in pairs:
        for kind, counts in count_sentence(gold, predicted, scorer).items():
            types[kind] = types.get(kind, Counts()) + counts
    return Score(sum(types.values(), Counts()), dict(sorted(types.items())))
