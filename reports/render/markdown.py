"""The leaderboard as one complete Markdown page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mnerbench.benchmark.results.damage import MOST, Damage
from mnerbench.benchmark.results.search_results import TuningFile
from mnerbench.datasets.untrusted.display import printable
from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.search_sections import search_sections
from mnerbench.reports.render.sections import Section, closing_sections, sections
from mnerbench.reports.render.wording import condition_lines, reasons, symbols
from mnerbench.reports.text.format import Sheet

# What starts markup inside a line: links only at `](`, emphasis not inside a word, so that most text stays as it is.
_ACTIVE = re.compile(r"([\\|<*`~]|\](?=[(\[])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|&(?=#?\w+;))")


def escape(text: str) -> str:
    """Text that shows as it is, in a paragraph, a list or a table cell: error messages hold anything.

    White space of any kind is one space; what acts instead of being shown is written as its escape.
    """
    return _ACTIVE.sub(r"\\\1", printable(" ".join(text.split())))


def markdown_report(
    tables: Sequence[LeaderboardTable], searches: Sequence[TuningFile] = (), damaged: Sequence[Damage] = ()
) -> str:
    """A page with every table, its conditions and warnings, and a key to the symbols.

    Args:
        tables: from `leaderboard`.
        searches: of settings.
        damaged: what is damaged in the results folder.
    """
    lines = ["# Leaderboard", "", "Numbers compare within a table, not across tables."]
    if damaged:
        named = [(one.place, f"{one.reason}; {one.remedy}") for one in damaged[:MOST]]
        more = [f"- and {len(damaged) - MOST:,} more"] if len(damaged) > MOST else []
        lines += ["", "**Damaged files of this results folder:**", "", *_named(named), *more]
    for table in tables:
        lines += ["", f"## {escape(heading(table))}", *_table(table)]
    for section in closing_sections(tables):
        lines += _section(section, "##")
    for section in search_sections(searches):
        lines += _section(section, "##")
    keys = dict.fromkeys(line for table in tables for line in symbols(table))
    lines += ["", "## Symbols", "", *_named(keys)]
    return "\n".join(lines) + "\n"


def markdown_sections(title: str, sections: Iterable[Section]) -> str:
    """Some sections below a heading."""
    lines = [f"## {escape(title)}"]
    for section in sections:
        lines += _section(section, "###")
    return "\n".join(lines) + "\n"


def _table(table: LeaderboardTable) -> Iterator[str]:
    if table.warnings:
        yield from ("", "**Before you read the numbers:**", "", *(f"- {escape(text)}" for text in table.warnings))
    yield from ("", "### Conditions", "", *_named(condition_lines(table.conditions)))
    for section in sections(table):
        yield from _section(section, "###")
        if section.key == "results" and (lacking := reasons(table)):
            yield from ("", "### Runs that are missing", "", *_named(lacking))


def _section(section: Section, level: str) -> Iterator[str]:
    yield from ("", f"{level} {escape(section.title)}")
    if section.intro:
        yield from ("", escape(section.intro))
    yield from ("", *_sheet(section.sheet))
    if section.said:
        yield from ("", *(f"- {escape(text)}" for text in section.said))
    if section.lines:
        yield from ("", *_named(section.lines))


def _named(lines: Iterable[tuple[str, str]]) -> list[str]:
    return [f"- **{escape(name)}**: {escape(text)}" for name, text in lines]


def _sheet(sheet: Sheet) -> Iterator[str]:
    """A pipe table, padded so that the source is readable too."""
    cells = [list(map(escape, row)) for row in (sheet.columns, *([sheet.sizes] if sheet.sizes else []), *sheet.rows)]
    widths = [max(3, *(len(row[place]) for row in cells)) for place in range(len(sheet.columns))]
    marks = ["-" * width if place < sheet.left else "-" * (width - 1) + ":" for place, width in enumerate(widths)]
    head, *body = [_line(row, widths, sheet.left) for row in cells]
    yield from (head, "| " + " | ".join(marks) + " |", *body)


def _line(row: Sequence[str], widths: Sequence[int], left: int) -> str:
    padded = [
        text.ljust(w) if place < left else text.rjust(w)
        for place, (text, w) in enumerate(zip(row, widths, strict=True))
    ]
    return "| " + " | ".join(padded) + " |"
