"""The three scorers in use in the field, computed from word labels.

The F1 of the same predictions differs by up to 1.1 between them, so every table names its scorer and the number of gold
entities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict

from mnerbench.benchmark.results.stored_files import Count
from mnerbench.datasets.tagging import Span, conll_spans, is_label, strict_spans, umt_spans


class Scorer(StrEnum):
    """How labels are decoded to entities.

    `conlleval`: the rule of conlleval.pl for BIO labels, which is seqeval's default. `strict-iob2`: seqeval's strict
    mode. `umt`: the function of UMT's released code, which treats a predicted non-label (`X`) as an entity and gives
    `B-geo-loc` the type `loc`.
    """

    CONLLEVAL = "conlleval"
    STRICT_IOB2 = "strict-iob2"
    UMT = "umt"


PRIMARY = Scorer.CONLLEVAL


@dataclass(frozen=True)
class Counts:
    """True positives, predicted and gold entities; sums of them give micro averages. Also stored in records."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    correct: Count
    predicted: Count
    gold: Count

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.correct + other.correct, self.predicted + other.predicted, self.gold + other.gold)

    @property
    def precision(self) -> float:
        """Share of predicted entities that are correct; 0 if none is predicted (conlleval's convention)."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of gold entities that are found; 0 if there are none."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """2 · correct / (predicted + gold); 0 if both are 0."""
        total = self.predicted + self.gold
        return 2 * self.correct / total if total else 0.0


NO_ENTITIES = Counts(0, 0, 0)


@dataclass(frozen=True)
class Score:
    """Entity-level counts of a split, overall (micro) and per type."""

    overall: Counts
    types: Mapping[str, Counts] = field(default_factory=dict)


def _read_as_umt(gold: Sequence[str], predicted: Sequence[str]) -> tuple[list[Span], list[Span]]:
    """UMT's function: positions whose *gold* label is a non-label are removed first."""
    pairs = [(g, p) for g, p in zip(gold, predicted, strict=True) if is_label(g)]
    return umt_spans([g for g, _ in pairs]), umt_spans([p for _, p in pairs])


def read_entities(gold: Sequence[str], predicted: Sequence[str], scorer: Scorer) -> tuple[list[Span], list[Span]]:
    """Gold and predicted entities of one sentence under a scorer.

    Args:
        gold: one label per word.
        predicted: one label per word; may contain non-labels such as `X`.
        scorer: how labels are decoded.

    Raises:
        ValueError: The two differ in length: a word without a prediction must not be dropped silently.
    """
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold labels but {len(predicted)} predicted ones")
    if scorer is Scorer.UMT:
        return _read_as_umt(gold, predicted)
    read = strict_spans if scorer is Scorer.STRICT_IOB2 else conll_spans
    return read(gold), read(predicted)


def count_sentence(gold: Sequence[str], predicted: Sequence[str], scorer: Scorer = PRIMARY) -> dict[str, Counts]:
    """Counts per entity type of one sentence."""
    gold_spans, predicted_spans = read_entities(gold, predicted, scorer)
    correct = Counter(span.type for span in set(gold_spans) & set(predicted_spans))
    in_predicted, in_gold = Counter(span.type for span in predicted_spans), Counter(span.type for span in gold_spans)
    return {kind: Counts(correct[kind], in_predicted[kind], in_gold[kind]) for kind in sorted(in_predicted | in_gold)}


def score(pairs: Iterable[tuple[Sequence[str], Sequence[str]]], scorer: Scorer = PRIMARY) -> Score:
    """Score sentences given as pairs of gold and predicted labels.

    Args:
        pairs: `(gold, predicted)` per sentence, one label per word.
        scorer: how labels are decoded; tables rank by `conlleval`.
    """
    types: dict[str, Counts] = {}
    for gold, predicted in pairs:
        for kind, counts in count_sentence(gold, predicted, scorer).items():
            types[kind] = types.get(kind, NO_ENTITIES) + counts
    return Score(sum(types.values(), NO_ENTITIES), dict(sorted(types.items())))
