"""Turns answers of a language model into labels, and counts what could not be used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from mnerbench.benchmark.external.entities import match_entities
from mnerbench.benchmark.external.formats.entity_items import NoEntitiesError, parse_answer, read_entities_of
from mnerbench.benchmark.external.predicted import PredictedEntity
from mnerbench.benchmark.external.type_names import TypeNames
from mnerbench.datasets.chat.answer import Answer, Outcome
from mnerbench.datasets.tagging import OUTSIDE, write_spans

UNREADABLE = "unreadable"  # beside the outcomes: a text from which no list of entities could be read
MATCHED, NOT_IN_TWEET, UNKNOWN_TYPE = "matched", "not in the tweet", "of an unknown type"
_MOST_ENTITIES = 1000  # of one answer; a tweet has at most a few hundred words
# What models with a visible train of thought write before their answer.
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)


@dataclass
class AnswerCounts:
    """How the answers of a split in a view ended.

    Attributes:
        outcomes: number of answers by outcome, `unreadable` included.
        entities: number of entities by what became of them.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    entities: Counter[str] = field(default_factory=Counter)

    def labels(self, answer: Answer, words: Sequence[str], types: TypeNames) -> list[str]:
        """The labels that an answer gives the words of a tweet; all `O` if it has no usable entities.

        An answer that was cut at its longest length is read as far as it is whole JSON.
        """
        entities = self._entities(answer, types)
        spans, unmatched = match_entities(entities, words, " ".join(words), None)
        self.entities.update({MATCHED: len(spans), NOT_IN_TWEET: len(unmatched)})
        return write_spans(spans, len(words))

    def _entities(self, answer: Answer, types: TypeNames) -> list[PredictedEntity]:
        self.outcomes[answer.outcome.value] += 1
        if answer.outcome not in (Outcome.ANSWERED, Outcome.TRUNCATED):
            return []
        try:
            items = read_entities_of(parse_answer(_THOUGHT.sub("", answer.text)))[:_MOST_ENTITIES]
        except NoEntitiesError:
            if answer.outcome is Outcome.ANSWERED:
                self.outcomes[answer.outcome.value] -= 1
                self.outcomes[UNREADABLE] += 1
            return []
        entities = []
        for item in items:
            kind = types.resolve(item.type)
            if kind is None or kind == OUTSIDE:
                self.entities[UNKNOWN_TYPE] += 1
            else:
                entities.append(PredictedEntity(kind, item.text, item.start, item.end))
        return entities
