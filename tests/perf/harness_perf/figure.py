"""Plots growth: time over amount on logarithmic axes, with a line of proportional cost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from harness_perf.growth import Growth
from mnerbench.datasets.errors import ConfigError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Distinguishable with colour-vision deficiency (Okabe and Ito), and by their marks in greyscale.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
_FORMATS = (".png", ".svg", ".pdf")
_MARKS = "osD^vP"


def check_figure(path: Path) -> None:
    """Check that a figure can be written, before half an hour is spent on it.

    Raises:
        ConfigError: the folder does not exist, or the suffix names no supported format.
    """
    if path.suffix not in _FORMATS or not path.parent.is_dir():
        raise ConfigError(
            f"--figure {path}: cannot be written\n"
            f"  -> name a file in an existing folder, ending in one of {', '.join(_FORMATS)}"
        )


def growth_figure(growths: Sequence[Growth], path: Path) -> None:
    """Draw one panel per unit; the suffix of `path` selects the format."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    units = list(dict.fromkeys(growth.unit for growth in growths))
    with rc_context({"font.size": 9, "svg.fonttype": "none"}):
        figure = Figure(figsize=(3.8 * len(units), 4.6), layout="constrained")
        panels = figure.subplots(1, len(units), squeeze=False)[0]
        for unit, axes in zip(units, panels, strict=True):
            _panel(axes, [growth for growth in growths if growth.unit == unit])
        panels[0].set_ylabel("seconds")
        figure.savefig(path, dpi=160)


def _panel(axes: Axes, growths: Sequence[Growth]) -> None:
    from matplotlib.ticker import NullFormatter, NullLocator

    for growth, colour, mark in zip(growths, cycle(_COLOURS), cycle(_MARKS), strict=False):
        axes.plot(growth.amounts, growth.seconds, color=colour, marker=mark, ms=5, label=growth.what)
    longest = max(growths, key=lambda growth: growth.seconds[-1])
    amounts = longest.amounts
    guide = [longest.seconds[-1] * amount / amounts[-1] for amount in amounts]
    axes.plot(amounts, guide, color="#8a8a8a", lw=1, ls=":", label="proportional", zorder=1)
    axes.set(xscale="log", yscale="log", xlabel=longest.unit)
    axes.set_xticks(amounts, [f"{amount:,}" for amount in amounts])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, axis="y", color="#e4e4e4", lw=0.6)
    axes.legend(frameon=False, fontsize=7.5, loc="lower left", bbox_to_anchor=(0.0, 1.0))
