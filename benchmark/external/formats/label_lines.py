"""Labels without words: a line of them per tweet, as Hugging Face's scripts write them, or one per line."""

from __future__ import annotations

from itertools import islice

from mnerbench.benchmark.external.formats.paragraphs import BLANKS, paragraphs
from mnerbench.benchmark.external.labels import Kind, kind_of, label_like
from mnerbench.benchmark.external.predicted import Lines, PredictedTweet, Reference
from mnerbench.datasets.errors import DataError


def are_labels(lines: Lines, reference: Reference) -> bool:
    """Whether a file holds labels only, or numbers only."""
    names = {*reference.types, *reference.label_map}
    if any(line.startswith("\t") for _, line in lines):
        return False  # a column of words is there, and empty
    labels = {label for _, line in lines for label in BLANKS.split(line.strip(" \t")) if label}
    if not labels or not all(label_like(label, names) for label in labels):
        return False
    kinds = {kind_of(label) for label in labels}
    return bool(kinds & {Kind.OUTSIDE, Kind.PREFIXED}) or kinds == {Kind.NUMBER}


def read_labels(name: str, lines: Lines, reference: Reference) -> tuple[list[PredictedTweet], list[str]]:
    """Tweets of a file of labels, which are those of the split in its order.

    Args:
        name: of the file, for errors.
        lines: of it.
        reference: the split, which says how many tweets of how many words there have to be.

    Raises:
        DataError: there are more or fewer tweets than in the split.
    """
    rows = [(number, BLANKS.split(text)) if (text := line.strip(" \t")) else (number, []) for number, line in lines]
    filled = [(number, row) for number, row in rows if row]
    groups = list(paragraphs(lines))
    if all(len(row) == 1 for _, row in filled):
        return _one_per_line(name, groups, len(filled), reference)
    if len(groups) > 1 and len(groups) == len(reference.examples) != len(filled) and _two_columns(filled):
        first = {row[0] for _, row in filled}
        gold = not all(kind_of(cell) is Kind.NUMBER for cell in first)
        tweets = [_columns(group, gold=gold) for group in groups]
        column = "the file's gold labels" if gold else "numbers"
        return tweets, [f"no words; {column} in column 1, predictions in column 2; tweets by their order"]
    while rows and not rows[-1][1]:
        rows.pop()
    # A tweet that was cut down to nothing is an empty line, unless tweets are as many as lines that are not.
    counted = filled if len(filled) == len(reference.examples) else rows
    _check_count(name, len(counted) if len(counted) == len(reference.examples) else len(filled), reference)
    tweets = [PredictedTweet(number, (), tuple(row)) for number, row in counted]
    return tweets, ["a line of labels per tweet, without words; tweets by their order"]


def _two_columns(rows: list[tuple[int, list[str]]]) -> bool:
    return all(len(row) == 2 for _, row in rows)


def _columns(group: list[tuple[int, str]], *, gold: bool) -> PredictedTweet:
    first, predicted = zip(*(BLANKS.split(line.strip(" \t")) for _, line in group), strict=True)
    return PredictedTweet(group[0][0], (), tuple(predicted), tuple(first) if gold else None)


def _one_per_line(
    name: str, groups: list[list[tuple[int, str]]], labels: int, reference: Reference
) -> tuple[list[PredictedTweet], list[str]]:
    lengths = [len(example.words) for example in reference.examples]
    if len(groups) == 1 and len(lengths) > 1 and labels == sum(lengths):
        flat = iter(groups[0])
        groups = [list(islice(flat, length)) for length in lengths]
        decision = (
            "a label per line, without words or ends of tweets; as many as the split has words, so by their order"
        )
    else:
        _check_count(name, len(groups), reference)
        decision = "a label per line, without words; tweets by their order"
    return [
        PredictedTweet(group[0][0], (), tuple(line.strip(" \t") for _, line in group)) for group in groups if group
    ], [decision]


def _check_count(name: str, tweets: int, reference: Reference) -> None:
    if tweets != len(reference.examples):
        reason = f"labels without words, of {tweets:,} tweets; the test split has {len(reference.examples):,}"
        raise DataError.at(name, None, reason, "write the words too, so that tweets can be decision apart")
