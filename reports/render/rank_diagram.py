"""Geometry of critical-difference diagrams (Demšar 2006, figure 1), for pages and figures."""

from __future__ import annotations

from dataclasses import dataclass

from mnerbench.datasets.untrusted.display import one_line
from mnerbench.reports.statistics.average_ranks import AverageRanks

WIDTH = 760.0  # in pixels
_LEFT, _RIGHT = 220.0, 540.0  # ends of the axis
_AXIS, _BAR, _LINE, _GAP = 46.0, 8.0, 18.0, 6.0  # height of the axis, and distances of group bars, of labels, to labels
_MOST = 30  # characters of a name


@dataclass(frozen=True)
class Label:
    """A method: its name and rank as text, the position of its rank, and that of the text; `is_left` of the axis."""

    text: str
    rank: str
    x: float
    text_x: float
    y: float
    is_left: bool


@dataclass(frozen=True)
class RankDiagram:
    """A diagram; the best rank is on the left.

    Attributes:
        width, height: in pixels; y grows downwards.
        axis: height of the axis.
        ticks: positions and labels of whole ranks.
        labels: of methods.
        bars: of groups that cannot be told apart: start, end, height.
        critical: start and end of the critical difference, above the axis; None if it is longer than the axis.
        critical_text: its label.
    """

    width: float
    height: float
    axis: float
    ticks: tuple[tuple[float, str], ...]
    labels: tuple[Label, ...]
    bars: tuple[tuple[float, float, float], ...]
    critical: tuple[float, float] | None
    critical_text: str


def rank_diagram(ranks: AverageRanks) -> RankDiagram:
    """Lay out a diagram: the better half of the methods is labelled on the left, the other half on the right."""
    size = len(ranks.methods)

    def across(rank: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * (rank - 1) / (size - 1), 1)

    first_label = _AXIS + _BAR * (len(ranks.groups) + 1) + _LINE / 2
    half = (size + 1) // 2
    labels = []
    for index, (method, rank) in enumerate(zip(ranks.methods, ranks.ranks, strict=True)):
        is_left = index < half
        line = index if is_left else size - 1 - index
        text_x = _LEFT - _GAP if is_left else _RIGHT + _GAP
        y = first_label + _LINE * line
        labels.append(Label(one_line(method, _MOST), f"{rank:.2f}", across(rank), text_x, y, is_left))
    step = max(1, (size + 5) // 10)
    whole = sorted({*range(1, size - step // 2, step), size})
    return RankDiagram(
        width=WIDTH,
        height=first_label + _LINE * (half - 1) + _LINE / 2,
        axis=_AXIS,
        ticks=tuple((across(rank), str(rank)) for rank in whole),
        labels=tuple(labels),
        bars=tuple(
            (across(ranks.ranks[first]) - 3, across(ranks.ranks[last]) + 3, _AXIS + _BAR * number)
            for number, (first, last) in enumerate(ranks.groups, start=1)
        ),
        critical=(across(1), across(1 + ranks.critical)) if ranks.critical <= size - 1 else None,
        critical_text=f"critical difference {ranks.critical:.2f}",
    )
