"""The report as one HTML page that needs nothing else: no network, no other file, no script to be read."""

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
from mnerbench.reports.render.html import curves, dots
from mnerbench.reports.render.html.blocks import Block, block_of
from mnerbench.reports.render.html.case_data import ShownCases, case_data
from mnerbench.reports.render.html.fitting import MOST_BYTES, MOST_ROWS, Article, Extent, fitted, left_out
from mnerbench.reports.render.html.searches import chart_of
from mnerbench.reports.render.search_sections import search_sections
from mnerbench.reports.render.sections import Section, closing_sections, sections
from mnerbench.reports.render.wording import condition_lines, reasons, symbols

_PACKAGE = "mnerbench.reports.render.html"
_BRIEF = frozenset({"results", "tests", "pictures", "published"})  # sections
_SCRIPTS = ("basics.js", "tables.js", "cases.js", "finder.js")  # in one script element, so that one digest allows it
# What no page may hold, besides what is never printed.
_UNWRITABLE = re.compile("[\ufffe\uffff]")

# Tweets of a table, why there are none, or what gives either.
Shown = ShownCases | str | None | Callable[[], ShownCases | str | None]


@dataclass(frozen=True)
class Part:
    """One table with everything around it; `key` is its place in the page's addresses, `left_out` what it lacks."""

    key: str
    title: str
    table: LeaderboardTable
    blocks: tuple[Block, ...]
    dots: dots.Dots | None
    curves: curves.Curves | None
    reasons: Sequence[tuple[str, str]]
    conditions: Sequence[tuple[str, str]]
    views: tuple[str, ...]
    shown: ShownCases | None
    problem: str | None
    extent: Extent = Extent.FULL
    left_out: str | None = None


@dataclass(frozen=True)
class Heading:
    """A table's place in the contents."""

    key: str
    title: str
    table: LeaderboardTable


@dataclass(frozen=True)
class Page:
    """A page, and what it leaves out in a sentence; None for nothing."""

    text: str
    left_out: str | None


def html_report(
    tables: Sequence[LeaderboardTable],
    held: Overview,
    shown: Sequence[Shown] | None = None,
    searches: Sequence[TuningFile] = (),
    damaged: Sequence[Damage] = (),
) -> str:
    """The page with everything, as :func:`html_page` makes it."""
    return html_page(tables, held, shown, searches, damaged, most=None).text


def html_page(
    tables: Sequence[LeaderboardTable],
    held: Overview,
    shown: Sequence[Shown] | None = None,
    searches: Sequence[TuningFile] = (),
    damaged: Sequence[Damage] = (),
    *,
    most: int | None = MOST_BYTES,
) -> Page:
    """The page: a pure function of what it is given.

    Args:
        tables: from `leaderboard`.
        held: what the results folder holds.
        shown: by table, the tweets on which its methods differ, or why they cannot be shown; None where nobody asked or
            the folder does not describe them, or for no table at all. What is called gives it when it is needed.
        searches: of settings.
        damaged: files of the results folder that are left out.
        most: bytes of all tables; what is too much is left out, and the page says so. None for no bound.
    """
    cases = shown or [None] * len(tables)
    headings = [Heading(f"t{number}", heading(table), table) for number, table in enumerate(tables, start=1)]

    def render(place: int, extent: Extent) -> Article:
        return _article(headings[place], cases[place], extent, bounded=most is not None)

    articles = fitted(len(tables), render, most)
    script, lacking = "\n".join(map(_asset, _SCRIPTS)), left_out(articles)
    data = (f'"{one.key}":{article.data}' for one, article in zip(headings, articles, strict=True) if article.data)
    text = (
        _environment()
        .get_template("page.html")
        .render(
            held=held,
            damaged=damaged,
            most_damaged=MOST,
            parts=headings,
            articles=[Markup(article.html) for article in articles],  # noqa: S704 - our own template
            left_out=lacking,
            warnings=_warnings(headings),
            validated=block_of(Section("validated", "What each method was tried on", validation_sheet(tables))),
            closing=[(f"c{n}", block_of(section)) for n, section in enumerate(closing_sections(tables), start=1)],
            searched=[block_of(section) for section in search_sections(searches)],
            charts=[chart for one in searches for search in one.searches if (chart := chart_of(search)) is not None],
            symbols=list(dict.fromkeys(line for table in tables for line in symbols(table))),
            data=Markup(f"{{{','.join(data)}}}"),  # noqa: S704 - escaped by `script_data`
            style=Markup(_asset("style.css")),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            chart=(curves.WIDTH, curves.HEIGHT),
        )
    )
    return Page(text, lacking)


def _article(named: Heading, shown: Shown, extent: Extent, *, bounded: bool) -> Article:
    shown = shown() if callable(shown) and extent is Extent.FULL else shown
    part = _part(named, None if callable(shown) else shown, extent, bounded=bounded)
    html = _environment().get_template("article.html").render(part=part, chart=(curves.WIDTH, curves.HEIGHT))
    return Article(html, extent, str(script_data(case_data(part.shown))) if part.shown is not None else None)


def _warnings(parts: Sequence[Heading]) -> list[tuple[str, list[Heading]]]:
    """Each warning once, the worst first, with the tables that it is of."""
    found: dict[str, list[Heading]] = {}
    for part in parts:
        for text in part.table.warnings:
            found.setdefault(text, []).append(part)
    return list(found.items())


def _part(named: Heading, shown: ShownCases | str | None, extent: Extent, *, bounded: bool) -> Part:
    table = _best_rows(named.table) if bounded else named.table
    known, whole = table.conditions, extent is Extent.FULL
    digests = [(f"sha256 of {split}", digest) for split, digest in known.fingerprints.items()]
    if known.encoder_digest:
        digests.append(("digest of the encoder", known.encoder_digest))
    kept = [section for section in sections(table) if whole or (extent is Extent.BRIEF and section.key in _BRIEF)]
    return Part(
        key=named.key,
        title=named.title,
        table=table,
        blocks=tuple(map(block_of, kept)),
        dots=dots.dots_of(table) if whole else None,
        curves=curves.curves_of(table) if whole else None,
        reasons=reasons(table),
        conditions=[*condition_lines(known), *digests],
        views=tuple(dict.fromkeys(row.view for row in table.rows if row.view)),
        shown=shown if whole and isinstance(shown, ShownCases) else None,
        problem=shown if whole and isinstance(shown, str) else None,
        extent=extent,
        left_out=_lacking(named.table, table, extent),
    )


def _best_rows(table: LeaderboardTable) -> LeaderboardTable:
    """The table with its best rows, which come first, and the baseline, where it has very many."""
    if len(table.rows) <= MOST_ROWS:
        return table
    rows = tuple(row for place, row in enumerate(table.rows) if place < MOST_ROWS or row.baseline)
    methods = {row.method for row in rows}
    return replace(table, rows=rows, image_use=tuple(use for use in table.image_use if use.method in methods))


def _lacking(table: LeaderboardTable, shown: LeaderboardTable, extent: Extent) -> str | None:
    parts = {
        Extent.FULL: [],
        Extent.BRIEF: ["intervals, types, slices, mistakes, costs, curves and tweets are left out"],
        Extent.LISTED: [f"{len(table.rows):,} rows are left out"],
    }[extent]
    if extent is not Extent.LISTED and len(shown.rows) < len(table.rows):
        parts = [f"the best {len(shown.rows):,} of {len(table.rows):,} rows are shown", *parts]
    return f"To keep the page small, {' and '.join(parts)}; --whole shows all." if parts else None


def script_data(data: Any) -> Markup:
    """JSON that stays JSON inside a script element, whatever words it holds: nothing in it can end the element."""
    text = json.dumps(data, separators=(",", ":"))  # in ASCII, so that U+2028 and lone surrogates are escaped too
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def written(value: object) -> object:
    """Text without what no page can hold, and without what acts instead of being shown: that is its escape."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", printable(value)) if type(value) is str else value


@cache
def _asset(name: str) -> str:
    return (files(_PACKAGE) / "templates" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=written,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
