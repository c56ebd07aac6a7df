"""Writes docs/coverage.md: python -P tests/acceptance/published_coverage.py > docs/coverage.md"""

from __future__ import annotations

import sys

from mnerbench.reports.published.coverage import coverage_sheet
from mnerbench.reports.published.loading import published_tables
from mnerbench.reports.render.markdown import markdown_sections
from mnerbench.reports.render.section import Section

_INTRO = (
    "Every number that the tables of the papers print, and that their texts say about figures; and how many of them a "
    "number of ours can stand beside, once the suite of the table has run. Written by "
    "tests/acceptance/published_coverage.py; a test compares this page with the data."
)


def coverage_page() -> str:
    """The page, from the data of the papers."""
    sheet, legend = coverage_sheet(published_tables().values())
    section = Section("coverage", "Tables and figures", sheet, _INTRO, legend=legend)
    return markdown_sections("Coverage of the published numbers", [section]).removeprefix("#")


if __name__ == "__main__":
    sys.stdout.write(coverage_page())
