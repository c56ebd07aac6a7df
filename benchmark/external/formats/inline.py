"""A line per tweet in which each word carries its label: `Rob|B-PER sings|O`, also with `/`."""

from __future__ import annotations

from mnerbench.benchmark.external.formats.paragraphs import BLANKS
from mnerbench.benchmark.external.labels import Kind, kind_of, label_like
from mnerbench.benchmark.external.predicted import Lines, PredictedTweet
from mnerbench.datasets.errors import DataError

_MARKS = "|/"


def inline_mark(lines: Lines) -> str | None:
    """What stands between words and labels, where each token of a file ends in a label; None in other files."""
    tokens = [token for _, line in lines for token in BLANKS.split(line.strip(" \t")) if token]
    for mark in _MARKS:
        pairs = [token.rpartition(mark) for token in tokens]
        if pairs and all(word and label_like(label) and kind_of(label) is not Kind.NUMBER for word, _, label in pairs):
            # One token per line is a column; `|` between columns is theirs.
            return mark if len(tokens) > sum(bool(line.strip(" \t")) for _, line in lines) else None
    return None


def read_inline(name: str, lines: Lines) -> tuple[list[PredictedTweet], list[str]]:
    """Tweets of such a file, and what was decided. Of `word|NNP|B-PER` the first part is the word.

    Args:
        name: of the file, for errors.
        lines: of it.

    Raises:
        DataError: a token has no label.
    """
    mark = inline_mark(lines) or "|"
    rows = [(number, BLANKS.split(text)) for number, line in lines if (text := line.strip(" \t"))]
    for number, tokens in rows:
        for token in tokens:
            word, _, label = token.rpartition(mark)
            if not word or not label:
                raise DataError.at(name, number, f"{token!r} is not a word with its label", f"write word{mark}label")
    parts = {token.count(mark) for _, tokens in rows for token in tokens}
    tweets = []
    for number, tokens in rows:
        pairs = [(token.partition(mark)[0], token.rpartition(mark)[2]) for token in tokens]
        if parts != {2}:
            pairs = [(token.rpartition(mark)[0], token.rpartition(mark)[2]) for token in tokens]
        words, labels = zip(*pairs, strict=True)
        tweets.append(PredictedTweet(number, words, labels))
    return tweets, [f"a line per tweet, with `{mark}` between each word and its label"]
