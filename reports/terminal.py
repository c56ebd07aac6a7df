"""The leaderboard on a terminal of 100 columns or more: the result first, then what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mnerbench.reports.cells import Sheet, beside, ceiling_sheet, image_sheet, main_sheet, scorer_sheet, type_sheet
from mnerbench.reports.profile import capability_profiles, profile_lines, profile_sheet
from mnerbench.reports.published.beside import published_beside
from mnerbench.reports.published.beside_sheets import beside_lines, beside_numbers
from mnerbench.reports.published.verdicts import published_lines, published_sheet
from mnerbench.reports.tables import LeaderboardTable, Row, RowState
from mnerbench.reports.wording import condition_lines, heading, image_verdicts, key_symbols, reasons, subtitle, verdicts

_MAIN = ("#", "method", "view", "runs", "F1 ± std", "Δ baseline [95 % CI]", "p Welch", "p Holm", "p paired")
_PROBE = ("#", "method", "view", "runs", "F1 ± std")
_TESTS = ("method", "view", "Δ baseline [95 % CI]", "p Holm")
_MORE = ("method", "view", "best", "P", "R", "s/epoch", "parameters")


def print_leaderboard(tables: Sequence[LeaderboardTable], console: Console) -> None:
    """Print every table with its reading, warnings and conditions, then the key to the symbols.

    Args:
        tables: from `leaderboard`.
        console: where to.
    """
    for table in tables:
        console.print()
        console.rule(Text(heading(table), style="bold"), align="left")
        console.print(Text(subtitle(table.conditions), style="dim"))
        _sheet(console, _first(table), [_style(row) for row in table.rows])
        for text in verdicts(table):
            console.print(Text(text))
        for text in table.warnings:
            console.print(Text(f"warning: {text}", style="yellow"))
        _lines(console, reasons(table), "yellow")
        _details(console, table)
        _lines(console, condition_lines(table.conditions), "dim")
    for profile in capability_profiles(tables):
        console.print()
        title = Text("Capability profile: which evidence in a picture each method finds", style="bold")
        console.rule(title, align="left")
        console.print(Text(profile.conditions, style="dim"))
        _sheet(console, profile_sheet(profile), [""] * len(profile.rows))
        _lines(console, profile_lines(), "dim")
    for theirs in published_beside(tables):
        if (numbers := beside_numbers(theirs)) is not None:
            _sheet(console, numbers, [""] * len(numbers.rows), theirs.title)
            _lines(console, beside_lines(theirs), "dim")
    if tables:
        console.rule(style="dim")
        _lines(console, dict.fromkeys(line for table in tables for line in key_symbols(table)), "dim")


def _first(table: LeaderboardTable) -> Sheet:
    """The result. On a probe what is possible stands beside it, which says more than tests against a baseline."""
    if not table.conditions.ceilings:
        return main_sheet(table).only(_MAIN)
    return beside(beside(main_sheet(table).only(_PROBE), ceiling_sheet(table)), main_sheet(table).only(_TESTS))


def _details(console: Console, table: LeaderboardTable) -> None:
    scored = [row for row in table.rows if row.f1 is not None]
    if (sheet := published_sheet(table)) is not None:
        _sheet(console, sheet, [""] * len(sheet.rows), "Against the published scores")
        _lines(console, published_lines(table), "dim")
    if table.image_use:
        _sheet(console, image_sheet(table), [""] * len(table.image_use), "What the picture is worth")
        for text in image_verdicts(table):
            console.print(Text(text))
    if scored:
        more = main_sheet(replace(table, rows=tuple(scored))).only(_MORE)
        styles = [_style(row) for row in scored]
        _sheet(console, beside(type_sheet(table), more), styles, "F1 per entity type, precision, recall, cost")
        _sheet(console, scorer_sheet(table), styles, "The same runs under each scorer")


def _style(row: Row) -> str:
    if row.baseline:
        return "bold"
    if row.state is not RowState.COMPLETE:
        return "yellow"
    return "dim" if row.control or row.deterministic else ""


def _sheet(console: Console, sheet: Sheet, styles: Sequence[str], title: str | None = None) -> None:
    grid = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", collapse_padding=True)
    for place, name in enumerate(sheet.columns):
        number = place >= sheet.left or name == "#"
        grid.add_column(
            Text(name), justify="right" if number else "left", no_wrap=number or name == "view", overflow="fold"
        )
    for row, style in zip(sheet.rows, styles, strict=True):
        grid.add_row(*map(Text, row), style=style)
    console.print(grid)


def _lines(console: Console, lines: Iterable[tuple[str, str]], style: str) -> None:
    """Name and text, the texts in one column."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=style, no_wrap=True)
    grid.add_column(style=style, overflow="fold")
    for name, text in lines:
        grid.add_row(Text(name), Text(text))
    console.print(grid)
