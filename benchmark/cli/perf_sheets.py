"""Timings as sections for the renderers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import TYPE_CHECKING

from mnerbench.benchmark.results.environment import environment, package_version
from mnerbench.reports.render.sections import Section
from mnerbench.reports.text.format import Sheet

if TYPE_CHECKING:
    from mnerbench.benchmark.perf.growth import Growth
    from mnerbench.benchmark.perf.pairs import Pair

_PAIR = ("what", "rival, conditions", "ours, ms", "rival, ms", "ratio")
_GROWTH = ("what", "of", "number", "seconds", "per one, ms", "outgrows")
_LINEAR = "outgrows: largest growth of seconds between two numbers, divided by the growth of the number; 1 is linear"


def perf_sections(pairs: Sequence[Pair], growths: Sequence[Growth], device: str) -> Iterator[Section]:
    """Yield tables of the timings.

    Args:
        pairs: timings of this package and a rival.
        growths: cost at growing numbers of tweets, runs or seeds.
        device: the device of the timings.
    """
    facts = environment(device)
    versions = ", ".join(f"{name} {package_version(name)}" for name in ("torch", "transformers", "pytorch-crf"))
    machine = facts.get("gpu") or f"{facts['processor']}, {facts['cores']} cores, {facts['threads']} threads"
    if pairs:
        intro = f"{machine}; {versions}. Medians (minimum to maximum); means for steps."
        rows = tuple((p.what, p.rival, _spread(p.ours), _spread(p.theirs), f"{p.ratio:.2f}x") for p in pairs)
        yield Section("perf", "Ours against rivals", Sheet(_PAIR, 2, rows), intro)
    if growths:
        cells = tuple(row for growth in growths for row in _rows(growth))
        yield Section(
            "growth", "How cost grows", Sheet(_GROWTH, 2, cells), f"{machine}; {versions}.", remarks=(_LINEAR,)
        )


def _rows(growth: Growth) -> Iterator[tuple[str, ...]]:
    for index, (amount, seconds) in enumerate(zip(growth.amounts, growth.seconds, strict=True)):
        first = (growth.what, growth.unit) if not index else ("", "")
        last = f"{growth.steepest:.2f}" if not index else ""
        yield *first, f"{amount:,}", f"{seconds:,.2f}", f"{1000 * seconds / amount:,.1f}", last


def _spread(times: Sequence[float]) -> str:
    middle = f"{median(times):,.1f}"
    return middle if len(times) == 1 else f"{middle} ({min(times):,.1f} to {max(times):,.1f})"
