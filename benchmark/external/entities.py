"""Maps predicted entities to the words of a tweet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from mnerbench.benchmark.external.predicted import PredictedEntity
from mnerbench.benchmark.external.spelling import bare
from mnerbench.datasets.tagging import OUTSIDE, Span


class Offsets(StrEnum):
    """Unit of entity offsets. Ends are exclusive except with `WORDS_INCLUSIVE`."""

    CHARACTERS = "characters"
    WORDS = "words"
    WORDS_INCLUSIVE = "words, the last included"


def match_entities(
    entities: Sequence[PredictedEntity], words: Sequence[str], text: str | None, offsets: Offsets | None
) -> tuple[list[Span], list[PredictedEntity]]:
    """Match entities to spans of words; also returns the entities that do not occur in the tweet.

    Offsets are used if the text at them is the entity's; otherwise the entity gets its first occurrence that no other
    entity has, preferably in the same case. Spaces are ignored, so `U. S.` matches `U.S.`, but an entity consists of
    whole words.

    Args:
        entities: in the file's order.
        words: our words.
        text: the tweet as in the file, or None.
        offsets: unit of the offsets of entities without text.
    """
    free = [True] * len(words)
    spans, unmatched = [], []
    for entity in entities:
        bounds = _bounds(entity, words, text, offsets)
        if bounds is None or not all(free[slice(*bounds)]):
            bounds = _first_free(entity.text, words, free) if entity.text is not None else None
        if bounds is None:
            unmatched.append(entity)
            continue
        free[slice(*bounds)] = [False] * (bounds[1] - bounds[0])
        spans.append(Span(*bounds, entity.type))
    return sorted(spans), unmatched


def _first_free(text: str, words: Sequence[str], free: Sequence[bool]) -> tuple[int, int] | None:
    target = "".join(text.split())
    for fold in (str, str.casefold):
        for start in range(len(words)):
            count = _words_spelling(fold(target), [fold(word) for word in words[start:]], free[start:])
            if count:
                return start, start + count
    return None


def _words_spelling(target: str, words: Iterable[str], free: Iterable[bool]) -> int:
    """Number of leading words that spell a text; 0 if none do."""
    spelled, count = "", 0
    for word, is_free in zip(words, free, strict=True):
        spelled, count = spelled + word, count + 1
        if not is_free or not target.startswith(spelled):
            return 0
        if spelled == target:
            return count
    return 0


def _bounds(
    entity: PredictedEntity, words: Sequence[str], text: str | None, offsets: Offsets | None
) -> tuple[int, int] | None:
    """Word bounds of an entity by its offsets, if these are consistent with its text."""
    if entity.start is None or entity.end is None:
        return None
    if entity.text is None:
        return bounds_of(entity, words, text, offsets) if offsets is not None else None
    normalized = bare(entity.text)  # pipelines over uncased models write lower case
    for kind in Offsets:
        bounds = bounds_of(entity, words, text, kind)
        if bounds is not None and bare("".join(words[slice(*bounds)])) == normalized:
            return bounds
    return None


def bounds_of(
    entity: PredictedEntity, words: Sequence[str], text: str | None, offsets: Offsets
) -> tuple[int, int] | None:
    """First word (inclusive) and last word (exclusive) of an entity by its offsets; None if these cut words."""
    start, end = entity.start or 0, entity.end or 0
    if offsets is not Offsets.CHARACTERS:
        end += offsets is Offsets.WORDS_INCLUSIVE
        return (start, end) if 0 <= start < end <= len(words) else None
    ranges = list(character_ranges(words, text))
    starts = {begin: index for index, (begin, _) in enumerate(ranges)}
    ends = {stop: index + 1 for index, (_, stop) in enumerate(ranges)}
    bounds = starts.get(start), ends.get(end)
    return (bounds[0], bounds[1]) if bounds[0] is not None and bounds[1] is not None and bounds[0] < bounds[1] else None


def character_ranges(words: Sequence[str], text: str | None) -> Iterator[tuple[int, int]]:
    """Character range of each word in the text, or in the words joined by spaces if the text differs from them."""
    offset, joined = 0, " ".join(words)
    text = text if text is not None and "".join(text.split()) == "".join("".join(words).split()) else joined
    for word in words:
        offset = text.index(word, offset) if word in text[offset:] else offset
        yield offset, offset + len(word)
        offset += len(word)


def token_labels(
    items: Sequence[PredictedEntity], words: Sequence[str], text: str | None
) -> tuple[list[str], list[PredictedEntity]]:
    """Word labels from labelled tokens, as transformers pipelines list all that are not `O`; and the unmatched tokens.

    A word gets the label of its first subword; a later subword of a word whose first is not listed is unmatched.

    Args:
        items: tokens whose type is a label.
        words: our words.
        text: the tweet as in the file, or None.
    """
    labels, unmatched = [OUTSIDE] * len(words), []
    ranges, index, spelled = list(character_ranges(words, text)), 0, ""
    for item in items:
        letters = bare((item.text or "").removeprefix("##").lstrip("▁Ġ"))
        if item.start is not None:
            owner = next((n for n, (begin, stop) in enumerate(ranges) if begin <= item.start < stop), None)
        elif spelled and (item.text or "").startswith("##") and bare(words[index]).startswith(spelled + letters):
            owner, spelled = index, spelled + letters
        else:
            later = [*range(index + 1 if spelled else index, len(words))]
            owner = next((n for n in later if letters and bare(words[n]).startswith(letters)), None)
            index, spelled = (owner, letters) if owner is not None else (index, spelled)
        is_first = item.start is None or (owner is not None and item.start == ranges[owner][0])
        if owner is None or (labels[owner] == OUTSIDE and not is_first):
            unmatched.append(item)
        elif labels[owner] == OUTSIDE:
            labels[owner] = item.type
    return labels, unmatched
