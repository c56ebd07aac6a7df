"""Detects the column separator of a file and splits its lines into cells."""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial

from mnerbench.benchmark.external.formats.paragraphs import BLANKS

_MARKS = "|,;"
_SURE = 0.98  # minimal share of lines that contain the separator
_MOST_CACHED = 1 << 19  # lines


def separator(groups: Iterable[Sequence[str]], lines: int) -> str:
    """Detect the separator: `|`, `,`, `;`, or a tab, which stands for tabs and spaces.

    Args:
        groups: non-blank lines with words and labels, by tweet; read until all marks are ruled out.
        lines: maximal number of lines.
    """
    # The last cell, after a separator, has no white space; a tab before it would itself be the separator.
    patterns = {mark: re.compile(rf'[^\t]*{re.escape(mark)} *"?[^\s{re.escape(mark)}"]+"? *\|?') for mark in _MARKS}
    without = dict.fromkeys(_MARKS, 0)
    count = 0
    for group in groups:
        count += len(group)
        for mark, pattern in patterns.items():
            without[mark] += sum(mark not in line or not pattern.fullmatch(line.strip(" ")) for line in group)
        if min(without.values()) > (1 - _SURE) * lines + 1:
            return "\t"
    return next((mark for mark in _MARKS if count and count - without[mark] >= _SURE * count), "\t")


class RowOfLine(dict[str, tuple[str, ...]]):
    """Maps lines to their cells: equal lines are split once and share one row, and equal cells one string.

    Args:
        mark: the separator.
    """

    def __init__(self, mark: str) -> None:
        super().__init__()
        self._split = {"|": _between_pipes, "\t": _blank_separated}.get(mark, partial(_comma_separated, mark=mark))

    def __missing__(self, line: str) -> tuple[str, ...]:
        if len(self) >= _MOST_CACHED:  # a file whose lines are all different
            self.clear()
        self[line] = row = tuple(map(sys.intern, self._split(line)))
        return row


def is_rule(row: Sequence[str]) -> bool:
    """Whether a row is the rule below a Markdown table header."""
    return all(re.fullmatch(":?-{2,}:?", cell) for cell in row)


def joined(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Pipe-separated rows of a tweet, narrowed to the most frequent width.

    A word that contains pipes was split at them: surplus cells are joined to the first.
    """
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    return [row if len(row) <= width else _joined(row, width) for row in rows]


def _blank_separated(line: str) -> list[str]:
    if " " not in line and "" not in (parts := line.split("\t")) and len(parts) > 1:
        return parts  # the common case
    text = line.strip(" \t")
    # If there is a tab, spaces are part of words.
    parts = text.split("\t") if "\t" in text else BLANKS.split(text)
    row = [part for cell in parts if (part := cell.strip(" "))]
    return ["", *row] if len(row) == 1 and line.startswith("\t") else row  # no word before the tab


def _comma_separated(line: str, mark: str) -> list[str]:
    try:
        rows = list(csv.reader([line], delimiter=mark, skipinitialspace=True))
    except csv.Error:  # such as a cell that exceeds the reader's size limit
        return line.split(mark)
    return [cell.strip(" ") for cell in rows[0]] if rows else []


def _between_pipes(line: str) -> list[str]:
    line = line.strip(" \t")
    if line.startswith("|") and line.endswith("|") and len(line) > 1:
        line = line[1:-1]
    return [cell.strip(" \t").replace("\0", "|") for cell in line.replace("\\|", "\0").split("|")]


def _joined(row: tuple[str, ...], width: int) -> tuple[str, ...]:
    excess = len(row) - width + 1
    return ("|".join(row[:excess]), *row[excess:])
