"""Formats missing resources for the terminal: one entry per resource, with the rows that need it and the remedy."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from mnerbench.datasets.needs import Need, Needs

WIDTH = 80
_SEPARATOR = " on "


def lacking_lines(lacking: Mapping[str, Needs], verb: str = "not run") -> list[str]:
    """The entries as lines of at most 80 columns; paths and commands are never broken."""
    groups = sorted(_grouped(lacking), key=lambda group: -len(group))
    return [line for group in groups for line in _entry(group, verb)]


def _grouped(lacking: Mapping[str, Needs]) -> list[dict[str, Need]]:
    """Group needs of the same resource with the same remedy; each group maps rows to needs."""
    groups: dict[tuple[str, ...], dict[str, Need]] = {}
    for row, needs in lacking.items():
        for need in needs:
            group = groups.setdefault((need.what or need.reason, *need.ways[:1]), {})
            group[row] = group[row].or_by(need.ways) if row in group else need
    return list(groups.values())


def _entry(group: Mapping[str, Need], verb: str) -> Iterator[str]:
    needs = list(group.values())
    first, *rest = f"{verb}: {row_titles(list(group))}: {needs[0].reason}".split("\n")
    yield from _wrapped(first, "", "    ")
    for line in rest:
        yield from _wrapped(line, "  ", "    ")
    for way in needs[0].ways[:1]:
        yield from [f"  -> {way}"] if needs[0].has_command else _wrapped(way, "  -> ", "     ")
    for way, rows in _further_ways(group).items():
        words = way.removeprefix("or ")
        whose = "" if len(rows) == len(group) else f"for {row_titles(rows)}: "
        yield from _wrapped(f"or {whose}{words}", "     ", "       ")


def _further_ways(group: Mapping[str, Need]) -> dict[str, list[str]]:
    """The alternatives to the first remedy, each with the rows that it helps."""
    ways: dict[str, list[str]] = {}
    for row, need in group.items():
        for way in need.ways[1:]:
            ways.setdefault(way, []).append(row)
    return ways


def row_titles(rows: Sequence[str]) -> str:
    """`umt, maf on twitter15 and twitter17; umt on snap`."""
    methods: dict[str, list[str]] = {}
    for row in rows:
        method, _, dataset = row.rpartition(_SEPARATOR)
        methods.setdefault(dataset, []).append(method)
    datasets: dict[str, list[str]] = {}
    for dataset, names in methods.items():
        datasets.setdefault(", ".join(names), []).append(dataset)
    return "; ".join(f"{names}{_SEPARATOR}{' and '.join(where)}" for names, where in datasets.items())


def _wrapped(text: str, first: str, further: str) -> list[str]:
    # A broken path or command could not be copied.
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
