"""Our number for a printed one: which row of which leaderboard measures the same, and what of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from mnerbench.benchmark.results.scoring import PRIMARY
from mnerbench.benchmark.results.spec import moved
from mnerbench.reports.analysis.row_data import Row
from mnerbench.reports.analysis.table_data import Conditions, LeaderboardTable
from mnerbench.reports.published.counting import counted
from mnerbench.reports.published.data import PublishedCell, Scope
from mnerbench.reports.published.measures import Kind, Metric

ALL, TYPE, SLICE = "all", "type", "slice"
PERCENT, MILLION = 100, 1e-6

# How a row's number is read, in the unit of its own; another metric is another line. The text is the type or the slice.
_READ: Mapping[tuple[Metric, str], tuple[float, Callable[[Row, str], float | None]]] = {
    (Metric.F1, ALL): (PERCENT, lambda row, _: row.f1.mean if row.f1 is not None else None),
    (Metric.F1, TYPE): (PERCENT, lambda row, kind: row.of_type(kind)),
    (Metric.PRECISION, TYPE): (PERCENT, lambda row, kind: row.of_type(kind, "precision")),
    (Metric.RECALL, TYPE): (PERCENT, lambda row, kind: row.of_type(kind, "recall")),
    (Metric.F1, SLICE): (PERCENT, lambda row, name: row.slices.get(name)),
    (Metric.PRECISION, ALL): (PERCENT, lambda row, _: row.precision),
    (Metric.RECALL, ALL): (PERCENT, lambda row, _: row.recall),
    (Metric.SECONDS_PER_EPOCH, ALL): (1, lambda row, _: row.costs.train_seconds),
    (Metric.SECONDS_TO_TEST, ALL): (1, lambda row, _: row.costs.test_seconds),
    (Metric.MILLION_PARAMETERS, ALL): (MILLION, lambda row, _: row.costs.parameters.get("total")),
}
# A mean over our seeds compares with these alone.
_COMPARED = frozenset({Kind.MEAN_OF_5, Kind.ONE_RUN, Kind.MEASUREMENT})


@dataclass(frozen=True)
class Ours:
    """Our number.

    Attributes:
        value: in the unit of the paper.
        row: where it stands; None for a count of the corpus.
        others: what of its conditions is not the paper's, in words.
    """

    value: float
    row: Row | None = None
    others: tuple[str, ...] = ()


def ours(cell: PublishedCell, tables: Iterable[LeaderboardTable], named: Collection[str]) -> Ours | None:
    """Our number for a printed one, of the conditions that are nearest to the paper's; None where there is none.

    Args:
        cell: a number that is printed.
        tables: where to look; those of the suites that run the cell's row.
        named: encoders of all rows of the published table.
    """
    scope, method = cell.scope, cell.row.method
    if scope.kind is Kind.COUNT:
        count = counted(scope, [table.conditions for table in tables])
        return None if count is None else Ours(count)
    if method is None or scope.view is None or scope.kind not in _COMPARED or cell.row.published_only is not None:
        return None
    found = []
    for table in tables:
        known = table.conditions
        if _data(scope) in (None, known.dataset) and may_stand_beside(scope.encoder, known.encoder, named):
            rows = [row for row in table.rows if (row.method, row.view) == (method, scope.view)]
            values = [(_number(row, scope), row) for row in rows]
            found += [
                Ours(value, row, tuple(other_conditions(scope.encoder, row, known)))
                for value, row in values
                if value is not None
            ]
    return min(found, key=lambda one: len(one.others), default=None)


def _data(scope: Scope) -> str | None:
    """What leaderboards call the data; None where the number is of none."""
    return moved(scope.trained_on, str(scope.dataset)) if scope.trained_on is not None else scope.dataset


def _number(row: Row, scope: Scope) -> float | None:
    if scope.split not in (None, "test") or scope.metric is None or (scope.type and scope.slice):
        return None
    part = TYPE if scope.type is not None else SLICE if scope.slice is not None else ALL
    factor, read = _READ.get((scope.metric, part), (1, lambda _row, _name: None))
    value = read(row, scope.type or scope.slice or "")
    return None if value is None else factor * value


def may_stand_beside(encoder: str | None, own: str | None, named: Collection[str]) -> bool:
    """Whether runs on the encoder `own` may stand beside a number of a model on `encoder`.

    Another encoder may, with a remark; but not one on which the same table has rows of its own.
    """
    return encoder in (None, own) or own not in named


def other_conditions(encoder: str | None, row: Row, known: Conditions) -> list[str]:
    """What of a table's conditions is not that of a published number on `encoder`, where the paper names one."""
    found = {
        "encoder": encoder is not None and known.encoder != encoder,
        "protocol": known.protocol != "paper",
        "scorer": known.scorer != PRIMARY.value,
        # The suites of papers set nothing but the label rule of a baseline.
        "settings": bool(set(known.settings.get(row.method, {})) - {"label_rule"}),
        "data": any("fingerprint" in note for note in known.notes),
    }
    return [name for name, other in found.items() if other]
