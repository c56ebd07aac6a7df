"""Verdicts on the reproduction of published scores by suites with the settings of the papers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mnerbench.benchmark.results.record import COLLAPSED
from mnerbench.reports.analysis.row_data import Row, RowState
from mnerbench.reports.analysis.table_data import Conditions, LeaderboardTable
from mnerbench.reports.published.data import PublishedCell, PublishedTable, Scope
from mnerbench.reports.published.matching import differing_conditions, is_comparable_encoder
from mnerbench.reports.published.measures import Kind, Metric
from mnerbench.reports.published.protocols import paper_protocol
from mnerbench.reports.published.suites import selections
from mnerbench.reports.statistics.reproduction import MARGIN, ReproductionTest, reproduces
from mnerbench.reports.text.cells import points_cell, share_cell, text_cell
from mnerbench.reports.text.format import size
from mnerbench.reports.text.sheet import Cell, Column, Sheet, name_column

_COLUMNS = (
    *map(name_column, ("method", "view")),
    name_column("source", "published in"),
    name_column("kind", "which is"),
    *(Column(key, key) for key in ("published", "ours")),
    Column("difference", "Δ [95 % CI]"),
    Column("verdict", "verdict"),
)

# The number of runs behind a published score. The best of several runs is not comparable.
RUNS = {Kind.MEAN_OF_5: 5, Kind.ONE_RUN: 1}
SEEDS = 5


@dataclass(frozen=True)
class PublishedScore:
    """A score of a paper that a row of a leaderboard may reproduce.

    Attributes:
        source: paper and table.
        kind: `mean of 5` or `one run`.
        method, view, dataset: of the score.
        f1: as a fraction.
        scope: conditions of the number.
        notes: contradictions within the paper, and other remarks.
    """

    source: str
    kind: Kind
    method: str
    view: str
    dataset: str
    f1: float
    scope: Scope
    notes: tuple[str, ...] = ()

    @property
    def encoder(self) -> str | None:
        """Of the paper's model; None if the paper does not specify it."""
        return self.scope.encoder


def published_scores(suite: str) -> Iterator[PublishedScore]:
    """The scores that are comparable with the rows of a suite; none for a suite that reproduces no paper."""
    for selection in selections(suite):
        for table, cell in selection.cells():
            if (score := _score(table, cell)) is not None:
                yield score


def _score(table: PublishedTable, cell: PublishedCell) -> PublishedScore | None:
    """A number as a score; None unless it is the F1 of a method of ours on the whole test split of one corpus."""
    row, scope = cell.row, cell.scope
    if scope.metric is not Metric.F1 or not (scope.type is scope.slice is scope.split is scope.trained_on is None):
        return None
    if row.published_only is not None or row.method is None or scope.view is None or scope.dataset is None:
        return None
    if scope.kind is None or scope.kind not in RUNS:
        return None
    notes = tuple(note.text for note in cell.notes)
    f1 = float(cell.value) / 100
    return PublishedScore(table.source, scope.kind, row.method, scope.view, scope.dataset, f1, scope, notes)


def _scores_of(table: LeaderboardTable) -> list[PublishedScore]:
    """The distinct scores of the table's suites on its dataset and encoder."""
    conditions, matching = table.conditions, list[PublishedScore]()
    for suite in conditions.suites:
        scores = list(published_scores(suite))
        encoders = {score.encoder for score in scores if score.encoder is not None}
        matching += [
            score
            for score in scores
            if score.dataset == conditions.dataset
            and is_comparable_encoder(score.encoder, conditions.encoder, encoders)
        ]
    return list(dict.fromkeys(matching))


def published_sheet(table: LeaderboardTable) -> Sheet | None:
    """Published scores of the table's suites and ours; None without any."""
    if not (scores := _scores_of(table)):
        return None
    rows = {(row.method, row.view): row for row in table.rows}
    lines = (_line(score, rows.get((score.method, score.view)), table.conditions) for score in scores)
    return Sheet(_COLUMNS, tuple(lines))


def _line(score: PublishedScore, row: Row | None, conditions: Conditions) -> tuple[Cell, ...]:
    names = map(text_cell, (score.method, score.view, score.source, score.kind.value))
    published = share_cell(score.f1, note="*" if score.notes else "")
    if row is None or row.f1 is None:
        return (*names, published, text_cell(None), text_cell(None), text_cell("not run"))
    says, tested = verdict(score, row, conditions), _test(score, row)
    interval = tested.interval if tested is not None and says == tested.outcome.value else None
    difference = points_cell(row.f1.mean - score.f1, interval=interval)
    return (*names, published, share_cell(row.f1.mean), difference, text_cell(says))


def verdict(score: PublishedScore, row: Row, conditions: Conditions) -> str:
    """Whether a row reproduces a score: only under the paper's conditions and with five seeds."""
    if score.scope.protocol is None:
        return "the paper names no settings: no verdict"
    if score.encoder is None and not row.settings.over_words and conditions.encoder is not None:
        return "the paper names no encoder: no verdict"
    if others := differing_conditions(score.scope, row, conditions):
        return f"other {', '.join(others)}: no verdict"
    if row.silent:
        return f"{COLLAPSED}: no verdict"
    if row.f1 is None or row.state is not RowState.COMPLETE or row.done < SEEDS:
        return f"{row.done}/{max(SEEDS, row.expected)} seeds: too few to say"
    tested = _test(score, row)
    assert tested is not None
    return tested.outcome.value


def _test(score: PublishedScore, row: Row) -> ReproductionTest | None:
    """The comparison of a row with a score; None for a row with a single run."""
    if row.f1 is None or row.f1.std is None:
        return None
    return reproduces(row.f1.mean, row.f1.std, row.f1.n, score.f1, RUNS[score.kind])


def published_legend(table: LeaderboardTable) -> list[tuple[str, str]]:
    """Names and texts: what "reproduced" means, and where a paper contradicts itself."""
    meaning = (
        f"our mean of {SEEDS} seeds and the published score are equivalent within {size(MARGIN)}; not reproduced: they "
        "differ; cannot tell: neither is shown (t-tests at 5 %, not adjusted; the paper's runs are taken to spread "
        "like ours, and their number is in the column `which is`)"
    )
    names = dict.fromkeys(score.scope.protocol for score in _scores_of(table) if score.scope.protocol is not None)
    stated = [(f"conditions of {name}", paper_protocol(name).text) for name in names]
    notes = dict.fromkeys((f"* {score.source}", note) for score in _scores_of(table) for note in score.notes)
    return [("reproduced", meaning), *stated, *notes]
