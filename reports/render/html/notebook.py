"""Sections of a report as HTML fragments, for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from mnerbench.reports.render.html.templating import printable_value
from mnerbench.reports.render.section import Section
from mnerbench.reports.text.format import format_cell, titles


def notebook_sections(title: str, shown: Iterable[Section]) -> str:
    """A heading, and a table per section; all text is escaped.

    Args:
        title: the heading.
        shown: the sections, of which tables and remarks are shown.
    """
    return str(Markup("<h4>{}</h4>").format(printable_value(title)) + Markup().join(map(_section, shown)))


def _section(section: Section) -> Markup:
    sheet = section.sheet
    head = Markup().join(_cells("th", titles(sheet)))
    rows = Markup().join(Markup("<tr>{}</tr>").format(_row(map(format_cell, row))) for row in sheet.rows)
    table = Markup("<table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>")
    remarks = Markup().join(Markup("<p>{}</p>").format(printable_value(text)) for text in section.remarks)
    return table.format(printable_value(section.title), head, rows) + remarks


def _row(texts: Iterable[str]) -> Markup:
    return Markup().join(_cells("td", texts))


def _cells(tag: str, texts: Iterable[str]) -> Iterator[Markup]:
    for text in texts:
        yield Markup("<{0}>{1}</{0}>").format(Markup(tag), printable_value(text))  # noqa: S704 - a constant
