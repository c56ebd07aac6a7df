"""The columns of a leaderboard: each is defined once, for the sheets and for the CSV file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from mnerbench.benchmark.results.error_types import ErrorType
from mnerbench.benchmark.results.manifest import FEWEST_SEEDS
from mnerbench.reports.analysis.changed_tweets import ChangedTweets
from mnerbench.reports.analysis.row_data import Comparison, Row
from mnerbench.reports.analysis.row_text import headroom_cell, score_cell
from mnerbench.reports.analysis.rows import OWN_PICTURE
from mnerbench.reports.statistics.ttests import TestResult
from mnerbench.reports.statistics.verdict import Judgement, Verdict
from mnerbench.reports.text.cells import (
    decimal_cell,
    difference_cell,
    effect_cell,
    p_cell,
    points_cell,
    progress_cell,
    share_cell,
    text_cell,
)
from mnerbench.reports.text.sheet import Cell, Column, Kind, Mark, Sheet, name_column

_MARKS = {Verdict.BETTER: Mark.BETTER, Verdict.WORSE: Mark.WORSE, Verdict.EQUIVALENT: Mark.EQUIVALENT}


@dataclass(frozen=True)
class RowColumn:
    """A column of rows of a leaderboard, with a function that returns the cell of a row."""

    column: Column
    cell: Callable[[Row], Cell]


def sheet_of(columns: Sequence[RowColumn], rows: Sequence[Row], sizes: Sequence[Cell] = ()) -> Sheet:
    """The cells of some rows."""
    lines = tuple(tuple(column.cell(row) for column in columns) for row in rows)
    return Sheet(tuple(column.column for column in columns), lines, tuple(sizes))


def _judged_score_cell(row: Row) -> Cell:
    """The mean F1, with a mark where the verdict is one; never on a control, which is no result."""
    judged = row.judged
    return score_cell(row, [_MARKS[judged.verdict]] if judged is not None and judged.verdict in _MARKS else [])


def _method_cell(row: Row) -> Cell:
    return text_cell(row.method, row.title.removeprefix(row.method))


def _difference_cell(row: Row) -> Cell:
    if row.comparison is not None:
        judged = row.comparison.judged
        return points_cell(row.comparison.welch.difference) if judged is None else difference_cell(judged)
    return text_cell("baseline" if row.baseline else "deterministic" if row.deterministic and row.f1 else None)


def _verdict_cell(row: Row) -> Cell:
    judged = row.judged
    return text_cell(judged.verdict.value if judged is not None else None)


def _both_cell(row: Row) -> Cell:
    both = row.comparison.both if row.comparison is not None else None
    return difference_cell(both) if both is not None and both.interval is not None else points_cell(None)


def _ranks_cell(row: Row) -> Cell:
    """`2`, or `1-3` with a dash, for a method that other ones cannot be told apart from."""
    if row.rank is None or row.ranks is None or row.ranks[0] == row.ranks[1]:
        return decimal_cell(row.rank)
    first, last = row.ranks
    return decimal_cell(first, note=f"\N{EN DASH}{last}")


def _middle_cell(row: Row) -> Cell:
    return share_cell(row.f1.middle if row.f1 is not None and row.f1.n >= FEWEST_SEEDS else None)


def _lowest_cell(row: Row) -> Cell:
    """The lowest score, with the number of its seed; marked if it is far below the others."""
    if not row.by_seed:
        return share_cell(None)
    seed = min(row.by_seed, key=lambda seed: row.by_seed[seed])
    return share_cell(row.by_seed[seed], note=f" (seed {seed}{', collapsed' if row.outlying_seeds else ''})")


def _region_cell(comparison: Comparison) -> Cell:
    if comparison.regions is None:
        return text_cell(None)
    first, *rest = (share_cell(share, digits=0, note=" %") for share in comparison.regions)
    return replace(first, more=tuple(rest))


def _compared(cell: Callable[[Comparison], Cell]) -> Callable[[Row], Cell]:
    """The cell of a comparison; a dash for a row without one."""
    return lambda row: cell(row.comparison) if row.comparison is not None else decimal_cell(None)


def _p(test: Callable[[Comparison], TestResult]) -> Callable[[Row], Cell]:
    return _compared(lambda comparison: p_cell(test(comparison).p))


RANK = RowColumn(Column("rank", "#", names=True), lambda row: decimal_cell(row.rank))
RANKS = RowColumn(RANK.column, _ranks_cell)  # tied where methods cannot be told apart
RANK_RANGE = (
    RowColumn(Column("rank_first", "first rank"), lambda row: decimal_cell(row.ranks[0] if row.ranks else None)),
    RowColumn(Column("rank_last", "last rank"), lambda row: decimal_cell(row.ranks[1] if row.ranks else None)),
)
METHOD = RowColumn(name_column("method"), _method_cell)
VIEW = RowColumn(name_column("view"), lambda row: text_cell(row.view))
NAMES = (METHOD, VIEW)
PLAIN_METHOD = RowColumn(METHOD.column, lambda row: text_cell(row.method))  # without remarks
SCORE = RowColumn(Column("f1", "F1 ± std"), _judged_score_cell)
RUNS = RowColumn(Column("runs", "runs"), lambda row: progress_cell(row.done, row.expected))
STATE = RowColumn(Column("state", "state"), lambda row: text_cell(row.state.value))
IS_BASELINE = RowColumn(Column("baseline", "baseline"), lambda row: decimal_cell(int(row.baseline)))
BEST = RowColumn(Column("f1_best", "best"), lambda row: share_cell(row.f1.best if row.f1 else None))
PRECISION = RowColumn(Column("precision", "P"), lambda row: share_cell(row.precision))
RECALL = RowColumn(Column("recall", "R"), lambda row: share_cell(row.recall))
DIFFERENCE = RowColumn(Column("difference", "Δ baseline [95 % CI]"), _difference_cell)
DECIDING = RowColumn(Column("p_verdict", "p"), _compared(lambda c: p_cell(c.judged.p if c.judged else None)))
FAMILY = RowColumn(Column("family", "family"), _compared(lambda c: decimal_cell(c.judged.family if c.judged else None)))
VERDICT = RowColumn(Column("verdict", "verdict"), _verdict_cell)


def picture_column(verdicts: Mapping[str, Judgement]) -> RowColumn:
    """The verdict on the own picture against another tweet's, by method, in the row with the own picture."""

    def of_row(row: Row) -> Cell:
        judged = verdicts.get(row.method) if row.view == OWN_PICTURE else None
        return text_cell(judged.verdict.value if judged is not None else None)

    return RowColumn(Column("picture_verdict", "own picture against another's"), of_row)


CEILING = RowColumn(Column("ceiling", "ceiling"), lambda row: share_cell(row.ceiling.expected if row.ceiling else None))
HEADROOM = RowColumn(Column("headroom", "headroom"), headroom_cell)

OVER_SEEDS = RowColumn(Column("over_seeds", "Δ seeds [95 % CI]"), _compared(lambda c: difference_cell(c.welch)))
WELCH = RowColumn(Column("p_welch", "p Welch"), _p(lambda c: c.welch))
STUDENT = RowColumn(Column("p_student", "p Student"), _p(lambda c: c.student))
PAIRED = RowColumn(Column("p_paired", "p paired"), _p(lambda c: c.paired))
BOTH = RowColumn(Column("seeds_and_tweets", "Δ seeds and tweets [95 % CI]"), _both_cell)
P_BOTH = RowColumn(
    Column("p_seeds_and_tweets", "p both"), _compared(lambda c: p_cell(c.both.p if c.both is not None else None))
)
DUNNETT = RowColumn(Column("p_dunnett", "p Dunnett"), _compared(lambda c: p_cell(c.dunnett)))
MIDDLE = RowColumn(Column("f1_iqm", "IQM"), _middle_cell)
LOWEST = RowColumn(Column("f1_lowest", "lowest seed"), _lowest_cell)
IMPROVEMENT = RowColumn(
    Column("improvement", "P(higher)"), _compared(lambda c: share_cell(c.improvement, digits=0, note=" %"))
)
DOMINANCE = RowColumn(Column("aso", "ASO"), _compared(lambda c: decimal_cell(c.dominance, 2)))
REGIONS = RowColumn(Column("rope", "worse / within / better"), _compared(_region_cell))
EFFECT = RowColumn(Column("hedges_g", "g [95 % CI]"), _compared(lambda c: effect_cell(c.size)))
DETECTABLE = RowColumn(Column("detectable", "detectable"), _compared(lambda c: share_cell(c.detectable)))
NEEDED = RowColumn(Column("seeds_needed", "seeds needed"), _compared(lambda c: decimal_cell(c.needed)))

TIMES = (
    RowColumn(Column("train_seconds", "train s/epoch"), lambda row: Cell(Kind.SECONDS, row.costs.train_seconds)),
    RowColumn(Column("test_seconds", "test s"), lambda row: Cell(Kind.SECONDS, row.costs.test_seconds)),
)
MEMORY = RowColumn(Column("memory_bytes", "peak memory"), lambda row: Cell(Kind.BYTES, row.costs.memory))


def _parameters(part: str, title: str) -> RowColumn:
    column = Column(f"parameters_{part}", title)
    return RowColumn(column, lambda row: Cell(Kind.PARAMETERS, row.costs.parameters.get(part)))


PARAMETERS = (
    _parameters("total", "parameters"),
    _parameters("encoder", "encoder"),
    _parameters("new", "new layers"),
    _parameters("crf", "CRF"),
)


def type_column(kind: str, score: str = "f1") -> RowColumn:
    """The `f1`, `precision` or `recall` of an entity type."""
    return RowColumn(Column(f"{score}_type.{kind}", kind), lambda row: share_cell(row.of_type(kind, score)))


def slice_column(name: str) -> RowColumn:
    """The F1 of a slice."""
    return RowColumn(Column(f"f1_slice.{name}", name), lambda row: share_cell(row.slices.get(name)))


def scorer_column(name: str) -> RowColumn:
    """The F1 under another scorer."""
    return RowColumn(Column(f"f1_scorer.{name}", name), lambda row: share_cell(row.scorers.get(name)))


def error_columns() -> list[RowColumn]:
    """The numbers of errors by type, means over seeds."""
    return [_error_column(kind.value) for kind in ErrorType]


def change_columns_of(rows: Sequence[Row]) -> list[RowColumn]:
    """The tweets that only the method or only the baseline gets right, means over shared seeds; [] if unknown."""
    if not any(row.comparison is not None and row.comparison.changed is not None for row in rows):
        return []
    return [
        _change_column("mended", "mended", lambda changed: decimal_cell(changed.mended, 1)),
        _change_column("broken", "broken", lambda changed: decimal_cell(changed.broken, 1)),
        _change_column("f1_on_broken", "F1 on broken", lambda changed: share_cell(changed.f1_on_broken)),
    ]


def _change_column(key: str, title: str, cell: Callable[[ChangedTweets], Cell]) -> RowColumn:
    def of_row(row: Row) -> Cell:
        changed = row.comparison.changed if row.comparison is not None else None
        return cell(changed) if changed is not None else text_cell(None)

    return RowColumn(Column(f"tweets.{key}", title), of_row)


def _error_column(kind: str) -> RowColumn:
    return RowColumn(Column(f"mistakes.{kind}", kind), lambda row: decimal_cell(row.mistakes.get(kind), 1))
