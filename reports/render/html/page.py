"""The report as one self-contained HTML page: without network access or other files, readable without scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from mnerbench.benchmark.results.damage import MOST, Damage
from mnerbench.benchmark.results.search_results import TuningFile
from mnerbench.reports.analysis.overview import Overview, validation_sheet
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.html import curves
from mnerbench.reports.render.html.anchors import section_anchors
from mnerbench.reports.render.html.article import TableCases, article_of, headings_of
from mnerbench.reports.render.html.blocks import Block, block_of
from mnerbench.reports.render.html.budgets import budget_charts
from mnerbench.reports.render.html.chips import grid_of
from mnerbench.reports.render.html.fitting import MOST_BYTES, Article, Extent, fitted, left_out
from mnerbench.reports.render.html.searches import chart_of
from mnerbench.reports.render.html.templating import asset, environment
from mnerbench.reports.render.search_sections import search_sections
from mnerbench.reports.render.section import Section
from mnerbench.reports.render.sections import closing_sections
from mnerbench.reports.render.wording import symbols

# Joined, so that the policy needs one digest.
SCRIPTS = ("basics.js", "tables.js", "downloads.js", "cases.js", "finder.js", "address.js")


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
    headings = headings_of(tables)

    def render(index: int, extent: Extent) -> Article:
        return article_of(headings[index], cases[index], extent, bounded=most is not None)

    articles = fitted(len(tables), render, most)
    script, lacking = "\n".join(map(asset, SCRIPTS)), left_out(articles)
    with_data = ((part, article) for part, article in zip(headings, articles, strict=True) if article.data)
    data = (f'"{part.key}":{article.data}' for part, article in with_data)
    text = (
        environment()
        .get_template("page.html")
        .render(
            overview=overview,
            damaged=damaged,
            most_damaged=MOST,
            parts=headings,
            grid=grid_of([(part.key, part.title, part.chips) for part in headings]),
            articles=[Markup(article.html) for article in articles],  # noqa: S704 - our own template
            left_out=lacking,
            validated=block_of(Section("validated", "What each method was tried on", validation_sheet(tables))),
            closing=_closing(tables),
            searched=[block_of(section) for section in search_sections(searches)],
            charts=[chart for file in searches for search in file.searches if (chart := chart_of(search)) is not None],
            budgets=list(budget_charts(searches)),
            symbols=list(dict.fromkeys(line for table in tables for line in symbols(table))),
            data=Markup(f"{{{','.join(data)}}}"),  # noqa: S704 - escaped by `script_data`
            style=Markup(asset("style.css")),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            chart=(curves.WIDTH, curves.HEIGHT),
        )
    )
    return Page(text, lacking)


def _closing(tables: Sequence[LeaderboardTable]) -> list[tuple[str, Block]]:
    """The sections across tables, with their anchors."""
    closing = list(closing_sections(tables))
    keys = section_anchors("section", [section.key for section in closing], [section.title for section in closing])
    return list(zip(keys, map(block_of, closing), strict=True))
