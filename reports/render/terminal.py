"""The report on a terminal of at least 80 columns: the results first, then their details."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mnerbench.datasets.untrusted.display import bounded, cell, in_encoding
from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.answer import answer
from mnerbench.reports.render.column_fit import fit_columns
from mnerbench.reports.render.section import Section
from mnerbench.reports.render.sections import closing_sections, first_sections, sections
from mnerbench.reports.render.wording import condition_lines, main_symbols, reasons
from mnerbench.reports.text.format import format_cell
from mnerbench.reports.text.sheet import Sheet

_NAME = 40  # maximum width of the names of a legend
_SHORTEST = 5  # width that names keep in a terminal that is too narrow for everything
_STYLES = {"baseline": "bold", "unfinished": "yellow", "weak": "dim"}


def print_leaderboard(tables: Sequence[LeaderboardTable], console: Console, *, details: bool = False) -> None:
    """Print every table with its verdicts, warnings and conditions, the closing sections, and a legend of the symbols.

    Args:
        tables: of the leaderboard.
        console: to print to.
        details: print all sections, not only results, pictures and published scores.
    """
    conditions = [condition_lines(table.conditions) for table in tables]
    shared = [line for line in conditions[0] if all(line in lines for lines in conditions)] if len(tables) > 1 else []
    for table, lines in zip(tables, conditions, strict=True):
        console.print()
        _rule(console, heading(table))
        if (text := answer(table)) is not None:
            console.print(_text(console, bounded(text), "bold"))
        for section in sections(table) if details else first_sections(table):
            _section(console, section, table)
        _lines(console, [line for line in lines if line not in shared], "dim")
    if shared:
        console.print()
        _rule(console, "All tables")
        _lines(console, shared, "dim")
    for section in closing_sections(tables):
        print_section(section, console)
    if tables:
        console.rule(style="dim")
        _lines(console, dict.fromkeys(line for table in tables for line in main_symbols(table)), "dim")


def print_sections(
    title: str, sections: Iterable[Section], conditions: Iterable[tuple[str, str]], console: Console
) -> None:
    """Print some sections below a heading, then the conditions."""
    console.print()
    _rule(console, title)
    for number, section in enumerate(sections):
        if number:
            console.print()
        _body(console, section, section.title)
    _lines(console, conditions, "dim")


def print_section(section: Section, console: Console) -> None:
    """Print a single section with its title as a heading."""
    console.print()
    _rule(console, section.title)
    _body(console, section, None)


def _section(console: Console, section: Section, table: LeaderboardTable) -> None:
    """Print a section of a table; the results without a title, followed by warnings and missing runs."""
    if section.key != "results":
        _body(console, section, section.title)
        return
    _body(console, section, None)
    for text in table.warnings:
        console.print(_text(console, bounded(f"warning: {text}"), "yellow"))
    _lines(console, reasons(table), "yellow")


def _body(console: Console, section: Section, title: str | None) -> None:
    if section.intro and title is None:
        console.print(_text(console, bounded(section.intro), "dim"))
    sheet = section.sheet.select(section.narrow) if section.narrow else section.narrow_sheet or section.sheet
    sheet, left_out = fit_columns(sheet, console.width, section.optional)
    _sheet(console, sheet, [_STYLES.get(style, "") for style in section.styles] or [""] * len(sheet.rows), title)
    if left_out:
        console.print(_text(console, f"no room for {', '.join(left_out)}: widen the terminal, or set COLUMNS", "dim"))
    for text in section.remarks:
        console.print(_text(console, bounded(text)))
    _lines(console, section.legend, "dim")


def _sheet(console: Console, sheet: Sheet, styles: Sequence[str], title: str | None = None) -> None:
    """Print a title, and a table unless it has no columns."""
    if title is not None:
        console.print(_text(console, cell(title), "bold"))
    if not sheet.columns:
        return
    grid = Table(box=SIMPLE_HEAD, collapse_padding=True)
    for column in sheet.columns:
        grid.add_column(
            _text(console, cell(column.title)),
            justify="right" if column.numbers else "left",
            no_wrap=column.numbers or column.key == "view",
            min_width=1 if column.numbers else _SHORTEST,
            overflow="fold",
        )
    if sheet.sizes:
        grid.add_row(*(_text(console, cell(format_cell(size))) for size in sheet.sizes), style="dim")
    for row, style in zip(sheet.rows, styles, strict=True):
        grid.add_row(*(_text(console, cell(format_cell(value))) for value in row), style=style)
    console.print(grid)


def _lines(console: Console, lines: Iterable[tuple[str, str]], style: str) -> None:
    """Print names and texts in two columns."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=style, max_width=_NAME, overflow="fold")
    grid.add_column(style=style, overflow="fold")
    for name, text in lines:
        grid.add_row(_text(console, cell(name)), _text(console, bounded(text)))
    console.print(grid)


def _rule(console: Console, title: str) -> None:
    console.rule(_text(console, cell(title), "bold"), align="left")


def _text(console: Console, text: str, style: str = "") -> Text:
    """Literal text in characters of the console's encoding, so that the widths of columns match their content."""
    return Text(in_encoding(text, console.encoding), style=style)
