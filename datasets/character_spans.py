"""Conversion of entities with character offsets to words with BIO labels.

Text is split into words at white space, and also where an entity begins or ends inside a word, so that every entity
consists of whole words. Anything that one label per word cannot express is resolved by a policy, and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import NamedTuple

from mnerbench.datasets.tagging import Span, write_spans

# Names of the policies in records and in `benchmark data check`.
CUT_WORDS = "words_cut_at_entity_edges"
TRIMMED = "entities_trimmed_of_white_space"
REPEATED = "entities_repeated_dropped"
OVERLAPPING = "entities_overlapping_dropped"


class Offsets(StrEnum):
    """Units of offsets: characters (code points, as in Python), UTF-16 units (JavaScript, Java), UTF-8 bytes."""

    CHARACTERS = "characters"
    UTF16 = "utf-16"
    BYTES = "bytes"


class CharacterSpan(NamedTuple):
    """An entity: characters `start` to `end - 1` of a text, of one type."""

    start: int
    end: int
    type: str


class TaggedText(NamedTuple):
    """Words of a text with BIO labels, and the number of times each policy was applied."""

    words: list[str]
    labels: list[str]
    policies: Counter[str]


def to_characters(text: str, position: int, offsets: Offsets) -> int:
    """Convert an offset to code points.

    Raises:
        ValueError: the offset is outside the text, or inside a character.
    """
    if offsets is Offsets.CHARACTERS:
        if not 0 <= position <= len(text):
            raise ValueError(f"offset {position} is outside the text of {len(text)} characters")
        return position
    codec, size = ("utf-16-le", 2) if offsets is Offsets.UTF16 else ("utf-8", 1)
    starts = [0, *accumulate(len(character.encode(codec)) // size for character in text)]
    if position not in starts:
        raise ValueError(f"offset {position} ({offsets.value}) is outside the text or inside a character")
    return starts.index(position)


def tag_text(text: str, spans: Sequence[CharacterSpan]) -> TaggedText:
    """Split a text into words and label them.

    Of overlapping entities the longest is kept; among equally long ones the first in the text, then in the file.

    Args:
        text: the text; white space is not part of words.
        spans: entities inside the text, offsets in characters.

    Raises:
        ValueError: an entity covers no character other than white space.
    """
    policies: Counter[str] = Counter()
    resolved = _without_overlaps([_trimmed(text, span, policies) for span in spans], policies)
    edges = {edge for span in resolved for edge in (span.start, span.end)}
    words, starts = [], []
    for start, end in _words(text):
        cuts = [start, *sorted(edge for edge in edges if start < edge < end), end]
        policies[CUT_WORDS] += len(cuts) > 2
        words += [text[left:right] for left, right in pairwise(cuts)]
        starts += cuts[:-1]
    numbers = {start: number for number, start in enumerate(starts)}
    word_spans = [Span(numbers[span.start], sum(start < span.end for start in starts), span.type) for span in resolved]
    return TaggedText(words, write_spans(word_spans, len(words)), +policies)


def _trimmed(text: str, span: CharacterSpan, policies: Counter[str]) -> CharacterSpan:
    covered = text[span.start : span.end]
    if not covered.strip():
        raise ValueError(f"the entity {span.type} from {span.start} to {span.end} covers {covered!r}, no word")
    start = span.start + len(covered) - len(covered.lstrip())
    end = span.end - (len(covered) - len(covered.rstrip()))
    policies[TRIMMED] += (start, end) != (span.start, span.end)
    return CharacterSpan(start, end, span.type)


def _without_overlaps(spans: Sequence[CharacterSpan], policies: Counter[str]) -> list[CharacterSpan]:
    distinct = list(dict.fromkeys(spans))
    policies[REPEATED] += len(spans) - len(distinct)
    selected: list[CharacterSpan] = []
    for span in sorted(distinct, key=lambda span: (span.start - span.end, span.start)):
        if all(span.end <= other.start or other.end <= span.start for other in selected):
            selected.append(span)
    policies[OVERLAPPING] += len(distinct) - len(selected)
    return sorted(selected)


def _words(text: str) -> list[tuple[int, int]]:
    """Start and end of each word, split at white space."""
    edges, start = [], None
    for position, character in enumerate([*text, " "]):
        if character.isspace():
            if start is not None:
                edges.append((start, position))
            start = None
        elif start is None:
            start = position
    return edges
