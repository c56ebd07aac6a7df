"""Figures of reports; imports Matplotlib only when drawing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mnerbench.datasets.untrusted.display import one_line
from mnerbench.reports.analysis.capability_profile import Profile, ProfileRow, probe_cell
from mnerbench.reports.text.format import format_cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CELL_WIDTH, _CELL_HEIGHT, _MARGIN = 1.15, 0.42, 1.6
# Light to dark in one hue: readable in greyscale and with colour blindness.
_COLOURS = "Blues"
_MOST = 40  # characters of a name
_EMPTY, _DARK = "#f2f2f2", 0.65  # colour of a cell without headroom; level above which text is white


def profile_figure(profile: Profile, path: Path) -> None:
    """Draw a capability profile as a grid of methods and probes; the suffix of `path` determines the format.

    The shade of a cell is the headroom that a method reached, from 0 to 1.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    size = (_MARGIN + _CELL_WIDTH * len(profile.probes), 1.3 + _CELL_HEIGHT * len(profile.rows))
    # Without math text, since a single `$` in a name would raise.
    with rc_context({"font.size": 9, "svg.fonttype": "none", "text.parse_math": False}):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        for line, row in enumerate(profile.rows):
            _draw_row(axes, line, row)
        axes.set_xlim(-0.5, len(profile.probes) - 0.5)
        axes.set_ylim(len(profile.rows) - 0.5, -0.5)
        axes.set_xticks(range(len(profile.probes)), list(map(_label, profile.probes)))
        axes.set_yticks(range(len(profile.rows)), [_label(row.method) for row in profile.rows])
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_xlabel("share in % of what the inputs can add to the text, ± standard error", labelpad=8)
        figure.savefig(path, dpi=160)


def _label(name: str) -> str:
    return one_line(name, _MOST)


def _draw_row(axes: Axes, line: int, row: ProfileRow) -> None:
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    for column, probe_row in enumerate(row.probe_rows):
        share = probe_row.headroom if probe_row is not None else None
        level = min(1.0, max(0.0, share)) if share is not None else None
        colour = _EMPTY if level is None else colormaps[_COLOURS](0.08 + 0.82 * level)
        box = (column - 0.48, line - 0.46)
        axes.add_patch(Rectangle(box, 0.96, 0.92, facecolor=colour, edgecolor="none"))
        ink = "#8a8a8a" if level is None else "white" if level > _DARK else "#1c1c1c"
        text = format_cell(replace(probe_cell(probe_row), note=""))  # the label of the axis names the unit
        axes.text(column, line, text, ha="center", va="center", color=ink)
