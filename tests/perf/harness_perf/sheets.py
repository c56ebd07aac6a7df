"""Growth as a section that every renderer prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness_perf.growth import Growth
from mnerbench.benchmark.cli.perf import conditions, perf_sections
from mnerbench.benchmark.perf.pairs import Pair
from mnerbench.reports.render.section import Section
from mnerbench.reports.text.cells import decimal_cell, text_cell
from mnerbench.reports.text.sheet import Cell, Column, Sheet, name_column

_GROWTH = (
    *map(name_column, ("what", "of")),
    *(Column(key, key) for key in ("number", "seconds", "per one, ms", "growth")),
)
_LINEAR = "growth: largest ratio of the growth of seconds to the growth of the number, between two rows; 1 is linear"


def harness_sections(pairs: Sequence[Pair], growths: Sequence[Growth], device: str) -> Iterator[Section]:
    """Tables of all measurements.

    Args:
        pairs: our times and those of rivals.
        growths: seconds for increasing amounts.
        device: the device of the measurements.
    """
    yield from perf_sections(pairs, device)
    if growths:
        cells = tuple(row for growth in growths for row in _rows(growth))
        yield Section("growth", "How cost grows", Sheet(_GROWTH, cells), f"{conditions(device)}.", remarks=(_LINEAR,))


def _rows(growth: Growth) -> Iterator[tuple[Cell, ...]]:
    for index, (amount, seconds) in enumerate(zip(growth.amounts, growth.seconds, strict=True)):
        title = (growth.what, growth.unit) if not index else ("", "")
        steepest = decimal_cell(growth.steepest, 2) if not index else text_cell("")
        numbers = (decimal_cell(amount), decimal_cell(seconds, 2), decimal_cell(1000 * seconds / amount, 1))
        yield *map(text_cell, title), *numbers, steepest
