"""What kind of mistake a tagger made at each entity that it got wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mnerbench.datasets.tagging import Span, conll_spans


class ErrorType(StrEnum):
    """What is wrong with an entity.

    `type`: right words, other type. `boundary`: right type, other words that overlap. `type and boundary`: neither, but
    the words overlap. `missed`: gold, and nothing was predicted there. `spurious`: predicted, and nothing is there.
    """

    TYPE = "type"
    BOUNDARY = "boundary"
    BOTH = "type and boundary"
    MISSED = "missed"
    SPURIOUS = "spurious"


@dataclass(frozen=True)
class Finding:
    """An entity that is wrong: the gold one, the predicted one, or a pair of them."""

    mistake: ErrorType
    gold: Span | None
    predicted: Span | None


def find_mistakes(gold: Sequence[str], predicted: Sequence[str]) -> list[Finding]:
    """The mistakes in one sentence in the conlleval reading, in the order of its words.

    Each entity is in one finding at most. What is left after exact matches is paired by the best agreement first:
    same words, then same type, then any overlap; earlier entities first. So the gold entities are the correct ones and
    those of `type`, `boundary`, `type and boundary` and `missed`; the predicted ones are the correct ones and those of
    `type`, `boundary`, `type and boundary` and `spurious`.

    Args:
        gold: one label per word.
        predicted: one label per word.
    """
    true, guessed = conll_spans(gold), conll_spans(predicted)
    missed = [span for span in true if span not in guessed]
    spurious = [span for span in guessed if span not in true]
    found: list[Finding] = []
    for mistake, fits in _PAIRS:
        for span in list(missed):
            partner = next((other for other in spurious if fits(span, other)), None)
            if partner is not None:
                found.append(Finding(mistake, span, partner))
                missed.remove(span)
                spurious.remove(partner)
    found += [Finding(ErrorType.MISSED, span, None) for span in missed]
    found += [Finding(ErrorType.SPURIOUS, None, span) for span in spurious]
    return sorted(found, key=lambda finding: min(_places(finding)))


def _places(finding: Finding) -> Iterator[Span]:
    yield from (span for span in (finding.gold, finding.predicted) if span is not None)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


_PAIRS: tuple[tuple[ErrorType, Callable[[Span, Span], bool]], ...] = (
    (ErrorType.TYPE, lambda one, other: one[:2] == other[:2]),
    (ErrorType.BOUNDARY, lambda one, other: one.type == other.type and _overlap(one, other)),
    (ErrorType.BOTH, _overlap),
)
