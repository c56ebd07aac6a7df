"""Counting baselines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from pydantic import TypeAdapter

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.tagging import OUTSIDE, Span, conll_spans, write_spans
from mnerbench.methods.base.family import CountingMethod, FittedState

_LABELS = TypeAdapter(dict[str, str])
_ENTITIES = TypeAdapter(list[tuple[tuple[str, ...], str]])


def _most_frequent(counts: Counter[str]) -> str:
    """Most frequent label; ties are broken alphabetically, so that the result does not depend on order."""
    return min(counts, key=lambda label: (-counts[label], label))


class Majority(CountingMethod):
    """Most frequent training label per word; unseen words get the overall most frequent label."""

    def fit(self, train: Sequence[Example]) -> None:
        """Count labels per word."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for example in train:
            for word, label in zip(example.words, example.labels, strict=True):
                counts[word][label] += 1
        self._labels = {word: _most_frequent(labels) for word, labels in counts.items()}
        self._default = _most_frequent(sum(counts.values(), Counter())) if counts else OUTSIDE

    def tag(self, words: Sequence[str]) -> list[str]:
        """Label each word independently."""
        return [self._labels.get(word, self._default) for word in words]

    def state(self) -> FittedState:
        """The label of each word, and that of all others."""
        return FittedState({"labels": self._labels, "default": self._default})

    def restore(self, state: FittedState) -> None:
        """See the base."""
        self._labels = _LABELS.validate_python(state.values["labels"])
        self._default = str(state.values["default"])


class Lookup(CountingMethod):
    """The CoNLL-2003 shared task baseline: longest match against entities with a unique type in training."""

    def fit(self, train: Sequence[Example]) -> None:
        """Collect the entities that have a unique type in training."""
        types: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for example in train:
            for span in conll_spans(example.labels):
                types[example.words[span.start : span.end]].add(span.type)
        self._types = {words: next(iter(type_names)) for words, type_names in types.items() if len(type_names) == 1}
        self._longest = max(map(len, self._types), default=0)

    def _match(self, words: Sequence[str], start: int) -> Span | None:
        for end in range(min(len(words), start + self._longest), start, -1):
            kind = self._types.get(tuple(words[start:end]))
            if kind is not None:
                return Span(start, end, kind)
        return None

    def tag(self, words: Sequence[str]) -> list[str]:
        """Label the longest matches, from left to right."""
        spans: list[Span] = []
        position = 0
        while position < len(words):
            span = self._match(words, position)
            if span is not None:
                spans.append(span)
            position = span.end if span is not None else position + 1
        return write_spans(spans, len(words))

    def state(self) -> FittedState:
        """The entities with their types."""
        return FittedState({"entities": [[list(words), kind] for words, kind in self._types.items()]})

    def restore(self, state: FittedState) -> None:
        """See the base."""
        self._types = dict(_ENTITIES.validate_python(state.values["entities"]))
        self._longest = max(map(len, self._types), default=0)
