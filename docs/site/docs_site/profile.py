"""The probe profile of a method: the rows of docs/probes.md that are about it, and a figure of its headroom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from docs_site.markdown import MarkdownTable, named, tables
from docs_site.svg import BLUE, GREY, figure, label

_PERCENT = re.compile(r"^(-?\d+) ± (\d+) %$")
_LEFT, _WIDTH, _STEP = 150.0, 440.0, 24.0
_LEAST, _MOST = -30, 130


@dataclass(frozen=True)
class Profile:
    """A row of a capability profile.

    Attributes:
        method: the variant.
        heading: the section of docs/probes.md.
        cells: what the method reached, by the heading of the column.
    """

    method: str
    heading: str
    cells: Mapping[str, str]

    @property
    def headroom(self) -> dict[str, tuple[int, int]]:
        """Percent and standard error by kind of evidence, of those that the method can read."""
        matches = ((name, _PERCENT.match(cell)) for name, cell in self.cells.items())
        return {name: (int(match[1]), int(match[2])) for name, match in matches if match is not None}


def profiles(page: str, variants: Sequence[str]) -> Iterator[Profile]:
    """The rows about some methods in the capability profiles of docs/probes.md."""
    for table in tables(page):
        if _is_profile(table):
            for row in table.rows:
                if named(row[0])[0] in variants:
                    cells = dict(zip(table.header[1:], row[1:], strict=True))
                    yield Profile(named(row[0])[0], table.headings[-1], cells)


def _is_profile(table: MarkdownTable) -> bool:
    return {"method", "object", "relation", "wrong pictures"} <= set(table.header)


def other_rows(page: str, variants: Sequence[str]) -> Iterator[tuple[MarkdownTable, tuple[str, ...]]]:
    """The rows about some methods in the other tables of docs/probes.md, each with its table."""
    for table in tables(page):
        if table.header[0] != "method" or _is_profile(table):
            continue
        is_about = False
        for row in table.rows:
            # A row about the same method with another setting follows it.
            is_about = (is_about and row[0].startswith("the same")) or bool({*named(row[0])} & {*variants})
            if is_about:
                yield table, row


def bars(profile: Profile) -> str:
    """A figure of the headroom by kind of evidence, as SVG."""
    scale = (_WIDTH - _LEFT - 60) / (_MOST - _LEAST)
    zero = _LEFT - _LEAST * scale
    values = profile.headroom
    height = 26 + _STEP * len(values)
    parts = [_guide(zero, height, "0 %"), _guide(zero + 100 * scale, height, "100 %")]
    for index, (name, (percent, error)) in enumerate(values.items()):
        y = 26 + _STEP * index
        shown = min(max(percent, _LEAST), _MOST)
        left, right = sorted((zero, zero + shown * scale))
        parts.append(f'<rect x="{left:g}" y="{y:g}" width="{right - left:g}" height="14" rx="2" fill="{BLUE}"/>')
        ends = [zero + min(max(end, _LEAST), _MOST) * scale for end in (percent - error, percent + error)]
        parts.append(
            f'<line x1="{ends[0]:g}" y1="{y + 7:g}" x2="{ends[1]:g}" y2="{y + 7:g}" stroke="currentColor" '
            'stroke-width="1.5"/>'
        )
        parts += [
            label(_LEFT - 34, y + 11, name, anchor="end"),
            label(_WIDTH - 4, y + 11, f"{percent} %", anchor="end"),
        ]
    title = f"Headroom of {profile.method} by kind of evidence, with standard errors"
    slug = re.sub(r"[^a-z0-9]+", "-", profile.method.lower())
    return figure(f"profile-{slug}", title, (_WIDTH, height), parts)


def _guide(x: float, height: float, content: str) -> str:
    line = f'<line x1="{x:g}" y1="16" x2="{x:g}" y2="{height:g}" stroke="{GREY}" stroke-dasharray="3 3"/>'
    return line + label(x, 11, content, small=True)
