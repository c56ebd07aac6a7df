"""Growth as a section that every renderer prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness_perf.growth import Growth
from mnerbench.benchmark.cli.perf import conditions, perf_sections
from mnerbench.benchmark.perf.pairs import Pair
from mnerbench.reports.render.sections import Section
from mnerbench.reports.text.format import Sheet

_GROWTH = ("what", "of", "number", "seconds", "per one, ms", "outgrows")
_LINEAR = "outgrows: the most by which seconds grow more than the number, from one to the next: 1 is in proportion"


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
        yield Section(
            "growth", "How cost grows", Sheet(_GROWTH, 2, cells), f"{conditions(device)}.", remarks=(_LINEAR,)
        )


def _rows(growth: Growth) -> Iterator[tuple[str, ...]]:
    for index, (amount, seconds) in enumerate(zip(growth.amounts, growth.seconds, strict=True)):
        title = (growth.what, growth.unit) if not index else ("", "")
        steepest = f"{growth.steepest:.2f}" if not index else ""
        yield *title, f"{amount:,}", f"{seconds:,.2f}", f"{1000 * seconds / amount:,.1f}", steepest
