"""The report as one HTML page that needs nothing else: no network, no other file, no script to be read."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mnerbench.benchmark.damage import Damage
from mnerbench.benchmark.tuning.results import TuningFile
from mnerbench.datasets.untrusted.display import printable
from mnerbench.reports.html import curves, dots
from mnerbench.reports.html.blocks import Block, block_of
from mnerbench.reports.html.case_data import ShownCases, case_data
from mnerbench.reports.html.searches import chart_of
from mnerbench.reports.overview import Overview, validation_sheet
from mnerbench.reports.searches import search_sections
from mnerbench.reports.sections import Section, closing_sections, sections
from mnerbench.reports.tables import LeaderboardTable
from mnerbench.reports.wording import condition_lines, heading, reasons, symbols

_PACKAGE = "mnerbench.reports.html"
_SCRIPTS = ("basics.js", "tables.js", "cases.js", "finder.js")  # in one script element, so that one digest allows it
# What no page may hold, besides what is never printed.
_UNWRITABLE = re.compile("[\ufffe\uffff]")


@dataclass(frozen=True)
class Part:
    """One table with everything around it; `key` is its place in the page's addresses."""

    key: str
    title: str
    table: LeaderboardTable
    blocks: tuple[Block, ...]
    dots: dots.Dots | None
    curves: curves.Curves | None
    reasons: Sequence[tuple[str, str]]
    conditions: Sequence[tuple[str, str]]
    views: tuple[str, ...]
    shown: ShownCases | None
    problem: str | None


def html_report(
    tables: Sequence[LeaderboardTable],
    held: Overview,
    shown: Sequence[ShownCases | str | None] | None = None,
    searches: Sequence[TuningFile] = (),
    left_out: Sequence[Damage] = (),
) -> str:
    """The page: a pure function of what it is given.

    Args:
        tables: from `leaderboard`.
        held: what the results folder holds.
        shown: by table, the tweets on which its methods differ, or why they cannot be shown; None where nobody asked or
            the folder does not describe them, or for no table at all.
        searches: of settings.
        left_out: what is damaged in the results folder.
    """
    parts = [
        _part(f"t{number}", table, cases)
        for number, (table, cases) in enumerate(zip(tables, shown or [None] * len(tables), strict=True), start=1)
    ]
    script = "\n".join(map(_asset, _SCRIPTS))
    return (
        _environment()
        .get_template("page.html")
        .render(
            held=held,
            left_out=left_out,
            parts=parts,
            warnings=_warnings(parts),
            validated=block_of(Section("validated", "What each method was tried on", validation_sheet(tables))),
            closing=[(f"c{n}", block_of(section)) for n, section in enumerate(closing_sections(tables), start=1)],
            searched=[block_of(section) for section in search_sections(searches)],
            charts=[chart for one in searches for search in one.searches if (chart := chart_of(search)) is not None],
            symbols=list(dict.fromkeys(line for table in tables for line in symbols(table))),
            data=script_data({part.key: case_data(part.shown) for part in parts if part.shown is not None}),
            style=Markup(_asset("style.css")),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            chart=(curves.WIDTH, curves.HEIGHT),
        )
    )


def _warnings(parts: Sequence[Part]) -> list[tuple[str, list[Part]]]:
    """Each warning once, the worst first, with the tables that it is of."""
    found: dict[str, list[Part]] = {}
    for part in parts:
        for text in part.table.warnings:
            found.setdefault(text, []).append(part)
    return list(found.items())


def _part(key: str, table: LeaderboardTable, shown: ShownCases | str | None) -> Part:
    known = table.conditions
    digests = [(f"sha256 of {split}", digest) for split, digest in known.fingerprints.items()]
    if known.encoder_digest:
        digests.append(("digest of the encoder", known.encoder_digest))
    return Part(
        key=key,
        title=heading(table),
        table=table,
        blocks=tuple(map(block_of, sections(table))),
        dots=dots.dots_of(table),
        curves=curves.curves_of(table),
        reasons=reasons(table),
        conditions=[*condition_lines(known), *digests],
        views=tuple(dict.fromkeys(row.view for row in table.rows if row.view)),
        shown=shown if isinstance(shown, ShownCases) else None,
        problem=shown if isinstance(shown, str) else None,
    )


def script_data(data: Any) -> Markup:
    """JSON that stays JSON inside a script element, whatever words it holds: nothing in it can end the element."""
    text = json.dumps(data, separators=(",", ":"))  # in ASCII, so that U+2028 and lone surrogates are escaped too
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def written(value: object) -> object:
    """Text without what no page can hold, and without what acts instead of being shown: that is its escape."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", printable(value)) if type(value) is str else value


@cache
def _asset(name: str) -> str:
    return (files(_PACKAGE) / "templates" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=written,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
