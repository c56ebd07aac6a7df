"""Critical-difference diagrams as figures; imports Matplotlib only when drawing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mnerbench.reports.render.rank_diagram import rank_diagram
from mnerbench.reports.statistics.average_ranks import AverageRanks

_PIXELS_PER_INCH = 96


def rank_figure(ranks: AverageRanks, path: Path) -> None:
    """Draw average ranks with the critical difference; the suffix of `path` determines the format."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    diagram = rank_diagram(ranks)
    size = (diagram.width / _PIXELS_PER_INCH, diagram.height / _PIXELS_PER_INCH)
    # Without math text, since a single `$` in a name would raise.
    with rc_context({"font.size": 8, "svg.fonttype": "none", "text.parse_math": False}):
        figure = Figure(figsize=size)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, diagram.width)
        axes.set_ylim(diagram.height, 0)
        axes.set_axis_off()

        def line(xs: Sequence[float], ys: Sequence[float]) -> None:
            axes.plot(xs, ys, color="#5a646d", linewidth=0.8)

        line([diagram.ticks[0][0], diagram.ticks[-1][0]], [diagram.axis] * 2)
        for x, text in diagram.ticks:
            line([x, x], [diagram.axis - 4, diagram.axis])
            axes.text(x, diagram.axis - 8, text, ha="center")
        if diagram.critical is not None:
            start, end = diagram.critical
            line([start, start, start, end, end, end], [14, 20, 17, 17, 20, 14])
            axes.text(start, 10, diagram.critical_text)
        for label in diagram.labels:
            line([label.x, label.x, label.text_x], [diagram.axis, label.y, label.y])
            shift, side = (-4, "right") if label.is_left else (4, "left")
            axes.text(label.text_x + shift, label.y, f"{label.text} {label.rank}", ha=side, va="center")
        for start, end, y in diagram.bars:
            axes.plot([start, end], [y, y], color="#1c1c1c", linewidth=3)
        figure.savefig(path, dpi=160)
