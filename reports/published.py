"""Published scores beside ours: which rows of a paper came out again, in a suite that has the paper's own settings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from mnerbench.benchmark.scoring import PRIMARY
from mnerbench.reports.cells import NONE, Sheet, percent, points
from mnerbench.reports.tables import Conditions, LeaderboardTable, Row, RowState

# How far a mean over seeds may lie below and above a published score and still count as the same. One run that was
# published is rarely an unlucky one.
BANDS = {"mean of 5": (0.005, 0.005), "one run": (0.010, 0.005)}
SEEDS = 5


@dataclass(frozen=True)
class Published:
    """One score of a paper.

    Attributes:
        suite: of this package, with the paper's settings.
        source: paper and table.
        kind: `mean of 5` or `one run`.
        method, view, dataset: whose score.
        f1: as a fraction.
        encoder: with which the suite runs the paper's model.
        note: where the paper contradicts itself; empty where it does not.
    """

    suite: str
    source: str
    kind: str
    method: str
    view: str
    dataset: str
    f1: float
    encoder: str
    note: str = ""


@cache
def published() -> tuple[Published, ...]:
    """All scores of `published.toml`."""
    text = resources.files("mnerbench.reports").joinpath("published.toml").read_text(encoding="utf-8")
    return tuple(_scores(tomllib.loads(text)))


def _scores(file: Mapping[str, Any]) -> Iterator[Published]:
    for row in file["row"]:
        names = {name: row[name] for name in ("suite", "source", "kind", "method", "view")}
        encoder, notes = file["encoder"][row["suite"]], row.get("note", {})
        for dataset, f1 in row["f1"].items():
            yield Published(**names, dataset=dataset, f1=f1 / 100, encoder=encoder, note=notes.get(dataset, ""))


def _published_of(table: LeaderboardTable) -> list[Published]:
    """The scores of the suites that a table is of, on its dataset."""
    known = table.conditions
    return [one for one in published() if one.suite in known.suites and one.dataset == known.dataset]


def published_sheet(table: LeaderboardTable) -> Sheet | None:
    """Published scores of the table's suites beside ours; None where there are none."""
    if not (wanted := _published_of(table)):
        return None
    rows = {(row.method, row.view): row for row in table.rows}
    lines = tuple(_line(one, rows.get((one.method, one.view)), table.conditions) for one in wanted)
    return Sheet(("method", "view", "published in", "which is", "published", "ours", "Δ", "verdict"), 4, lines)


def _line(one: Published, row: Row | None, known: Conditions) -> tuple[str, ...]:
    names = (one.method, one.view, one.source, one.kind, percent(one.f1) + ("*" if one.note else ""))
    if row is None or row.f1 is None:
        return (*names, NONE, NONE, "not run")
    return (*names, percent(row.f1.mean), points(row.f1.mean - one.f1), verdict(one, row, known))


def verdict(one: Published, row: Row, known: Conditions) -> str:
    """Whether a row counts as a reproduction: the paper's conditions, five seeds, a mean within the band."""
    if others := _other_conditions(one, row, known):
        return f"other {', '.join(others)}: no verdict"
    if row.f1 is None or row.state is not RowState.COMPLETE or row.done < SEEDS:
        return f"{row.done}/{max(SEEDS, row.expected)} seeds: too few to say"
    below, above = BANDS[one.kind]
    difference = row.f1.mean - one.f1
    return "reproduced" if -below <= difference <= above else "not reproduced"


def _other_conditions(one: Published, row: Row, known: Conditions) -> list[str]:
    """What of a table's conditions is not that of the published score."""
    found = {
        "encoder": known.encoder != one.encoder,
        "protocol": known.protocol != "paper",
        "scorer": known.scorer != PRIMARY.value,
        # The suites of papers set nothing but the label rule of a baseline.
        "settings": bool(set(known.settings.get(row.method, {})) - {"label_rule"}),
        "data": any("fingerprint" in note for note in known.notes),
    }
    return [name for name, other in found.items() if other]


def published_lines(table: LeaderboardTable) -> list[tuple[str, str]]:
    """What the verdicts mean, and where a paper contradicts itself."""
    (near, _), (below, above) = BANDS["mean of 5"], BANDS["one run"]
    meaning = (
        f"the mean of {SEEDS} seeds is within {100 * near:.1f} of a published mean, or at most {100 * below:.1f} "
        f"below and {100 * above:.1f} above a published single run"
    )
    notes = dict.fromkeys((f"* {one.source}", one.note) for one in _published_of(table) if one.note)
    return [("reproduced", meaning), *notes]
