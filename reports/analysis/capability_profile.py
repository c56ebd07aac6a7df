"""The capability profile: the kinds of evidence in pictures that each method uses, over the probes of a report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from mnerbench.reports.analysis.row_data import Row, RowState
from mnerbench.reports.analysis.row_text import headroom_cell
from mnerbench.reports.analysis.rows import OWN_PICTURE, SHUFFLED
from mnerbench.reports.analysis.runs import as_text
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.text.cells import points_cell, text_cell
from mnerbench.reports.text.format import settings_text
from mnerbench.reports.text.sheet import Cell, Column, Sheet, name_column

# A method whose inputs do not carry a probe's evidence cannot find it, which is no failure.
BLIND = "not read"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class ProfileRow:
    """One method over the probes of a profile.

    Attributes:
        method: name of the method.
        probe_rows: by probe, the row of the view with the tweet's own picture; None without a complete row.
        cost: F1 with another tweet's picture minus the text-only baseline's, mean over the probes whose evidence the
            method reads; None without a baseline.
        cost_error: standard error of `cost` over seeds; None for a single seed.
    """

    method: str
    probe_rows: tuple[Row | None, ...]
    cost: float | None
    cost_error: float | None


@dataclass(frozen=True)
class Profile:
    """Methods against probes, under one set of conditions.

    Attributes:
        conditions: text encoder, protocol and training settings as text.
        probes: names of the columns.
        rows: one per method that reads pictures.
    """

    conditions: str
    probes: tuple[str, ...]
    rows: tuple[ProfileRow, ...]


def capability_profiles(tables: Sequence[LeaderboardTable]) -> list[Profile]:
    """One profile per encoder, protocol and training settings with runs on at least two probes."""
    groups: dict[tuple[str, ...], list[LeaderboardTable]] = {}
    for table in tables:
        conditions = table.conditions
        if conditions.ceilings and conditions.encoder_digest:
            key = (conditions.encoder_digest, conditions.protocol or "", as_text(dict(conditions.training)))
            groups.setdefault(key, []).append(table)
    profiles = (_profile(group) for group in groups.values() if len({t.conditions.dataset for t in group}) > 1)
    return [profile for profile in profiles if profile.rows]


def _profile(tables: Sequence[LeaderboardTable]) -> Profile:
    methods = sorted({row.method for table in tables for row in table.rows if _is_complete(row, OWN_PICTURE)})
    conditions = tables[0].conditions
    text = f"encoder {conditions.encoder}, protocol {conditions.protocol}; {settings_text(conditions.training)}"
    return Profile(text, tuple(_columns(tables)), tuple(_row(tables, method) for method in methods))


def _columns(tables: Sequence[LeaderboardTable]) -> Iterable[str]:
    """Names of probes, with digits of the fingerprint where two probes have the same name."""
    names = [table.conditions.dataset for table in tables]
    for table, name in zip(tables, names, strict=True):
        digest = next(iter(table.conditions.fingerprints.values()), "")[:6]
        yield name.removeprefix("probe-") + (f" ({digest})" if names.count(name) > 1 else "")


def _is_complete(row: Row, view: str) -> bool:
    return row.view == view and row.state is RowState.COMPLETE and row.f1 is not None and row.text_ceiling is not None


def _find(table: LeaderboardTable, method: str, view: str) -> Row | None:
    return next((row for row in table.rows if row.method == method and _is_complete(row, view)), None)


def _row(tables: Sequence[LeaderboardTable], method: str) -> ProfileRow:
    probe_rows = tuple(_find(table, method, OWN_PICTURE) for table in tables)
    pairs = [
        (wrong, base)
        for table, row in zip(tables, probe_rows, strict=True)
        if row is not None and row.headroom is not None
        if (wrong := _find(table, method, SHUFFLED)) is not None
        if (base := _text_baseline(table)) is not None
    ]
    if not pairs:
        return ProfileRow(method, probe_rows, None, None)
    shuffled, text = (_by_seed([pair[side] for pair in pairs]) for side in (0, 1))
    errors = [stdev(values) / math.sqrt(len(values)) for values in (shuffled, text) if len(values) > 1]
    error = math.hypot(*errors) if len(errors) == 2 else None
    return ProfileRow(method, probe_rows, fmean(shuffled) - fmean(text), error)


def _text_baseline(table: LeaderboardTable) -> Row | None:
    return next((row for row in table.rows if row.baseline and row.f1 is not None and row.view != OWN_PICTURE), None)


def _by_seed(rows: Sequence[Row]) -> list[float]:
    """Mean F1 over the rows of several probes, for each shared seed."""
    shared = set.intersection(*(set(row.by_seed) for row in rows))
    return [fmean(row.by_seed[seed] for row in rows) for seed in sorted(shared)]


def profile_sheet(profile: Profile) -> Sheet:
    """Headroom per probe, and the cost of wrong pictures in points."""
    probes = (Column(f"probe.{name}", name) for name in profile.probes)
    columns = (name_column("method"), *probes, Column("wrong_pictures", "wrong pictures"))
    rows = (
        (text_cell(row.method), *map(probe_cell, row.probe_rows), points_cell(row.cost, row.cost_error))
        for row in profile.rows
    )
    return Sheet(columns, tuple(rows))


def probe_cell(row: Row | None) -> Cell:
    """The headroom, or why there is none."""
    if row is None:
        return text_cell(None)
    if row.ceiling is None:
        return text_cell(UNKNOWN)
    return text_cell(BLIND) if row.headroom is None else headroom_cell(row)


def profile_legend() -> list[tuple[str, str]]:
    """Names and texts: the meaning of the cells."""
    return [
        ("a share", "headroom: how much of what its inputs can add a method reached, ± its standard error"),
        (BLIND, "the method's inputs do not carry this evidence, so nothing can be found"),
        (UNKNOWN, "the inputs are not the probe's own, so nobody knows what they can tell"),
        (
            "wrong pictures",
            "F1 with another tweet's picture minus the text-only baseline, in points, ± its standard error over seeds; "
            "mean over the probes that the method can read",
        ),
    ]
