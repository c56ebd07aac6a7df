"""What was timed, as sections that every renderer prints."""

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
_LINEAR = "outgrows: the most by which seconds grow more than the number, from one to the next: 1 is in proportion"


def perf_sections(pairs: Sequence[Pair], growths: Sequence[Growth], device: str) -> Iterator[Section]:
    """Tables of what was found.

    Args:
        pairs: ours and rivals.
        growths: cost of more and more.
        device: that it ran on.
    """
    facts = environment(device)
    versions = ", ".join(f"{name} {package_version(name)}" for name in ("torch", "transformers", "pytorch-crf"))
    where = facts.get("gpu") or f"{facts['processor']}, {facts['cores']} cores, {facts['threads']} threads"
    if pairs:
        intro = f"{where}; {versions}. Medians, with the least and the most; of steps, means."
        rows = tuple((p.what, p.rival, _spread(p.ours), _spread(p.theirs), f"{p.ratio:.2f}x") for p in pairs)
        yield Section("perf", "Ours against rivals", Sheet(_PAIR, 2, rows), intro)
    if growths:
        cells = tuple(row for growth in growths for row in _rows(growth))
        yield Section("growth", "How cost grows", Sheet(_GROWTH, 2, cells), f"{where}; {versions}.", remarks=(_LINEAR,))


def _rows(growth: Growth) -> Iterator[tuple[str, ...]]:
    for place, (amount, seconds) in enumerate(zip(growth.amounts, growth.seconds, strict=True)):
        first = (growth.what, growth.unit) if not place else ("", "")
        last = f"{growth.steepest:.2f}" if not place else ""
        yield *first, f"{amount:,}", f"{seconds:,.2f}", f"{1000 * seconds / amount:,.1f}", last


def _spread(times: Sequence[float]) -> str:
    middle = f"{median(times):,.1f}"
    return middle if len(times) == 1 else f"{middle} ({min(times):,.1f} to {max(times):,.1f})"
