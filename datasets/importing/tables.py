"""Parser of files with one word per line and any number of columns; detects the columns of word and label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from mnerbench.datasets.columns import DOCUMENT_START, add_word, image_of, is_image_line, require_words
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.raw import RawSplit, RawTweet
from mnerbench.datasets.textfile import read_lines

# Names of the policies in reports.
COMMENTS = "comment_lines_skipped"
HEADERS = "header_lines_skipped"
RAGGED = "lines_with_another_number_of_columns"

_LABEL = re.compile(r"[Oo]|[BIESMLUbiesmlu][-_]\S.*")
_SPACES = re.compile(r" +")
_FORM = "write a word and its label per line, a tab or spaces between, and a blank line between tweets"


class Columns(NamedTuple):
    """Column indices of word and label; negative ones count from the end of the line."""

    word: int
    label: int


class _Line(NamedTuple):
    number: int
    cells: list[str]


def parse_table(path: Path, columns: Columns | None = None, *, bare_types: bool = False) -> RawSplit:
    """Parse a column file, without changing labels; `IMGID:` lines, if any, name pictures.

    Columns are separated by tabs if most lines have one, else by spaces. The label is in the column with the most
    labels (the last of several), the word in the first other column that does not number the words of each sentence.

    Args:
        path: the file.
        columns: columns of the word and its label; None detects them.
        bare_types: whether labels are types without `B-` and `I-`; they are then in the last column.

    Raises:
        DataError: no column holds labels, or a line has no word or no label (with its number).
        MissingInputError: there is no such file.
    """
    blocks, policies = _blocks(path)
    lines = [line for _, block in blocks for line in block]
    if not lines:
        require_words(path, [])
    usual = Counter(len(line.cells) for line in lines).most_common(1)[0][0]
    ragged = [line for line in lines if len(line.cells) != usual]
    if columns is None:
        columns = _find_columns(path, blocks, bare_types)
        if ragged:
            # The word of such a line could contain a space, and its second half would be lost.
            reason = f"{' '.join(ragged[0].cells)!r} has {len(ragged[0].cells)} columns, most lines have {usual}"
            remedy = "separate columns by tabs, or name those of word and label, --columns WORD,LABEL"
            raise DataError.at(path, ragged[0].number, reason, remedy)
    policies[RAGGED] += len(ragged)
    tweets = []
    for tweet, block in blocks:
        for line in block:
            word, label = (_cell(path, line, column) for column in columns)
            add_word(tweet, line.number, word, label)
        tweets.append(tweet)
    _drop_header(tweets, policies, bare_types)
    return RawSplit(
        require_words(path, [tweet for tweet in tweets if tweet.words or tweet.image_id is not None]), +policies
    )


def _blocks(path: Path) -> tuple[list[tuple[RawTweet, list[_Line]]], Counter[str]]:
    """Tweets, still without words, and the lines of each, split into cells."""
    numbered = read_lines(path)
    plain = [line for _, line in numbered if line.strip(" \t") and not is_image_line(line)]
    tabs = 2 * sum("\t" in line for line in plain) > len(plain)
    policies: Counter[str] = Counter()
    blocks: list[tuple[RawTweet, list[_Line]]] = []
    block: list[_Line] | None = None
    for number, line in numbered:
        if not line.strip(" \t") or line.startswith(DOCUMENT_START):
            block = None
            continue
        if is_image_line(line):
            block = []
            blocks.append((RawTweet(number, image_id=image_of(path, number, line)), block))
            continue
        cells = line.split("\t") if tabs else _SPACES.split(line.strip(" "))
        if line.startswith("#") and not any(map(_LABEL.fullmatch, cells[1:])):
            policies[COMMENTS] += 1
            continue
        if block is None:
            block = []
            blocks.append((RawTweet(number), block))
        block.append(_Line(number, [cell.strip(" ") or cell for cell in cells]))
    return blocks, policies


def _cell(path: Path, line: _Line, column: int) -> str:
    try:
        cell = line.cells[column]
    except IndexError:
        cell = ""
    if not cell or len(line.cells) < 2:
        reason = f"{' '.join(line.cells)!r} has nothing in column {column + 1 if column >= 0 else column}"
        raise DataError.at(path, line.number, reason, f"{_FORM}; or name the columns, --columns WORD,LABEL")
    return cell


def _find_columns(path: Path, blocks: Sequence[tuple[RawTweet, list[_Line]]], bare_types: bool) -> Columns:
    lines = [line for _, block in blocks for line in block]
    narrowest = min(lines, key=lambda line: len(line.cells))
    if len(narrowest.cells) < 2:
        reason = f"{narrowest.cells[0]!r} is a word without a label, or a label without its word"
        raise DataError.at(path, narrowest.number, reason, _FORM)
    width = len(narrowest.cells)
    label = -1 if bare_types else _label_column(path, lines, width)
    others = [column for column in range(width) if column - width != label]
    numbered = len(others) > 1 and all(_is_index([line.cells[0] for line in block]) for _, block in blocks if block)
    return Columns(others[1] if numbered else others[0], label)


def _label_column(path: Path, lines: Sequence[_Line], width: int) -> int:
    """The column of the labels, counted from the end, since a word with a space shifts the columns after it."""
    # Half of the lines suffice: one may be a header, and the reader reports other invalid labels with their line.
    best = max(range(-width, 0), key=lambda column: (_labels_in(lines, column), column))
    if 2 * _labels_in(lines, best) < len(lines):
        example = lines[len(lines) // 2]
        reason = f"no column holds labels (O, B-TYPE, I-TYPE); a line of it: {' '.join(example.cells)!r}"
        remedy = "name the columns, --columns WORD,LABEL, and --scheme io where labels are types alone"
        raise DataError.at(path, example.number, reason, remedy)
    return best


def _labels_in(lines: Sequence[_Line], column: int) -> int:
    return sum(_LABEL.fullmatch(line.cells[column]) is not None for line in lines)


def _is_index(cells: Sequence[str]) -> bool:
    """Whether cells number the words of a sentence."""
    return any(cells == list(map(str, range(first, first + len(cells)))) for first in (0, 1))


def _drop_header(tweets: list[RawTweet], policies: Counter[str], bare_types: bool) -> None:
    """Remove a first line that names the columns."""
    first = next((tweet for tweet in tweets if tweet.words), None)
    if bare_types or first is None or _LABEL.fullmatch(first.labels[0]):
        return
    if first.labels[0].lower() in {"label", "labels", "tag", "tags", "ner", "ner_tag", "ner_tags"}:
        for values in (first.words, first.labels, first.lines):
            values.pop(0)
        policies[HEADERS] += 1
