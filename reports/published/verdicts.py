"""Published scores beside ours: which rows of a paper came out again, in a suite that has the paper's own settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mnerbench.benchmark.results.record import COLLAPSED
from mnerbench.reports.analysis.row_data import Row, RowState
from mnerbench.reports.analysis.table_data import Conditions, LeaderboardTable
from mnerbench.reports.published.data import PublishedCell, PublishedTable
from mnerbench.reports.published.matching import may_stand_beside, other_conditions
from mnerbench.reports.published.measures import Kind, Metric
from mnerbench.reports.published.suites import selections
from mnerbench.reports.text.format import NONE, Sheet, percent, points

# How far a mean over seeds may lie below and above a published score and still count as the same. One run that was
# published is rarely an unlucky one. The best of several runs is compared with nothing.
BANDS = {Kind.MEAN_OF_5: (0.005, 0.005), Kind.ONE_RUN: (0.010, 0.005)}
SEEDS = 5


@dataclass(frozen=True)
class Published:
    """One score of a paper that a row of a leaderboard may reproduce.

    Attributes:
        source: paper and table.
        kind: `mean of 5` or `one run`.
        method, view, dataset: whose score.
        f1: as a fraction.
        encoder: of the paper's model; None where it does not say.
        notes: where the paper contradicts itself, and what else to know.
    """

    source: str
    kind: Kind
    method: str
    view: str
    dataset: str
    f1: float
    encoder: str | None
    notes: tuple[str, ...] = ()


def published(suite: str) -> Iterator[Published]:
    """The scores beside which the rows of a suite may stand; none where the suite is not of a paper."""
    for selection in selections(suite):
        for table, cell in selection.cells():
            if (score := _score(table, cell)) is not None:
                yield score


def _score(table: PublishedTable, cell: PublishedCell) -> Published | None:
    """A number as a score, where it is F1 on the whole test split of one corpus and a method of ours may have it."""
    row, scope = cell.row, cell.scope
    if scope.metric is not Metric.F1 or not (scope.type is scope.slice is scope.split is scope.trained_on is None):
        return None
    if row.published_only is not None or row.method is None or scope.view is None or scope.dataset is None:
        return None
    if scope.kind is None or scope.kind not in BANDS:
        return None
    notes = tuple(note.text for note in cell.notes)
    f1 = float(cell.value) / 100
    return Published(table.source, scope.kind, row.method, scope.view, scope.dataset, f1, scope.encoder, notes)


def _published_of(table: LeaderboardTable) -> list[Published]:
    """The scores of the suites that a table is of, on its dataset and encoder; each once."""
    known, found = table.conditions, list[Published]()
    for suite in known.suites:
        scores = list(published(suite))
        named = {one.encoder for one in scores if one.encoder is not None}
        found += [
            one
            for one in scores
            if one.dataset == known.dataset and may_stand_beside(one.encoder, known.encoder, named)
        ]
    return list(dict.fromkeys(found))


def published_sheet(table: LeaderboardTable) -> Sheet | None:
    """Published scores of the table's suites beside ours; None where there are none."""
    if not (wanted := _published_of(table)):
        return None
    rows = {(row.method, row.view): row for row in table.rows}
    lines = tuple(_line(one, rows.get((one.method, one.view)), table.conditions) for one in wanted)
    return Sheet(("method", "view", "published in", "which is", "published", "ours", "Δ", "verdict"), 4, lines)


def _line(one: Published, row: Row | None, known: Conditions) -> tuple[str, ...]:
    names = (one.method, one.view, one.source, one.kind.value, percent(one.f1) + ("*" if one.notes else ""))
    if row is None or row.f1 is None:
        return (*names, NONE, NONE, "not run")
    return (*names, percent(row.f1.mean), points(row.f1.mean - one.f1), verdict(one, row, known))


def verdict(one: Published, row: Row, known: Conditions) -> str:
    """Whether a row counts as a reproduction: the paper's conditions, five seeds, a mean within the band."""
    if one.encoder is None and known.encoder is not None:
        return "the paper names no encoder: no verdict"
    if others := other_conditions(one.encoder, row, known):
        return f"other {', '.join(others)}: no verdict"
    if row.silent:
        return f"{COLLAPSED}: no verdict"
    if row.f1 is None or row.state is not RowState.COMPLETE or row.done < SEEDS:
        return f"{row.done}/{max(SEEDS, row.expected)} seeds: too few to say"
    below, above = BANDS[one.kind]
    difference = row.f1.mean - one.f1
    return "reproduced" if -below <= difference <= above else "not reproduced"


def published_lines(table: LeaderboardTable) -> list[tuple[str, str]]:
    """What the verdicts mean, and where a paper contradicts itself."""
    (near, _), (below, above) = BANDS[Kind.MEAN_OF_5], BANDS[Kind.ONE_RUN]
    meaning = (
        f"the mean of {SEEDS} seeds is within {100 * near:.1f} of a published mean, or at most {100 * below:.1f} "
        f"below and {100 * above:.1f} above a published single run"
    )
    notes = dict.fromkeys((f"* {one.source}", note) for one in _published_of(table) for note in one.notes)
    return [("reproduced", meaning), *notes]
