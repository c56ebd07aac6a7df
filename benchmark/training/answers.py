"""Turns answers of a language model into labels, and counts what could not be used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mnerbench.benchmark.external.entities import match_entities
from mnerbench.benchmark.external.formats.entity_items import NoEntitiesError, read_entities_of
from mnerbench.benchmark.external.predicted import PredictedEntity
from mnerbench.benchmark.external.type_names import TypeNames
from mnerbench.datasets.chat.answer import Answer, Outcome
from mnerbench.datasets.tagging import OUTSIDE, write_spans
from mnerbench.datasets.untrusted.json_text import decode_json

UNREADABLE = "unreadable"  # beside the outcomes: a text from which no list of entities could be read
MATCHED, NOT_IN_TWEET, UNKNOWN_TYPE, MALFORMED = "matched", "not in the tweet", "of an unknown type", "malformed"
_MOST_CHARACTERS = 1 << 16  # of an answer, from its end; a list of all words of a tweet is far shorter
_MOST_BRACKETS = 200  # at which JSON is looked for
_NOTHING = frozenset({"none", "null", "no entities"})
# Around the train of thought of models that show one; some templates leave out the first.
_THINKS, _THOUGHT = re.compile(r"<think(?:ing)?>", re.IGNORECASE), re.compile(r"</think(?:ing)?>", re.IGNORECASE)


@dataclass
class AnswerCounts:
    """How the answers of a split in a view ended.

    Attributes:
        outcomes: number of answers by outcome, `unreadable` included.
        entities: number of entities by what became of them.
        read: number of answers from which entities, or that there are none, were read.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    entities: Counter[str] = field(default_factory=Counter)
    read: int = 0

    def labels(self, answer: Answer, words: Sequence[str], types: TypeNames) -> list[str]:
        """The labels that an answer gives the words of a tweet; all `O` if it has no usable entities.

        An answer that was cut at its longest length is read if its JSON is whole nevertheless.
        """
        entities = self._entities(answer, types)
        spans, unmatched = match_entities(entities, words, " ".join(words), None)
        self.entities.update({MATCHED: len(spans), NOT_IN_TWEET: len(unmatched)})
        return write_spans(spans, len(words))

    def _entities(self, answer: Answer, types: TypeNames) -> list[PredictedEntity]:
        if answer.outcome not in (Outcome.ANSWERED, Outcome.TRUNCATED):
            self.outcomes[answer.outcome.value] += 1
            return []
        value = _value_of(answer.text)
        is_read = value is not None
        self.read += is_read
        readable = is_read or answer.outcome is Outcome.TRUNCATED
        self.outcomes[answer.outcome.value if readable else UNREADABLE] += 1
        entities = []
        for item in value or ():
            kind = types.resolve(item.type) if item is not None else None
            if item is None:
                self.entities[MALFORMED] += 1
            elif kind is None or kind == OUTSIDE:
                self.entities[UNKNOWN_TYPE] += 1
            else:
                entities.append(PredictedEntity(kind, item.text, item.start, item.end))
        return entities


def _value_of(text: str) -> list[PredictedEntity | None] | None:
    """The entities in an answer, None for each that cannot be read; None if there is no list of entities.

    Of several lists the last one counts that has entities: models write drafts and examples before their answer.
    """
    text = _without_thought(text)[-_MOST_CHARACTERS:]
    if text.strip().strip("`").strip().rstrip(".").casefold() in _NOTHING:
        return []
    lists = [items for value in _json_values(text) if (items := _items_of(value)) is not None]
    return next((items for items in reversed(lists) if items), lists[-1] if lists else None)


def _without_thought(text: str) -> str:
    """What follows the train of thought; of one that does not end, nothing."""
    ends = [match.end() for match in _THOUGHT.finditer(text)]
    text = text[ends[-1] :] if ends else text
    begin = _THINKS.search(text)
    return text[: begin.start()] if begin is not None else text


def _json_values(text: str) -> Iterator[Any]:
    """The JSON objects and lists in a text, in order, not those inside others."""
    at = 0
    for _ in range(_MOST_BRACKETS):
        starts = [start for bracket in "[{" if (start := text.find(bracket, at)) >= 0]
        if not starts:
            return
        try:
            value, at = decode_json(text, min(starts))
            yield value
        except ValueError:
            at = min(starts) + 1


def _items_of(value: Any) -> list[PredictedEntity | None] | None:
    """The entities of a JSON value; those of a list of objects one by one, so that a bad one loses no other."""
    wrapped = next(iter(value.values())) if isinstance(value, dict) and len(value) == 1 else value
    if isinstance(wrapped, list) and wrapped and all(isinstance(item, dict | list) for item in wrapped):
        items = [_item_of(item) for item in wrapped]
        return items if any(item is not None for item in items) else None
    try:
        return list(read_entities_of(value))
    except NoEntitiesError:
        return None


def _item_of(value: Any) -> PredictedEntity | None:
    try:
        [item] = read_entities_of([value])
    except NoEntitiesError:
        return None
    return item
