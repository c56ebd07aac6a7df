"""Labels without words: a line of labels per tweet, as Hugging Face's scripts write them, or one label per line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from mnerbench.benchmark.external.formats.paragraphs import BLANKS, Paragraph, paragraphs
from mnerbench.benchmark.external.labels import Kind, kind_of, label_like
from mnerbench.benchmark.external.predicted import Lines, PredictedTweet, Reference
from mnerbench.benchmark.external.tweet_store import TweetStore
from mnerbench.datasets.errors import DataError


def are_labels(lines: Lines, reference: Reference) -> bool:
    """Whether a file contains only labels or only numbers."""
    names, kinds = {*reference.types, *reference.label_map}, set[Kind]()
    likely: dict[str, bool] = {}
    for _, line in lines:
        if line.startswith("\t"):
            return False  # an empty column of words
        for label in filter(None, BLANKS.split(line.strip(" \t"))):
            if label not in likely:
                likely[label] = label_like(label, names)
                kinds.add(kind_of(label))
            if not likely[label]:
                return False
    return bool(kinds & {Kind.OUTSIDE, Kind.PREFIXED}) or kinds == {Kind.NUMBER}


def read_labels(name: str, lines: Lines, reference: Reference) -> tuple[Sequence[PredictedTweet], list[str]]:
    """Read a file of labels, whose tweets have to be those of the split in order; also returns the reader's decisions.

    Args:
        name: name of the file, for errors.
        lines: its lines.
        reference: the split, whose numbers of tweets and words the file has to match.

    Raises:
        DataError: there are more or fewer tweets than in the split.
    """
    layout = _layout(lines)
    if layout.widths <= {1}:
        return _one_per_line(name, lines, layout, reference)
    tweets = len(reference.examples)
    if layout.groups > 1 and layout.groups == tweets != layout.filled and layout.widths == {2}:
        first = {row[0] for _, row in _rows(lines) if row}
        gold = not all(kind_of(cell) is Kind.NUMBER for cell in first)
        column = "the file's gold labels" if gold else "numbers"
        decision = f"no words; {column} in column 1, predictions in column 2; tweets by their order"
        return TweetStore(_columns(group, gold=gold) for group in paragraphs(lines)), [decision]
    # An empty line is a tweet truncated to nothing, unless there are as many tweets as non-empty lines.
    keeps_empty = layout.filled != tweets
    _check_count(name, layout.last if keeps_empty and layout.last == tweets else layout.filled, reference)
    rows = ((number, row) for number, row in _rows(lines) if row or (keeps_empty and number <= layout.last))
    decision = "a line of labels per tweet, without words; tweets by their order"
    return TweetStore(PredictedTweet(number, (), tuple(row)) for number, row in rows), [decision]


class _Layout(NamedTuple):
    """Number of lines with labels, number of the last one, number of paragraphs, numbers of labels per line."""

    filled: int
    last: int
    groups: int
    widths: frozenset[int]


def _layout(lines: Lines) -> _Layout:
    filled = last = 0
    widths = set[int]()
    for number, row in _rows(lines):
        if row:
            filled, last = filled + 1, number
            widths.add(len(row))
    return _Layout(filled, last, sum(1 for _ in paragraphs(lines)), frozenset(widths))


def _rows(lines: Lines) -> Iterator[tuple[int, list[str]]]:
    return ((number, BLANKS.split(text) if (text := line.strip(" \t")) else []) for number, line in lines)


def _columns(group: Paragraph, *, gold: bool) -> PredictedTweet:
    first, predicted = zip(*(BLANKS.split(line.strip(" \t")) for line in group.lines), strict=True)
    return PredictedTweet(group.number, (), tuple(predicted), tuple(first) if gold else None)


def _one_per_line(
    name: str, lines: Lines, layout: _Layout, reference: Reference
) -> tuple[Sequence[PredictedTweet], list[str]]:
    lengths = [len(example.words) for example in reference.examples]
    if layout.groups == 1 and len(lengths) > 1 and layout.filled == sum(lengths):
        flat = ((number, row[0]) for number, row in _rows(lines) if row)
        groups = (list(islice(flat, length)) for length in lengths)
        decision = "a label per line, without words or tweet boundaries; as many as words in the split, so by order"
        tweets = (PredictedTweet(group[0][0], (), tuple(label for _, label in group)) for group in groups if group)
        return TweetStore(tweets), [decision]
    _check_count(name, layout.groups, reference)
    return TweetStore(
        PredictedTweet(group.number, (), tuple(line.strip(" \t") for line in group.lines))
        for group in paragraphs(lines)
    ), ["a label per line, without words; tweets by their order"]


def _check_count(name: str, tweets: int, reference: Reference) -> None:
    if tweets != len(reference.examples):
        reason = f"labels without words, of {tweets:,} tweets; the test split has {len(reference.examples):,}"
        raise DataError.at(name, None, reason, "write the words too, so that tweets can be matched")
