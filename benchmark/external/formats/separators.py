"""What stands between the columns of a file, and its lines as cells."""

from __future__ import annotations

import csv
import re
from collections import Counter

from mnerbench.benchmark.external.formats.paragraphs import BLANKS
from mnerbench.benchmark.external.predicted import Lines

_SURE = 0.98  # so many of the lines have to have a separator
Row = tuple[int, list[str]]


def separator(lines: Lines) -> str:
    """The separator of all lines: `|`, `,`, `;`, or a tab, which stands for tabs and blanks.

    Args:
        lines: with words and labels, none blank.
    """
    for mark in "|,;":
        # Something without blanks stands last, behind a separator; a tab before it would be the separator.
        last = re.compile(rf'[^\t]*{re.escape(mark)} *"?[^\s{re.escape(mark)}"]+"? *\|?')
        if lines and sum(last.fullmatch(line.strip(" ")) is not None for _, line in lines) >= _SURE * len(lines):
            return mark
    return "\t"


def cells(lines: Lines, mark: str) -> list[Row]:
    """Numbered lines in cells, without the rule under a Markdown header."""
    if mark == "|":
        return _piped(lines)
    if mark in ",;":
        return [(number, _comma_separated(line, mark)) for number, line in lines]
    return [(number, _blank_separated(line)) for number, line in lines]


def _blank_separated(line: str) -> list[str]:
    text = line.strip(" \t")
    # With a tab somewhere, blanks belong to words.
    parts = text.split("\t") if "\t" in text else BLANKS.split(text)
    row = [part for cell in parts if (part := cell.strip(" "))]
    return ["", *row] if len(row) == 1 and line.startswith("\t") else row  # no word before the tab


def _comma_separated(line: str, mark: str) -> list[str]:
    try:
        rows = list(csv.reader([line], delimiter=mark, skipinitialspace=True))
    except csv.Error:  # such as a cell of more characters than the reader takes
        return line.split(mark)
    return [cell.strip(" ") for cell in rows[0]] if rows else []


def _piped(lines: Lines) -> list[Row]:
    rows = [(number, _between_pipes(line)) for number, line in lines]
    rows = [(number, row) for number, row in rows if not all(re.fullmatch(":?-{2,}:?", cell) for cell in row)]
    if not rows:
        return []
    width = Counter(len(row) for _, row in rows).most_common(1)[0][0]
    # A word of pipes is cut apart where they stand: what is too much belongs to the first cell.
    return [(number, _joined(row, width) if len(row) > width else row) for number, row in rows]


def _between_pipes(line: str) -> list[str]:
    line = line.strip(" \t")
    if line.startswith("|") and line.endswith("|") and len(line) > 1:
        line = line[1:-1]
    return [cell.strip(" \t").replace("\0", "|") for cell in line.replace("\\|", "\0").split("|")]


def _joined(row: list[str], width: int) -> list[str]:
    excess = len(row) - width + 1
    return ["|".join(row[:excess]), *row[excess:]]
