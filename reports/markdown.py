"""The leaderboard as one complete Markdown page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mnerbench.reports.cells import Sheet, beside, ceiling_sheet, image_sheet, main_sheet, scorer_sheet, type_sheet
from mnerbench.reports.profile import capability_profiles, profile_lines, profile_sheet
from mnerbench.reports.published.beside import published_beside
from mnerbench.reports.published.beside_sheets import beside_lines, beside_sheets
from mnerbench.reports.published.verdicts import published_lines, published_sheet
from mnerbench.reports.tables import LeaderboardTable
from mnerbench.reports.wording import condition_lines, heading, image_verdicts, reasons, subtitle, symbols, verdicts

# What starts markup inside a line: links only at `](`, emphasis not inside a word, so that most text stays as it is.
_ACTIVE = re.compile(r"([\\|<*`~]|\](?=[(\[])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|&(?=#?\w+;))")


def escape(text: str) -> str:
    """Text that shows as it is, in a paragraph, a list or a table cell: error messages hold anything."""
    return _ACTIVE.sub(r"\\\1", " ".join(text.split()))


def markdown_report(tables: Sequence[LeaderboardTable]) -> str:
    """A page with every table, its conditions and warnings, and a key to the symbols.

    Args:
        tables: from `leaderboard`.
    """
    lines = ["# Leaderboard", "", "Numbers compare within a table, not across tables."]
    for table in tables:
        lines += ["", f"## {escape(heading(table))}", *_table(table)]
    for profile in capability_profiles(tables):
        lines += ["", "## Capability profile", "", "Which evidence in a picture each method finds."]
        lines += [escape(f"With {profile.conditions}."), ""]
        lines += [*_sheet(profile_sheet(profile)), "", *_named(profile_lines())]
    for theirs in published_beside(tables):
        lines += ["", f"## {escape(theirs.title)}"]
        for sheet in beside_sheets(theirs):
            lines += ["", *_sheet(sheet)]
        lines += ["", *_named(beside_lines(theirs))]
    keys = dict.fromkeys(line for table in tables for line in symbols(table))
    lines += ["", "## Symbols", "", *_named(keys)]
    return "\n".join(lines) + "\n"


def _table(table: LeaderboardTable) -> Iterator[str]:
    if table.warnings:
        yield from ("", "**Before you read the numbers:**", "", *(f"- {escape(text)}" for text in table.warnings))
    yield from ("", "### Conditions", "", *_named(condition_lines(table.conditions)))
    yield from ("", "### Results", "", escape(subtitle(table.conditions)), "", *_sheet(main_sheet(table)))
    if table.conditions.ceilings:
        sheet = beside(main_sheet(table).only(("method", "view", "F1 ± std")), ceiling_sheet(table))
        yield from ("", "### What is possible, and what was reached", "", *_sheet(sheet))
    if said := verdicts(table):
        yield from ("", *(f"- {escape(text)}" for text in said))
    if lacking := reasons(table):
        yield from ("", "### Runs that are missing", "", *_named(lacking))
    if (theirs := published_sheet(table)) is not None:
        yield from ("", "### Against the published scores", "", *_sheet(theirs), "", *_named(published_lines(table)))
    if table.image_use:
        yield from ("", "### What the picture is worth", "", *_sheet(image_sheet(table)))
        yield from ("", *(f"- {escape(text)}" for text in image_verdicts(table)))
    if table.types:
        yield from ("", "### F1 per entity type", "", *_sheet(type_sheet(table)))
        yield from ("", "### The same runs under each scorer", "", *_sheet(scorer_sheet(table)))


def _named(lines: Iterable[tuple[str, str]]) -> list[str]:
    return [f"- **{escape(name)}**: {escape(text)}" for name, text in lines]


def _sheet(sheet: Sheet) -> Iterator[str]:
    """A pipe table, padded so that the source is readable too."""
    cells = [list(map(escape, row)) for row in (sheet.columns, *sheet.rows)]
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
