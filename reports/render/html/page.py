"""The report as one self-contained HTML page: without network access or other files, readable without scripts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mnerbench.benchmark.results.damage import MOST, Damage
from mnerbench.benchmark.results.search_results import TuningFile
from mnerbench.datasets.untrusted.display import printable
from mnerbench.reports.analysis.overview import Overview, validation_sheet
from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.answer import answer
from mnerbench.reports.render.html import curves, dots
from mnerbench.reports.render.html.blocks import Block, block_of
from mnerbench.reports.render.html.budgets import budget_charts
from mnerbench.reports.render.html.case_data import ShownCases, case_data
from mnerbench.reports.render.html.fitting import MOST_BYTES, MOST_ROWS, Article, Extent, fitted, left_out
from mnerbench.reports.render.html.searches import chart_of
from mnerbench.reports.render.search_sections import search_sections
from mnerbench.reports.render.sections import Section, closing_sections, sections
from mnerbench.reports.render.wording import condition_lines, reasons, symbols

_PACKAGE = "mnerbench.reports.render.html"
_BRIEF = frozenset({"results", "tests", "pictures", "published"})  # sections
_SCRIPTS = ("basics.js", "tables.js", "cases.js", "finder.js")  # joined, so that the policy needs one digest
# Characters that HTML forbids, besides unprintable ones.
_FORBIDDEN = re.compile("[\ufffe\uffff]")

# The tweets of a table, why they cannot be shown, or a function that returns either.
TableCases = ShownCases | str | None | Callable[[], ShownCases | str | None]


@dataclass(frozen=True)
class Part:
    """A table with its sections, charts and tweets.

    Attributes:
        key: anchor in the page.
        title: heading.
        table: the rows that are shown.
        blocks: sections.
        dots, curves: charts; None without one.
        reasons: why runs are missing, by method.
        conditions: names and texts.
        views: of the rows.
        cases: tweets on which methods differ; None without any.
        problem: why tweets cannot be shown; None without a problem.
        extent: how much of the table is shown.
        left_out: a sentence on what is left out; None for a complete table.
    """

    key: str
    title: str
    table: LeaderboardTable
    blocks: tuple[Block, ...]
    dots: dots.Dots | None
    curves: curves.Curves | None
    reasons: Sequence[tuple[str, str]]
    conditions: Sequence[tuple[str, str]]
    views: tuple[str, ...]
    cases: ShownCases | None
    problem: str | None
    extent: Extent = Extent.FULL
    left_out: str | None = None


@dataclass(frozen=True)
class Heading:
    """A table in the contents."""

    key: str
    title: str
    table: LeaderboardTable


@dataclass(frozen=True)
class Page:
    """A page, and a sentence on what it leaves out; None for a complete page."""

    text: str
    left_out: str | None


def html_page(
    tables: Sequence[LeaderboardTable],
    overview: Overview,
    cases: Sequence[TableCases] | None = None,
    searches: Sequence[TuningFile] = (),
    damaged: Sequence[Damage] = (),
    *,
    most: int | None = MOST_BYTES,
) -> Page:
    """Render the page, a pure function of its arguments.

    Args:
        tables: of the leaderboard.
        overview: of the results folder.
        cases: by table, the tweets on which its methods differ, why they cannot be shown, or a function that returns
            either, called only if needed; None for no tweets.
        searches: of settings.
        damaged: files of the results folder that are left out.
        most: maximum size of all tables in bytes; the page names what is left out. None for no limit.
    """
    cases = cases or [None] * len(tables)
    headings = [Heading(f"t{number}", heading(table), table) for number, table in enumerate(tables, start=1)]

    def render(index: int, extent: Extent) -> Article:
        return _article(headings[index], cases[index], extent, bounded=most is not None)

    articles = fitted(len(tables), render, most)
    script, lacking = "\n".join(map(_asset, _SCRIPTS)), left_out(articles)
    with_data = ((part, article) for part, article in zip(headings, articles, strict=True) if article.data)
    data = (f'"{part.key}":{article.data}' for part, article in with_data)
    text = (
        _environment()
        .get_template("page.html")
        .render(
            overview=overview,
            damaged=damaged,
            most_damaged=MOST,
            parts=headings,
            articles=[Markup(article.html) for article in articles],  # noqa: S704 - our own template
            left_out=lacking,
            answers=[(text, part) for part in headings if (text := answer(part.table)) is not None],
            warnings=_warnings(headings),
            validated=block_of(Section("validated", "What each method was tried on", validation_sheet(tables))),
            closing=[(f"c{n}", block_of(section)) for n, section in enumerate(closing_sections(tables), start=1)],
            searched=[block_of(section) for section in search_sections(searches)],
            charts=[chart for file in searches for search in file.searches if (chart := chart_of(search)) is not None],
            budgets=list(budget_charts(searches)),
            symbols=list(dict.fromkeys(line for table in tables for line in symbols(table))),
            data=Markup(f"{{{','.join(data)}}}"),  # noqa: S704 - escaped by `script_data`
            style=Markup(_asset("style.css")),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            chart=(curves.WIDTH, curves.HEIGHT),
        )
    )
    return Page(text, lacking)


def _article(entry: Heading, cases: TableCases, extent: Extent, *, bounded: bool) -> Article:
    cases = cases() if callable(cases) and extent is Extent.FULL else cases
    part = _part(entry, None if callable(cases) else cases, extent, bounded=bounded)
    html = _environment().get_template("article.html").render(part=part, chart=(curves.WIDTH, curves.HEIGHT))
    return Article(html, extent, str(script_data(case_data(part.cases))) if part.cases is not None else None)


def _warnings(parts: Sequence[Heading]) -> list[tuple[str, list[Heading]]]:
    """The distinct warnings, the worst first, with their tables."""
    by_text: dict[str, list[Heading]] = {}
    for part in parts:
        for text in part.table.warnings:
            by_text.setdefault(text, []).append(part)
    return list(by_text.items())


def _part(entry: Heading, cases: ShownCases | str | None, extent: Extent, *, bounded: bool) -> Part:
    table = _best_rows(entry.table) if bounded else entry.table
    conditions, whole = table.conditions, extent is Extent.FULL
    digests = [(f"sha256 of {split}", digest) for split, digest in conditions.fingerprints.items()]
    if conditions.encoder_digest:
        digests.append(("digest of the encoder", conditions.encoder_digest))
    shown = [section for section in sections(table) if whole or (extent is Extent.BRIEF and section.key in _BRIEF)]
    return Part(
        key=entry.key,
        title=entry.title,
        table=table,
        blocks=tuple(map(block_of, shown)),
        dots=dots.dots_of(table) if whole else None,
        curves=curves.curves_of(table) if whole else None,
        reasons=reasons(table),
        conditions=[*condition_lines(conditions), *digests],
        views=tuple(dict.fromkeys(row.view for row in table.rows if row.view)),
        cases=cases if whole and isinstance(cases, ShownCases) else None,
        problem=cases if whole and isinstance(cases, str) else None,
        extent=extent,
        left_out=_left_out(entry.table, table, extent),
    )


def _best_rows(table: LeaderboardTable) -> LeaderboardTable:
    """The table, limited to its best rows, which come first, and the baseline."""
    if len(table.rows) <= MOST_ROWS:
        return table
    rows = tuple(row for index, row in enumerate(table.rows) if index < MOST_ROWS or row.baseline)
    methods = {row.method for row in rows}
    return replace(table, rows=rows, image_use=tuple(use for use in table.image_use if use.method in methods))


def _left_out(table: LeaderboardTable, shown: LeaderboardTable, extent: Extent) -> str | None:
    """A sentence on what is left out of a table; None for a complete table."""
    parts = {
        Extent.FULL: [],
        Extent.BRIEF: ["intervals, types, slices, mistakes, costs, curves and tweets are left out"],
        Extent.LISTED: [f"{len(table.rows):,} rows are left out"],
    }[extent]
    if extent is not Extent.LISTED and len(shown.rows) < len(table.rows):
        parts = [f"the best {len(shown.rows):,} of {len(table.rows):,} rows are shown", *parts]
    return f"To keep the page small, {' and '.join(parts)}; --whole shows all." if parts else None


def script_data(data: Any) -> Markup:
    """Encode data as JSON without characters that could end the script element."""
    text = json.dumps(data, separators=(",", ":"))  # in ASCII, so that U+2028 and lone surrogates are escaped too
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def printable_value(value: object) -> object:
    """Replace forbidden characters in text, and escape unprintable ones."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", printable(value)) if type(value) is str else value


@cache
def _asset(name: str) -> str:
    return (files(_PACKAGE) / "templates" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable_value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
