"""The report as one Markdown page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mnerbench.benchmark.results.damage import MOST, Damage
from mnerbench.benchmark.results.search_results import TuningFile
from mnerbench.datasets.untrusted.display import printable
from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.answer import answer
from mnerbench.reports.render.search_sections import search_sections
from mnerbench.reports.render.section import Section
from mnerbench.reports.render.sections import closing_sections, sections
from mnerbench.reports.render.wording import condition_lines, reasons, symbols
from mnerbench.reports.text.format import format_cell, titles
from mnerbench.reports.text.sheet import Column, Sheet

# Markup within a line: links only at `](`, emphasis not inside a word, so that most text needs no escapes.
_ACTIVE = re.compile(r"([\\|<*`~]|\](?=[(\[])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|&(?=#?\w+;))")


def escape(text: str) -> str:
    """Escape text so that it is literal in a paragraph, a list or a table cell: error messages contain anything.

    White space of any kind becomes one space; unprintable characters become escapes.
    """
    return _ACTIVE.sub(r"\\\1", printable(" ".join(text.split())))


def markdown_report(
    tables: Sequence[LeaderboardTable], searches: Sequence[TuningFile] = (), damaged: Sequence[Damage] = ()
) -> str:
    """A page with every table, its conditions and warnings, and a legend of the symbols.

    Args:
        tables: of the leaderboard.
        searches: of settings.
        damaged: files of the results folder.
    """
    lines = ["# Leaderboard", "", "Numbers compare within a table, not across tables."]
    if damaged:
        files = [(damage.location, f"{damage.reason}; {damage.remedy}") for damage in damaged[:MOST]]
        more = [f"- and {len(damaged) - MOST:,} more"] if len(damaged) > MOST else []
        lines += ["", "**Damaged files of this results folder:**", "", *_legend(files), *more]
    for table in tables:
        lines += ["", f"## {escape(heading(table))}", *_table(table)]
    for section in closing_sections(tables):
        lines += _section(section, "##")
    for section in search_sections(searches):
        lines += _section(section, "##")
    legend = dict.fromkeys(line for table in tables for line in symbols(table))
    lines += ["", "## Symbols", "", *_legend(legend)]
    return "\n".join(lines) + "\n"


def markdown_sections(title: str, sections: Iterable[Section]) -> str:
    """Some sections below a heading."""
    lines = [f"## {escape(title)}"]
    for section in sections:
        lines += _section(section, "###")
    return "\n".join(lines) + "\n"


def _table(table: LeaderboardTable) -> Iterator[str]:
    if (text := answer(table)) is not None:
        yield from ("", f"**{escape(text)}**")
    if table.warnings:
        yield from ("", "**Before you read the numbers:**", "", *(f"- {escape(text)}" for text in table.warnings))
    yield from ("", "### Conditions", "", *_legend(condition_lines(table.conditions)))
    for section in sections(table):
        yield from _section(section, "###")
        if section.key == "results" and (missing := reasons(table)):
            yield from ("", "### Runs that are missing", "", *_legend(missing))


def _section(section: Section, level: str) -> Iterator[str]:
    yield from ("", f"{level} {escape(section.title)}")
    if section.intro:
        yield from ("", escape(section.intro))
    if section.sheet.columns:
        yield from ("", *_sheet(section.sheet))
    if section.remarks:
        yield from ("", *(f"- {escape(text)}" for text in section.remarks))
    if section.legend:
        yield from ("", *_legend(section.legend))


def _legend(lines: Iterable[tuple[str, str]]) -> list[str]:
    return [f"- **{escape(name)}**: {escape(text)}" for name, text in lines]


def _sheet(sheet: Sheet) -> Iterator[str]:
    """A pipe table, padded so that the source is readable."""
    rows = [tuple(map(format_cell, row)) for row in (*([sheet.sizes] if sheet.sizes else []), *sheet.rows)]
    cells = [list(map(escape, row)) for row in (titles(sheet), *rows)]
    widths = [max(3, *(len(row[index]) for row in cells)) for index in range(len(sheet.columns))]
    head, *body = [_line(row, sheet.columns, widths) for row in cells]
    aligned = zip(sheet.columns, widths, strict=True)
    rules = ["-" * (width - 1) + ("-" if column.names else ":") for column, width in aligned]
    yield from (head, "| " + " | ".join(rules) + " |", *body)


def _line(row: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    cells = zip(row, columns, widths, strict=True)
    padded = [text.ljust(width) if column.names else text.rjust(width) for text, column, width in cells]
    return "| " + " | ".join(padded) + " |"
