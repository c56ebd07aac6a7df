"""Published scores beside ours: which rows of a paper came out again, in a suite that has the paper's own settings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from mnerbench.reports.cells import NONE, Sheet, percent, points
from mnerbench.reports.tables import LeaderboardTable, Row, RowState

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
    """

    suite: str
    source: str
    kind: str
    method: str
    view: str
    dataset: str
    f1: float


@cache
def published() -> tuple[Published, ...]:
    """All scores of `published.toml`."""
    text = resources.files("mnerbench.reports").joinpath("published.toml").read_text(encoding="utf-8")
    return tuple(_scores(tomllib.loads(text)["row"]))


def _scores(rows: Sequence[dict[str, object]]) -> Iterator[Published]:
    for row in rows:
        scores = row["f1"]
        assert isinstance(scores, dict)
        names = {name: str(row[name]) for name in ("suite", "source", "kind", "method", "view")}
        for dataset, f1 in scores.items():
            yield Published(**names, dataset=dataset, f1=f1 / 100)


def published_sheet(table: LeaderboardTable) -> Sheet | None:
    """Published scores of the table's suites beside ours; None where there are none."""
    dataset = table.conditions.dataset
    wanted = [one for one in published() if one.suite in table.conditions.suites and one.dataset == dataset]
    if not wanted:
        return None
    rows = {(row.method, row.view): row for row in table.rows}
    lines = tuple(_line(one, rows.get((one.method, one.view))) for one in wanted)
    return Sheet(("method", "view", "published in", "which is", "published", "ours", "Δ", "verdict"), 4, lines)


def _line(one: Published, row: Row | None) -> tuple[str, ...]:
    names = (one.method, one.view, one.source, one.kind, percent(one.f1))
    if row is None or row.f1 is None:
        return (*names, NONE, NONE, "not run")
    return (*names, percent(row.f1.mean), points(row.f1.mean - one.f1), verdict(one, row))


def verdict(one: Published, row: Row) -> str:
    """Whether a row counts as a reproduction: five seeds, and a mean within the band of what was published."""
    if row.f1 is None or row.state is not RowState.COMPLETE or row.done < SEEDS:
        return f"{row.done}/{max(SEEDS, row.expected)} seeds: too few to say"
    below, above = BANDS[one.kind]
    difference = row.f1.mean - one.f1
    return "reproduced" if -below <= difference <= above else "not reproduced"


def published_lines() -> list[tuple[str, str]]:
    """What the verdicts mean."""
    (near, _), (below, above) = BANDS["mean of 5"], BANDS["one run"]
    meaning = (
        f"the mean of {SEEDS} seeds is within {100 * near:.1f} of a published mean, or at most {100 * below:.1f} "
        f"below and {100 * above:.1f} above a published single run"
    )
    return [("reproduced", meaning)]
