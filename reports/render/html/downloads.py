"""A table as files to download from a page: compressed, so that they take little of its size."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from dataclasses import dataclass

from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.csv import csv_report
from mnerbench.reports.render.json import json_report
from mnerbench.reports.render.latex import latex_report


@dataclass(frozen=True)
class Download:
    """A file that the script of the page unpacks.

    Attributes:
        label: of the button.
        name: of the file.
        kind: media type.
        data: gzip in base64.
    """

    label: str
    name: str
    kind: str
    data: str


def downloads_of(table: LeaderboardTable, name: str) -> Iterator[Download]:
    """The table as CSV, LaTeX and JSON, the numbers that `benchmark report --format` writes for this table alone."""
    for label, kind, text in (
        ("CSV", "text/csv", csv_report([table])),
        ("LaTeX", "application/x-tex", latex_report([table])),
        ("JSON", "application/json", json_report([table], indent=None)),
    ):
        ending = {"LaTeX": "tex"}.get(label, label.lower())
        # Without a time of change, so that equal tables are equal files.
        packed = gzip.compress(text.encode("utf-8", "replace"), 6, mtime=0)
        yield Download(label, f"{name}.{ending}", kind, base64.b64encode(packed).decode())
