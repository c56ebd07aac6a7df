"""Formatting of numbers: the only module that rounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mnerbench.reports.statistics.effects import EffectSize
from mnerbench.reports.statistics.ttests import LEVEL, TestResult
from mnerbench.reports.statistics.tweets import ResamplingResult

NONE = "\N{EN DASH}"
_SETTINGS = {
    "epochs": "{} epochs",
    "batch_size": "{} tweets per step",
    "lr_encoder": "learning rate {:g} encoder",
    "lr_new": "{:g} new layers",
    "lr_crf": "{:g} CRF",
    "precision": "{}",
    "warmup": "warm-up {:g}",
    "weight_decay": "weight decay {:g}",
    "clip_norm": "gradient norm at most {:g}",
    "max_pieces": "at most {} pieces",
    "scheme": "labels in {}",
    "stray_inside": "stray I- {}",
}


@dataclass(frozen=True)
class Sheet:
    """A table of text.

    Attributes:
        columns: headings.
        left: number of leading columns that hold names; the others hold numbers.
        rows: a cell per column.
        sizes: number of gold entities of each column, below the headings; empty where it does not apply.
    """

    columns: tuple[str, ...]
    left: int
    rows: tuple[tuple[str, ...], ...]
    sizes: tuple[str, ...] = ()

    def only(self, columns: Iterable[str]) -> Sheet:
        """The sheet with these columns only."""
        indices = [self.columns.index(name) for name in columns]

        def part(cells: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(cells[index] for index in indices) if cells else ()

        left = sum(index < self.left for index in indices)
        return Sheet(part(self.columns), left, tuple(map(part, self.rows)), part(self.sizes))


def percent(share: float | None) -> str:
    """A score of 0.7479 as `74.79`."""
    return NONE if share is None else f"{100 * share:.2f}"


def points(difference: float | None) -> str:
    """A difference of 0.0031 as `+0.31`; without a sign if it rounds to zero."""
    if difference is None:
        return NONE
    text = f"{100 * difference:+.2f}"
    return text[1:] if float(text) == 0 else text


def p_value(p: float | None) -> str:
    """Three decimals, or more where they are needed to tell p from 0.05; never 0."""
    if p is None:
        return NONE
    if p < 0.001:
        return "<0.001"
    digits = 3
    while float(f"{p:.{digits}f}") == LEVEL != p:
        digits += 1
    return f"{p:.{digits}f}"


def equals(p: float | None) -> str:
    """`= 0.012` or `<0.001`, to follow the letter p in sentences."""
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"


def size(difference: float) -> str:
    """A difference of -0.0212 as `2.12 points`, without sign and with unit."""
    return f"{100 * abs(difference):.2f} points"


def amount(count: int | None) -> str:
    """A number of parameters, in thousands or millions."""
    if count is None:
        return NONE
    return f"{count / 1e6:.1f} M" if count >= 1e6 else f"{count / 1e3:.0f} k"


def seconds(time: float | None) -> str:
    """Seconds with two decimals below 10, one below 100, else none."""
    return NONE if time is None else f"{time:.2f}" if time < 10 else f"{time:.1f}" if time < 100 else f"{time:,.0f}"


def gigabytes(size: float | None) -> str:
    """Bytes as `1.9 GB`."""
    return NONE if size is None else f"{size / 1e9:.1f} GB"


def difference(test: TestResult | ResamplingResult) -> str:
    """`+0.31 [-0.12, +0.74]`."""
    if test.interval is not None:
        return f"{points(test.difference)} [{points(test.interval[0])}, {points(test.interval[1])}]"
    every = ", every seed" if isinstance(test, TestResult) and min(test.n) > 1 else ""
    return points(test.difference) + every


def effect(size: EffectSize) -> str:
    """`1.52 [0.03, 3.01]`."""
    if size.g is None or size.interval is None:
        return NONE
    return f"{size.g:.2f} [{size.interval[0]:.2f}, {size.interval[1]:.2f}]"


def in_points(test: TestResult) -> str:
    """The difference with its unit, for sentences: `+0.31 [-0.12, +0.74] points`, `0.00 points for every seed`."""
    if test.interval is None and min(test.n) > 1:
        return f"{points(test.difference)} points for every seed"
    return f"{difference(test)} points"


def join_columns(first: Sheet, second: Sheet) -> Sheet:
    """Join two sheets of the same lines, without the name columns of the second."""
    rows = tuple((*a, *b[second.left :]) for a, b in zip(first.rows, second.rows, strict=True))
    return Sheet((*first.columns, *second.columns[second.left :]), first.left, rows)


def settings_text(settings: Mapping[str, Any]) -> str:
    """Training settings as text, the most important first."""
    common = [text.format(settings[name]) for name, text in _SETTINGS.items() if name in settings]
    return ", ".join(common + [f"{name} {value}" for name, value in settings.items() if name not in _SETTINGS])
