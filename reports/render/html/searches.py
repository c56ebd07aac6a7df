"""Positions of the charts of searches; the template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from mnerbench.benchmark.results.search_results import SearchResult, TrialResult
from mnerbench.reports.render.html.axes import Tick, in_percent, round_values
from mnerbench.reports.render.html.curves import HEIGHT, WIDTH
from mnerbench.reports.text.format import percent

_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 8, 8, 20


@dataclass(frozen=True)
class Dot:
    """A trial: its position and its state (`complete`, `pruned`)."""

    x: float
    y: float
    state: str


@dataclass(frozen=True)
class SearchChart:
    """The charts of a search.

    Attributes:
        name: `maf on twitter15`.
        dots: trials by number; a pruned trial has the F1 of its last epoch.
        best: line of the best value so far, as points of SVG.
        trials, f1: ticks of the axes of `dots`.
        curves: dev F1 by epoch, a line per trial, as points of SVG.
        winner: the line of the best trial.
        epochs: ticks of the horizontal axis of `curves`; the vertical axis has `f1`.
        end: the best value as text.
    """

    name: str
    dots: tuple[Dot, ...]
    best: str
    trials: tuple[Tick, ...]
    f1: tuple[Tick, ...]
    curves: tuple[str, ...]
    winner: str
    epochs: tuple[Tick, ...]
    end: str


def chart_of(search: SearchResult) -> SearchChart | None:
    """The charts of a search; None before a trial has finished an epoch."""
    trials = [trial for trial in search.trials if trial.curve]
    values = [f1 for trial in trials for _, f1 in trial.curve]
    if not values:
        return None
    low, high = min(values), max(values)
    low, high = (low, high) if high - low > 1e-6 else (low - 0.01, high + 0.01)
    last = max(trial.number for trial in trials)
    epochs = max(epoch for trial in trials for epoch, _ in trial.curve)

    def up(f1: float) -> float:
        return round(_TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - (f1 - low) / (high - low)), 1)

    def line(trial: TrialResult) -> str:
        return " ".join(f"{across(epoch, 1, epochs)},{up(f1)}" for epoch, f1 in trial.curve)

    complete = [trial for trial in trials if trial.value is not None]
    tops = accumulate((trial.value or 0.0 for trial in complete), max)
    best = search.best
    return SearchChart(
        name=f"{search.method} on {search.dataset}",
        dots=tuple(Dot(across(trial.number, 0, last), up(_last_value(trial)), trial.state) for trial in trials),
        best=_steps([(across(trial.number, 0, last), up(top)) for trial, top in zip(complete, tops, strict=True)]),
        trials=_marks(0, last),
        f1=tuple(Tick(up(value), in_percent(value)) for value in round_values(low, high, 4)),
        curves=tuple(map(line, trials)),
        winner=line(best) if best is not None else "",
        epochs=_marks(1, epochs),
        end="no trial is complete" if best is None else f"{percent(best.value)} in trial {best.number}",
    )


def _last_value(trial: TrialResult) -> float:
    return trial.value if trial.value is not None else trial.curve[-1][1]


def across(number: float, first: float, last: float) -> float:
    """The horizontal position of a number on an axis with these ends, in pixels."""
    share = (number - first) / (last - first) if last > first else 0.5
    return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * share, 1)


def _marks(first: int, last: int) -> tuple[Tick, ...]:
    clear = last - 0.2 * (last - first)  # a tick close to the last one would overlap it
    inner = (round(n) for n in round_values(first, last, 4) if first <= n < clear) if last - first > 1 else ()
    return tuple(Tick(across(n, first, last), str(n)) for n in sorted({first, last, *inner}))


def _steps(points: Sequence[tuple[float, float]]) -> str:
    """A step function through the points, as points of SVG."""
    coordinates = []
    for n, (x, y) in enumerate(points):
        coordinates += [f"{x},{points[n - 1][1]}"] if n else []
        coordinates.append(f"{x},{y}")
    return " ".join(coordinates)
