"""Inline labels: a line per tweet of `Rob|B-PER sings|O`, also with `/`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mnerbench.benchmark.external.formats.paragraphs import BLANKS
from mnerbench.benchmark.external.labels import Kind, kind_of, label_like
from mnerbench.benchmark.external.predicted import Lines, PredictedTweet
from mnerbench.benchmark.external.tweet_store import TweetStore
from mnerbench.datasets.errors import DataError

_MARKS = "|/"


def inline_mark(lines: Lines) -> str | None:
    """The separator of words and labels if every token of a file ends in a label, else None."""
    return next((mark for mark in _MARKS if _ends_in_labels(lines, mark)), None)


def _ends_in_labels(lines: Lines, mark: str) -> bool:
    tokens = filled = 0
    for _, line in lines:
        text = line.strip(" \t")
        filled += bool(text)
        for token in filter(None, BLANKS.split(text)):
            tokens += 1
            word, _, label = token.rpartition(mark)
            if not word or not label_like(label) or kind_of(label) is Kind.NUMBER:
                return False
    # One token per line is the columns format, which may also use `|`.
    return tokens > filled


def read_inline(name: str, lines: Lines) -> tuple[Sequence[PredictedTweet], list[str]]:
    """Read a file of inline labels; also returns the reader's decisions.

    In `word|NNP|B-PER`, the first part is the word.

    Args:
        name: name of the file, for errors.
        lines: its lines.

    Raises:
        DataError: a token has no label.
    """
    mark = inline_mark(lines) or "|"
    parts = set[int]()
    for number, tokens in _rows(lines):
        for token in tokens:
            word, _, label = token.rpartition(mark)
            if not word or not label:
                raise DataError.at(name, number, f"{token!r} is not a word with its label", f"write word{mark}label")
            parts.add(token.count(mark))
    cut = str.partition if parts == {2} else str.rpartition
    tweets = TweetStore(
        PredictedTweet(
            number,
            tuple(cut(token, mark)[0] for token in tokens),
            tuple(token.rpartition(mark)[2] for token in tokens),
        )
        for number, tokens in _rows(lines)
    )
    return tweets, [f"a line per tweet, with `{mark}` between each word and its label"]


def _rows(lines: Lines) -> Iterator[tuple[int, list[str]]]:
    return ((number, BLANKS.split(text)) for number, line in lines if (text := line.strip(" \t")))
