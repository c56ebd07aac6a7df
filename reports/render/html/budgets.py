"""Positions of the charts of the expected best by budget; the template draws them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mnerbench.benchmark.results.search_results import TuningFile
from mnerbench.reports.analysis.search_budget import BudgetCurve, budget_curve
from mnerbench.reports.render.html.axes import Tick, in_percent, log_values, round_values
from mnerbench.reports.render.html.curves import HEIGHT
from mnerbench.reports.render.html.searches import across

_TOP, _BOTTOM = 8, 20
_MOST_TICKS = 8
_UNITS = ((3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))


@dataclass(frozen=True)
class BudgetPlot:
    """A method's line among those of all methods, as points of SVG, and the ticks of the horizontal axis."""

    own: str
    others: tuple[str, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class BudgetChart:
    """The expected best of a method by budget; all methods of a dataset share the axes.

    Attributes:
        name: `maf on twitter15`.
        by_trials: by number of trials.
        by_time: by their time; None where no method has times.
        unit: of the time.
        f1: ticks of the vertical axis.
    """

    name: str
    by_trials: BudgetPlot
    by_time: BudgetPlot | None
    unit: str
    f1: tuple[Tick, ...]


def budget_charts(files: Sequence[TuningFile]) -> Iterator[BudgetChart]:
    """A chart per search of at least two trials."""
    for file in files:
        by_dataset: dict[str, list[BudgetCurve]] = {}
        for search in file.searches:
            if (curve := budget_curve(search)) is not None and len(curve.best) > 1:
                by_dataset.setdefault(search.dataset, []).append(curve)
        for curves in by_dataset.values():
            yield from _charts(curves)


def _charts(curves: Sequence[BudgetCurve]) -> Iterator[BudgetChart]:
    values = [value for curve in curves for value in curve.best]
    low, high = min(values), max(values)
    low, high = (low, high) if high - low > 1e-6 else (low - 0.01, high + 0.01)

    def up(f1: float) -> float:
        return round(_TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - (f1 - low) / (high - low)), 1)

    ends = (1.0, float(max(len(curve.best) for curve in curves)))
    trials = [_line(curve, 1.0, ends, up) for curve in curves]
    timed = [(curve, curve.seconds) for curve in curves if curve.seconds]
    time_ends = (
        min((step for _, step in timed), default=1.0),
        max((len(c.best) * step for c, step in timed), default=1.0),
    )
    size, unit = next((entry for entry in _UNITS if time_ends[1] >= 2 * entry[0]), _UNITS[-1])
    times = [_line(curve, curve.seconds, time_ends, up) if curve.seconds else "" for curve in curves]
    f1 = tuple(Tick(up(value), in_percent(value)) for value in round_values(low, high, 4))
    for index, curve in enumerate(curves):
        yield BudgetChart(
            name=f"{curve.method} on {curve.dataset}",
            by_trials=_plot(trials, index, _ticks(ends, 1.0)),
            by_time=_plot(times, index, _ticks(time_ends, size)) if timed else None,
            unit=unit,
            f1=f1,
        )


def _line(curve: BudgetCurve, step: float, ends: tuple[float, float], up: Callable[[float], float]) -> str:
    """The curve as points of SVG; every trial adds a step to the budget, on a logarithmic axis with these ends."""
    return " ".join(f"{_across(n * step, ends)},{up(value)}" for n, value in enumerate(curve.best, start=1))


def _ticks(ends: tuple[float, float], unit: float) -> tuple[Tick, ...]:
    values = log_values(ends[0] / unit, ends[1] / unit, _MOST_TICKS)
    return tuple(Tick(_across(value * unit, ends), f"{value:g}") for value in values)


def _across(value: float, ends: tuple[float, float]) -> float:
    return across(math.log(value), *map(math.log, ends))


def _plot(lines: Sequence[str], index: int, ticks: tuple[Tick, ...]) -> BudgetPlot:
    others = tuple(line for number, line in enumerate(lines) if number != index and line)
    return BudgetPlot(lines[index], others, ticks)
