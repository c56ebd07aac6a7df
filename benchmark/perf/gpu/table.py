"""Renders the report as a table of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from mnerbench.benchmark.perf.gpu.outcomes import Figure, Measure, Status
from mnerbench.benchmark.perf.gpu.report import PartReport, Report

WIDTH = 80
_RULE = "-" * WIDTH
_NAME, _STATUS, _TIME = 15, 8, 15  # column widths of parts
_FIGURE, _OURS = 36, 25  # column widths of figures


def table(report: Report) -> str:
    """Render the whole report."""
    lines = [*_head(report.facts), _RULE, *_parts(report), _RULE, *_figures(report), _RULE, *_foot(report)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def part_line(part: PartReport) -> str:
    """The first line of a part in the table."""
    return next(_part(part)).rstrip()


def _head(facts: dict[str, Any]) -> Iterator[str]:
    if not facts:
        yield "mnerbench on a GPU: no worker has started"
        return
    packages = facts["packages"]
    machine = facts["gpu"] or f"{facts['processor']} (a rehearsal: no GPU was used)"
    driver = f", driver {facts['driver']}, CUDA {facts['cuda']}" if facts["driver"] else ""
    versions = ", ".join(f"{name} {packages[name]}" for name in ("torch", "transformers", "triton"))
    rival = f"pytorch-crf {packages['pytorch-crf']}, torchvision {packages['torchvision']}"
    tiny = "; tiny sizes, whose figures are meaningless" if facts["rehearsal"] else ""
    for text in (
        f"mnerbench on {machine}{driver}",
        f"{versions}, Python {facts['python']}, {facts['cores']} cores; {rival}",
        f"tweets: {facts['tweets']}; encoder: {facts['encoder']}{tiny}",
    ):
        yield from textwrap.wrap(text, WIDTH, subsequent_indent="  ")


def _parts(report: Report) -> Iterator[str]:
    yield f"{'part':<{_NAME}}{'status':<{_STATUS}}{'seconds':>{_TIME}}  checks"
    for part in report.parts:
        yield from _part(part)


def _part(part: PartReport) -> Iterator[str]:
    duration = "-" if part.seconds is None else f"{part.seconds:.1f} of {part.budget:.0f}"
    counts = [f"{part.count(status)} {status.value}" for status in Status if part.count(status)]
    figures = [f"{len(part.figures)} figures"] if part.figures else []
    yield f"{part.name:<{_NAME}}{part.status.value:<{_STATUS}}{duration:>{_TIME}}  {', '.join(counts + figures)}"
    if part.not_started or part.stopped:
        yield from _reason(part.not_started or part.stopped)
    for check in part.checks.values():
        if check.status is not Status.PASSED:
            yield from _reason(f"{check.name}: {check.reason}")


def _reason(text: str) -> list[str]:
    """At most three lines of a reason; the JSON file has all of it."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        max_lines=3,
        placeholder=" ...",
        break_on_hyphens=False,
    )


def _figures(report: Report) -> Iterator[str]:
    yield f"{'figure':<{_FIGURE}}{'ours (min-max)':<{_OURS}} {'rival':>9} {'ratio':>8}"
    for part in report.parts:
        for figure in part.figures.values():
            yield from _figure(figure)


def _figure(figure: Figure) -> Iterator[str]:
    ours, spread = _measured(figure.ours)
    rival = "" if figure.rival is None else _number(figure.rival.value)
    ratio = "" if figure.ratio is None else f"{_number(figure.ratio)}x"
    with_spread = f"{ours} {spread}".rstrip()
    fits = len(with_spread) <= _OURS
    name = textwrap.shorten(figure.name, _FIGURE - 1, placeholder="..")
    yield f"{name:<{_FIGURE}}{with_spread if fits else ours:<{_OURS}} {rival:>9} {ratio:>8}"
    target = "" if figure.bar is None else f"target on an H200: {figure.bar:.0f}x"
    about = "; ".join(filter(None, ("" if fits else spread, figure.note, target)))
    yield from textwrap.wrap(about, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def _measured(measure: Measure) -> tuple[str, str]:
    """The median with its unit, and the spread."""
    spread = "" if measure.repeats == 1 else f"({_number(measure.low)}-{_number(measure.high)})"
    return f"{_number(measure.value)} {measure.unit}".rstrip(), spread


def _number(value: float) -> str:
    """Format with about three significant digits, or all digits before the point."""
    if value and not 0.001 <= abs(value) < 1e7:
        return f"{value:.1e}"
    digits = 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{digits}f}"


def _foot(report: Report) -> Iterator[str]:
    counts = {status: sum(part.status is status for part in report.parts) for status in Status}
    summary = ", ".join(f"{count} {status.value}" for status, count in counts.items() if count)
    yield f"{len(report.parts)} parts: {summary}; {report.seconds:.0f} seconds"
