"""Baselines that only count."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.tagging import OUTSIDE, Span, conll_spans, write_spans
from mnerbench.methods.base.family import CountingMethod


def _most_frequent(counts: Counter[str]) -> str:
    """Ties go to the alphabetically first, so that the result never depends on order."""
    return min(counts, key=lambda label: (-counts[label], label))


class Majority(CountingMethod):
    """Each word gets the label it has most often in training; an unseen word the most frequent label of all."""

    def fit(self, train: Sequence[Example]) -> None:
        """Count labels per word."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for example in train:
            for word, label in zip(example.words, example.labels, strict=True):
                counts[word][label] += 1
        self._labels = {word: _most_frequent(labels) for word, labels in counts.items()}
        self._default = _most_frequent(sum(counts.values(), Counter())) if counts else OUTSIDE

    def tag(self, words: Sequence[str]) -> list[str]:
        """One label per word, each by itself."""
        return [self._labels.get(word, self._default) for word in words]


class Lookup(CountingMethod):
    """The baseline of the CoNLL-2003 shared task: longest match against entities with one type in training."""

    def fit(self, train: Sequence[Example]) -> None:
        """Collect the entities that training always gives the same type."""
        types: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for example in train:
            for span in conll_spans(example.labels):
                types[example.words[span.start : span.end]].add(span.type)
        self._types = {words: next(iter(found)) for words, found in types.items() if len(found) == 1}
        self._longest = max(map(len, self._types), default=0)

    def _match(self, words: Sequence[str], start: int) -> Span | None:
        for end in range(min(len(words), start + self._longest), start, -1):
            kind = self._types.get(tuple(words[start:end]))
            if kind is not None:
                return Span(start, end, kind)
        return None

    def tag(self, words: Sequence[str]) -> list[str]:
        """Labels of the longest matches, from left to right."""
        spans: list[Span] = []
        position = 0
        while position < len(words):
            span = self._match(words, position)
            if span is not None:
                spans.append(span)
            position = span.end if span is not None else position + 1
        return write_spans(spans, len(words))
