"""Formatting of cells and numbers: the only module that rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mnerbench.reports.statistics.ttests import LEVEL
from mnerbench.reports.statistics.verdict import Judgement
from mnerbench.reports.text.cells import difference_cell
from mnerbench.reports.text.sheet import Cell, Kind, Sheet

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
    "max_pieces": "at most {} subwords per window",
    "scheme": "labels in {}",
    "stray_inside": "stray I- labels: {}",
}


def format_cell(cell: Cell) -> str:
    """A cell as text: `72.29 ± 0.24`, `+0.31 [-0.12, +0.74]`, `3/5`, a dash without a value."""
    if cell.kind is Kind.TEXT:
        text = NONE if cell.text is None else cell.text
    elif cell.value is None or (cell.kind is Kind.PROGRESS and not cell.whole):
        return NONE
    else:
        text = _number(cell, cell.value)
        if cell.error is not None:
            text += f" ± {_number(cell, cell.error).lstrip('+')}"
        if cell.interval is not None:
            text += f" [{_number(cell, cell.interval[0])}, {_number(cell, cell.interval[1])}]"
    return " / ".join([text + cell.note, *map(format_cell, cell.more)])


def shown_value(cell: Cell) -> float | None:
    """The unrounded number of a cell in the unit of its text, to sort by: the share of `3/5`; None for text."""
    if cell.value is None:
        return None
    if cell.kind is Kind.PROGRESS:
        return cell.value / cell.whole if cell.whole else None
    return 100 * cell.value if cell.kind in (Kind.SHARE, Kind.POINTS) else cell.value


def _number(cell: Cell, value: float) -> str:
    """A number in the format of a cell."""
    if cell.kind in _FORMATS:
        return _FORMATS[cell.kind](value)
    if cell.kind is Kind.PROGRESS:
        return f"{value:g}/{cell.whole}"
    if cell.kind is Kind.SHARE:
        return _without_sign_of_zero(f"{100 * value:.{cell.digits}f}")
    if cell.kind is Kind.CHANGE:
        return _without_sign_of_zero(f"{value:+,.{cell.digits}f}")
    return f"{value:,.{cell.digits}f}"


def _without_sign_of_zero(text: str) -> str:
    return text if text.strip("+-0.,") else text.lstrip("+-")


def titles(sheet: Sheet) -> tuple[str, ...]:
    """The headings of a sheet."""
    return tuple(column.title for column in sheet.columns)


def texts(sheet: Sheet) -> tuple[tuple[str, ...], ...]:
    """The rows of a sheet as text."""
    return tuple(tuple(map(format_cell, row)) for row in sheet.rows)


def percent(share: float | None) -> str:
    """A score of 0.7479 as `74.79`."""
    return NONE if share is None else f"{100 * share:.2f}"


def points(difference: float | None) -> str:
    """A difference of 0.0031 as `+0.31`; without a sign if it rounds to zero."""
    return NONE if difference is None else _without_sign_of_zero(f"{100 * difference:+.2f}")


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


def amount(count: float) -> str:
    """A number of parameters, in thousands or millions."""
    return f"{count / 1e6:.1f} M" if count >= 1e6 else f"{count / 1e3:.0f} k"


def seconds(time: float) -> str:
    """Seconds with two decimals below 10, one below 100, else none."""
    return f"{time:.2f}" if time < 10 else f"{time:.1f}" if time < 100 else f"{time:,.0f}"


def gigabytes(size: float) -> str:
    """Bytes as `1.9 GB`."""
    return f"{size / 1e9:.1f} GB"


def in_points(judged: Judgement) -> str:
    """The difference with its unit, for sentences: `+0.31 [-0.12, +0.74] points`."""
    return f"{format_cell(difference_cell(judged))} points"


def settings_text(settings: Mapping[str, Any]) -> str:
    """Training settings as text, the most important first."""
    common = [text.format(settings[name]) for name, text in _SETTINGS.items() if name in settings]
    return ", ".join(common + [f"{name} {value}" for name, value in settings.items() if name not in _SETTINGS])


# The kinds whose format does not depend on the cell.
_FORMATS: dict[Kind, Callable[[float], str]] = {
    Kind.POINTS: points,
    Kind.P: p_value,
    Kind.PARAMETERS: amount,
    Kind.SECONDS: seconds,
    Kind.BYTES: gigabytes,
}
