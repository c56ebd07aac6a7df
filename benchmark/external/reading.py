"""Reads prediction files as people publish them: columns, JSON lines, or blocks of four lines.

=======  ==========================================================================================================
columns  a word per line, its predicted label last, the gold one before it where there are three columns or more;
         tabs, or else spaces, between; blank lines between tweets; `IMGID:` lines may name pictures.
jsonl    an object per line: the words as `tokens` or `words`; the labels as `predicted`, `pred`, `prediction` or
         `labels`; may have `id`, `image_id`, and gold labels as `gold` or `label`. Our own prediction files read too.
blocks   a picture, the words, the predicted labels, the gold labels: four lines, the last three separated by spaces;
         blank lines between tweets. UMT's released code writes these.
=======  ==========================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.jsonlines import json_object
from mnerbench.datasets.readers import IMAGE_PREFIX
from mnerbench.datasets.tagging import is_label
from mnerbench.datasets.textfile import image_key, read_lines

_WORDS, _PREDICTED = ("tokens", "words"), ("predicted", "pred", "prediction", "labels")
_GOLD = ("gold", "label")


class PredictionFormat(StrEnum):
    """How predictions are written."""

    COLUMNS = "columns"
    JSONL = "jsonl"
    BLOCKS = "blocks"


@dataclass(frozen=True)
class Tagged:
    """One tweet of a prediction file.

    Attributes:
        line: where it begins.
        words: empty where the file has none (our own prediction files).
        predicted: a label per word.
        gold: the file's own gold labels, or None.
        image: image id, or None.
        id: of the tweet, or None.
    """

    line: int
    words: tuple[str, ...]
    predicted: tuple[str, ...]
    gold: tuple[str, ...] | None = None
    image: str | None = None
    id: str | None = None


Lines = Sequence[tuple[int, str]]


def read_predictions(path: Path, format: PredictionFormat | None = None) -> list[Tagged]:  # noqa: A002 - the user's word
    """All tweets of a prediction file.

    Args:
        path: the file.
        format: how it is written; found out from its first lines when not given.

    Raises:
        DataError: a line does not fit the format.
        MissingInputError: there is no such file.
    """
    lines = read_lines(path)
    chosen = format or sniff(lines)
    readers: dict[PredictionFormat, Callable[[Path, Lines], Iterator[Tagged]]] = {
        PredictionFormat.COLUMNS: _columns,
        PredictionFormat.JSONL: _jsonl,
        PredictionFormat.BLOCKS: _blocks,
    }
    tweets = list(readers[chosen](path, lines))
    if not tweets:
        raise DataError.at(path, None, "the file holds no tweets", "check that this is the right file")
    return tweets


def sniff(lines: Lines) -> PredictionFormat:
    """The format, from the first tweet."""
    first = next(_paragraphs(lines))
    if first[0][1].lstrip().startswith("{"):
        return PredictionFormat.JSONL
    tail = [line.split() for _, line in first[2:4]]
    if len(first) == 4 and all(labels and all(map(_like_a_label, labels)) for labels in tail):
        return PredictionFormat.BLOCKS
    return PredictionFormat.COLUMNS


def _like_a_label(text: str) -> bool:
    """A label, or what released code predicts in its place: `X`, `[CLS]`, `PAD`."""
    return is_label(text) or text.strip("[]").isupper()


def _paragraphs(lines: Lines) -> Iterator[list[tuple[int, str]]]:
    """Runs of lines that hold more than blanks and tabs; a no-break space is a word."""
    paragraph: list[tuple[int, str]] = []
    for number, line in [*lines, (0, "")]:
        if line.strip(" \t"):
            paragraph.append((number, line))
        elif paragraph:
            yield paragraph
            paragraph = []


def _columns(path: Path, lines: Lines) -> Iterator[Tagged]:
    for paragraph in _paragraphs(lines):
        image = None
        number, head = paragraph[0]
        if head.startswith(IMAGE_PREFIX) and "\t" not in head:
            image, paragraph = image_key(head.removeprefix(IMAGE_PREFIX).strip()), paragraph[1:]  # noqa: PLW2901
        rows = [_row(path, place, line) for place, line in paragraph]
        widths = {len(row) for row in rows}
        if len(widths) > 1:
            remedy = "write the same columns on every line of a tweet: word, gold if there is one, prediction"
            raise DataError.at(
                path, number, f"lines of {min(widths)} and of {max(widths)} columns in one tweet", remedy
            )
        gold = tuple(row[-2] for row in rows) if widths and min(widths) > 2 else None
        if rows:
            yield Tagged(number, tuple(row[0] for row in rows), tuple(row[-1] for row in rows), gold, image)


def _row(path: Path, number: int, line: str) -> list[str]:
    row = line.split("\t" if "\t" in line else " ")
    if len(row) < 2 or not row[0] or not row[-1]:
        raise DataError.at(
            path, number, f"{line!r} is not a word with its labels", "write the word first, the label last"
        )
    return row


def _jsonl(path: Path, lines: Lines) -> Iterator[Tagged]:
    for number, line in lines:
        if not line.strip():
            continue
        row = json_object(path, number, line, "write one JSON object per line")
        words, predicted, gold = (_strings(path, number, row, keys) for keys in (_WORDS, _PREDICTED, _GOLD))
        if predicted is None:
            remedy = f"call them one of {', '.join(_PREDICTED)}"
            raise DataError.at(path, number, f"no predicted labels among {', '.join(row)}", remedy)
        if words is None and row.get("id") is None:
            raise DataError.at(path, number, "neither words nor an id", f"add {' or '.join(_WORDS)}, or id")
        for what, labels in (("predicted", predicted), ("gold", gold)):
            if words is not None and labels is not None and len(labels) != len(words):
                reason = f"{len(words)} words but {len(labels)} {what} labels"
                raise DataError.at(path, number, reason, "give one label per word")
        image, name = row.get("image_id"), row.get("id")
        yield Tagged(
            number,
            words or (),
            predicted,
            gold,
            image_key(str(image)) if image is not None else None,
            str(name) if name is not None else None,
        )


def _strings(path: Path, number: int, row: dict[str, object], keys: Sequence[str]) -> tuple[str, ...] | None:
    for key in keys:
        if key in row:
            values = row[key]
            if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
                raise DataError.at(path, number, f"{key!r} is not a list of strings", "give one string per word")
            return tuple(values)
    return None


def _blocks(path: Path, lines: Lines) -> Iterator[Tagged]:
    for paragraph in _paragraphs(lines):
        number, head = paragraph[0]
        if len(paragraph) != 4:
            reason = f"a block of {len(paragraph)} lines"
            raise DataError.at(
                path, number, reason, "write picture, words, predicted labels, gold labels, a blank line"
            )
        words, predicted, gold = (
            tuple(line.rstrip(" \t").split("\t" if "\t" in line.rstrip() else " ")) for _, line in paragraph[1:]
        )
        if not len(words) == len(predicted) == len(gold):
            reason = f"{len(words)} words, {len(predicted)} predicted and {len(gold)} gold labels"
            raise DataError.at(path, number, reason, "give one of each per word; if a word holds a space, use jsonl")
        image = image_key(head.removeprefix(IMAGE_PREFIX).strip())
        yield Tagged(number, words, predicted, gold, image or None)
