"""Entities as character offsets in a text, and the words and labels that hold exactly them.

Words are what white space separates; where an entity begins or ends inside one, it is cut there, so that every entity
consists of whole words. What cannot be written as one label per word is resolved by a policy, and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import NamedTuple

from mnerbench.datasets.tagging import Span, write_spans

# Names of the policies, as records and `benchmark data check` call them.
CUT_WORDS = "words_cut_at_entity_edges"
TRIMMED = "entities_trimmed_of_white_space"
REPEATED = "entities_repeated_dropped"
OVERLAPPING = "entities_overlapping_dropped"


class Offsets(StrEnum):
    """What offsets count: characters (code points, as Python does), UTF-16 units (JavaScript, Java), UTF-8 bytes."""

    CHARACTERS = "characters"
    UTF16 = "utf-16"
    BYTES = "bytes"


class CharacterSpan(NamedTuple):
    """An entity: characters `start` to `end - 1` of a text, of one type."""

    start: int
    end: int
    type: str


class TaggedText(NamedTuple):
    """Words of a text with BIO labels, and how often each policy applied."""

    words: list[str]
    labels: list[str]
    policies: Counter[str]


def to_characters(text: str, position: int, offsets: Offsets) -> int:
    """An offset in code points.

    Raises:
        ValueError: it is outside the text, or inside a character.
    """
    if offsets is Offsets.CHARACTERS:
        if not 0 <= position <= len(text):
            raise ValueError(f"offset {position} is outside the text of {len(text)} characters")
        return position
    codec, size = ("utf-16-le", 2) if offsets is Offsets.UTF16 else ("utf-8", 1)
    before = [0, *accumulate(len(character.encode(codec)) // size for character in text)]
    if position not in before:
        raise ValueError(f"offset {position} ({offsets.value}) is outside the text or inside a character")
    return before.index(position)


def tag_text(text: str, spans: Sequence[CharacterSpan]) -> TaggedText:
    """Cut a text into words and label them.

    Of entities that overlap the longest is kept, of equally long ones the first in the text, then in the file.

    Args:
        text: any; white space is not part of words.
        spans: offsets in characters, inside the text.

    Raises:
        ValueError: an entity is empty, or only white space.
    """
    policies: Counter[str] = Counter()
    kept = _without_overlaps([_trimmed(text, span, policies) for span in spans], policies)
    edges = {edge for span in kept for edge in (span.start, span.end)}
    words, starts = [], []
    for start, end in _words(text):
        cuts = [start, *sorted(edge for edge in edges if start < edge < end), end]
        policies[CUT_WORDS] += len(cuts) > 2
        words += [text[here:there] for here, there in pairwise(cuts)]
        starts += cuts[:-1]
    numbers = {start: number for number, start in enumerate(starts)}
    inside = [Span(numbers[span.start], sum(start < span.end for start in starts), span.type) for span in kept]
    return TaggedText(words, write_spans(inside, len(words)), +policies)


def _trimmed(text: str, span: CharacterSpan, policies: Counter[str]) -> CharacterSpan:
    covered = text[span.start : span.end]
    if not covered.strip():
        raise ValueError(f"the entity {span.type} from {span.start} to {span.end} covers {covered!r}, which is no word")
    start = span.start + len(covered) - len(covered.lstrip())
    end = span.end - (len(covered) - len(covered.rstrip()))
    policies[TRIMMED] += (start, end) != (span.start, span.end)
    return CharacterSpan(start, end, span.type)


def _without_overlaps(spans: Sequence[CharacterSpan], policies: Counter[str]) -> list[CharacterSpan]:
    distinct = list(dict.fromkeys(spans))
    policies[REPEATED] += len(spans) - len(distinct)
    kept: list[CharacterSpan] = []
    for span in sorted(distinct, key=lambda span: (span.start - span.end, span.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    policies[OVERLAPPING] += len(distinct) - len(kept)
    return sorted(kept)


def _words(text: str) -> list[tuple[int, int]]:
    """Start and end of what white space separates."""
    edges, start = [], None
    for position, character in enumerate([*text, " "]):
        if character.isspace():
            if start is not None:
                edges.append((start, position))
            start = None
        elif start is None:
            start = position
    return edges
