"""Classifies the entity-level errors of a tagger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mnerbench.datasets.tagging import Span, conll_spans


class ErrorType(StrEnum):
    """The type of an entity error.

    `type`: correct words, wrong type. `boundary`: correct type, overlapping but different words. `type and boundary`:
    overlapping but different words, wrong type. `missed`: a gold entity without a counterpart. `spurious`: a predicted
    entity without a counterpart.
    """

    TYPE = "type"
    BOUNDARY = "boundary"
    BOTH = "type and boundary"
    MISSED = "missed"
    SPURIOUS = "spurious"


@dataclass(frozen=True)
class EntityError:
    """An error: a gold entity, a predicted entity, or a pair of both."""

    error_type: ErrorType
    gold: Span | None
    predicted: Span | None


def find_errors(gold: Sequence[str], predicted: Sequence[str]) -> list[EntityError]:
    """The errors in one sentence in the conlleval reading, in the order of its words.

    Each entity is in at most one error. Entities that do not match exactly are paired greedily: same words first, then
    same type and any overlap, then any overlap; earlier entities first. The gold entities are therefore the correct
    ones and those of `type`, `boundary`, `type and boundary` and `missed` errors; the predicted ones are the correct
    ones and those of `type`, `boundary`, `type and boundary` and `spurious` errors.

    Args:
        gold: one label per word.
        predicted: one label per word.
    """
    gold_spans, predicted_spans = conll_spans(gold), conll_spans(predicted)
    missed = [span for span in gold_spans if span not in predicted_spans]
    spurious = [span for span in predicted_spans if span not in gold_spans]
    errors: list[EntityError] = []
    for error_type, match in _PAIRS:
        for span in list(missed):
            partner = next((other for other in spurious if match(span, other)), None)
            if partner is not None:
                errors.append(EntityError(error_type, span, partner))
                missed.remove(span)
                spurious.remove(partner)
    errors += [EntityError(ErrorType.MISSED, span, None) for span in missed]
    errors += [EntityError(ErrorType.SPURIOUS, None, span) for span in spurious]
    return sorted(errors, key=lambda error: min(_spans(error)))


def _spans(error: EntityError) -> Iterator[Span]:
    yield from (span for span in (error.gold, error.predicted) if span is not None)


def _overlap(a: Span, b: Span) -> bool:
    return a.start < b.end and b.start < a.end


_PAIRS: tuple[tuple[ErrorType, Callable[[Span, Span], bool]], ...] = (
    (ErrorType.TYPE, lambda a, b: a[:2] == b[:2]),
    (ErrorType.BOUNDARY, lambda a, b: a.type == b.type and _overlap(a, b)),
    (ErrorType.BOTH, _overlap),
)
