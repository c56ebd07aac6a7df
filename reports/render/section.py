"""A section of a report, the same for every renderer."""

from __future__ import annotations

from dataclasses import dataclass

from mnerbench.reports.statistics.average_ranks import AverageRanks
from mnerbench.reports.text.sheet import Sheet


@dataclass(frozen=True)
class Section:
    """A section of a report.

    Attributes:
        key: short name, the same in every report: `results`, `slices`, `costs`.
        title: heading.
        sheet: the numbers.
        intro: text before the sheet.
        remarks: sentences that follow from the numbers.
        legend: names and texts that explain the sheet.
        narrow: keys of the columns to print on a page of 100 characters; empty for all.
        styles: of the rows of the sheet: `baseline`, `weak`, `unfinished` or the empty string; empty for none.
        shaded: whether the shade of a cell shows its number, relative to its column; only where more is better.
        narrow_sheet: printed instead of the sheet on a page of 100 characters; None for the sheet itself.
        optional: keys of the columns that a narrower terminal leaves out first, in this order.
        ranks: drawn as a critical-difference diagram on pages; None without one.
    """

    key: str
    title: str
    sheet: Sheet
    intro: str = ""
    remarks: tuple[str, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    narrow: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    shaded: bool = False
    narrow_sheet: Sheet | None = None
    optional: tuple[str, ...] = ()
    ranks: AverageRanks | None = None
