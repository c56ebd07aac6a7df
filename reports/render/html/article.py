"""A table of the page: its answer and plots, and below them its sections, curves and tweets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.answer import answer
from mnerbench.reports.render.html import curves
from mnerbench.reports.render.html.anchors import anchors, section_anchors
from mnerbench.reports.render.html.blocks import Block, block_of
from mnerbench.reports.render.html.case_data import ShownCases, case_data
from mnerbench.reports.render.html.chips import TableChips, chips_of
from mnerbench.reports.render.html.downloads import Download, downloads_of
from mnerbench.reports.render.html.fitting import MOST_ROWS, Article, Extent
from mnerbench.reports.render.html.forest import Forests, forests_of
from mnerbench.reports.render.html.templating import environment, script_data
from mnerbench.reports.render.html.trust import trust_line
from mnerbench.reports.render.sections import sections
from mnerbench.reports.render.wording import condition_lines, main_symbols, reasons, view_names

_BRIEF = frozenset({"results", "tests", "pictures", "published"})  # sections

# The tweets of a table, why they cannot be shown, or a function that returns either.
TableCases = ShownCases | str | None | Callable[[], ShownCases | str | None]


@dataclass(frozen=True)
class Heading:
    """A table in the contents.

    Attributes:
        key: anchor in the page.
        title: heading.
        table: all of its rows.
        chips: its verdicts.
        answer: the verdicts in a sentence or two; None without a baseline.
    """

    key: str
    title: str
    table: LeaderboardTable
    chips: TableChips
    answer: str | None


@dataclass(frozen=True)
class Part:
    """A table with its sections, plots and tweets.

    Attributes:
        entry: anchor, heading and verdicts.
        table: the rows that are shown.
        forests: differences.
        trust: what the verdicts rest on, as phrases.
        downloads: the table as files.
        blocks: anchors and sections.
        symbols: names and texts that explain the results.
        curves: of training; None without one.
        reasons: why runs are missing, by method.
        conditions: names and texts.
        views: of the rows, and what they are.
        cases: tweets on which methods differ; None without any.
        problem: why tweets cannot be shown; None without a problem.
        extent: how much of the table is shown.
        left_out: a sentence on what is left out; None for a complete table.
    """

    entry: Heading
    table: LeaderboardTable
    forests: Forests
    trust: Sequence[str]
    downloads: Sequence[Download]
    blocks: Sequence[tuple[str, Block]]
    symbols: Sequence[tuple[str, str]]
    curves: curves.Curves | None
    reasons: Sequence[tuple[str, str]]
    conditions: Sequence[tuple[str, str]]
    views: Sequence[tuple[str, str]]
    cases: ShownCases | None
    problem: str | None
    extent: Extent
    left_out: str | None

    @property
    def key(self) -> str:
        """Anchor in the page."""
        return self.entry.key


def headings_of(tables: Sequence[LeaderboardTable]) -> list[Heading]:
    """The tables with their anchors and verdicts."""
    titles = list(map(heading, tables))
    return [
        Heading(key, title, table, chips_of(table), answer(table))
        for key, title, table in zip(anchors("table", titles), titles, tables, strict=True)
    ]


def article_of(entry: Heading, cases: TableCases, extent: Extent, *, bounded: bool) -> Article:
    """Render a table.

    Args:
        entry: the table.
        cases: its tweets; a function is called only if the table is shown in full.
        extent: how much of the table is shown.
        bounded: whether at most `MOST_ROWS` rows are shown.
    """
    cases = cases() if callable(cases) and extent is Extent.FULL else cases
    part = _part(entry, None if callable(cases) else cases, extent, bounded=bounded)
    html = environment().get_template("article.html").render(part=part, chart=(curves.WIDTH, curves.HEIGHT))
    return Article(html, extent, str(script_data(case_data(part.cases))) if part.cases is not None else None)


def _part(entry: Heading, cases: ShownCases | str | None, extent: Extent, *, bounded: bool) -> Part:
    table = _best_rows(entry.table) if bounded else entry.table
    whole, listed = extent is Extent.FULL, extent is Extent.LISTED
    shown = [section for section in sections(table) if whole or (not listed and section.key in _BRIEF)]
    keys = section_anchors(f"{entry.key}-", [section.key for section in shown], [section.title for section in shown])
    return Part(
        entry=entry,
        table=table,
        forests=forests_of(entry.table, entry.chips),
        trust=trust_line(entry.table),
        downloads=tuple(downloads_of(entry.table, entry.key)) if not listed else (),
        blocks=tuple(zip(keys, map(block_of, shown), strict=True)),
        symbols=main_symbols(table),
        curves=curves.curves_of(table) if whole else None,
        reasons=reasons(table),
        conditions=_conditions(table),
        views=view_names(table),
        cases=cases if whole and isinstance(cases, ShownCases) else None,
        problem=cases if whole and isinstance(cases, str) else None,
        extent=extent,
        left_out=_left_out(entry.table, table, extent),
    )


def _conditions(table: LeaderboardTable) -> list[tuple[str, str]]:
    """Names and texts of the conditions, with whole fingerprints."""
    conditions = table.conditions
    digests = [(f"sha256 of {split}", digest) for split, digest in conditions.fingerprints.items()]
    if conditions.encoder_digest:
        digests.append(("digest of the encoder", conditions.encoder_digest))
    return [*condition_lines(conditions), *digests]


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
        Extent.BRIEF: ["types, slices, mistakes, costs, curves and tweets are left out"],
        Extent.LISTED: [f"{len(table.rows):,} rows are left out"],
    }[extent]
    if extent is not Extent.LISTED and len(shown.rows) < len(table.rows):
        parts = [f"the best {len(shown.rows):,} of {len(table.rows):,} rows are shown", *parts]
    return f"To keep the page small, {' and '.join(parts)}; --whole shows all." if parts else None
