"""The tables and the page of some records, without what reports read from a results folder."""

from mnerbench.reports.analysis.leaderboard import analyse
from mnerbench.reports.render.html.page import html_page


def leaderboard(records, manifests, baseline=None, scorer="conlleval", **options):
    """One table per group of comparable runs; arguments as of `analyse`."""
    return [analysed.table for analysed in analyse(records, manifests, baseline, scorer, **options)]


def html_report(tables, overview, searches=()):
    """The complete page."""
    return html_page(tables, overview, searches=searches, most=None).text
