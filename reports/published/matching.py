"""Matching of printed numbers with the rows of leaderboards that measure the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from mnerbench.benchmark.results.scoring import PRIMARY
from mnerbench.benchmark.results.spec import transfer_label
from mnerbench.datasets.slices import SLICES
from mnerbench.reports.analysis.changed_tweets import BROKEN_BY_CAPTIONS
from mnerbench.reports.analysis.row_data import Row
from mnerbench.reports.analysis.table_data import Conditions, LeaderboardTable
from mnerbench.reports.published.counting import corpus_count
from mnerbench.reports.published.data import PublishedCell, Scope
from mnerbench.reports.published.measures import Kind, Metric
from mnerbench.reports.published.protocols import paper_protocol

ALL, TYPE, SLICE = "all", "type", "slice"
PERCENT, MILLION = 100, 1e-6


def _of_slice(row: Row, name: str) -> float | None:
    if name != BROKEN_BY_CAPTIONS:
        return row.slices.get(name)
    changed = row.comparison.changed if row.comparison is not None else None
    return changed.f1_on_broken if changed is not None else None


# How to read a metric from a row: factor to the paper's unit, and a function of the row and the type or slice.
_READ: Mapping[tuple[Metric, str], tuple[float, Callable[[Row, str], float | None]]] = {
    (Metric.F1, ALL): (PERCENT, lambda row, _: row.f1.mean if row.f1 is not None else None),
    (Metric.F1, TYPE): (PERCENT, lambda row, kind: row.of_type(kind)),
    (Metric.PRECISION, TYPE): (PERCENT, lambda row, kind: row.of_type(kind, "precision")),
    (Metric.RECALL, TYPE): (PERCENT, lambda row, kind: row.of_type(kind, "recall")),
    (Metric.F1, SLICE): (PERCENT, _of_slice),
    (Metric.PRECISION, ALL): (PERCENT, lambda row, _: row.precision),
    (Metric.RECALL, ALL): (PERCENT, lambda row, _: row.recall),
    (Metric.SECONDS_PER_EPOCH, ALL): (1, lambda row, _: row.costs.train_seconds),
    (Metric.SECONDS_TO_TEST, ALL): (1, lambda row, _: row.costs.test_seconds),
    (Metric.MILLION_PARAMETERS, ALL): (MILLION, lambda row, _: row.costs.parameters.get("total")),
}
_BROKEN_BASELINE = "bert-crf"  # captions break tweets that it has right
# Papers that say `BERT base` may mean the cased or the uncased model.
_MODELS = {"bert-base": ("bert-base-cased", "bert-base-uncased")}
# The kinds of published numbers that are comparable with a mean over our seeds.
COMPARED = frozenset({Kind.MEAN_OF_5, Kind.ONE_RUN, Kind.MEASUREMENT})


@dataclass(frozen=True)
class Ours:
    """A number of ours.

    Attributes:
        value: in the unit of the paper.
        row: of the leaderboard; None for a count of the corpus.
        others: names of the conditions that differ from the paper's.
    """

    value: float
    row: Row | None = None
    others: tuple[str, ...] = ()


def ours(cell: PublishedCell, tables: Iterable[LeaderboardTable], encoders: Collection[str]) -> Ours | None:
    """Our number for a printed one, under the conditions closest to the paper's; None without one.

    Args:
        cell: the printed number.
        tables: leaderboards of the suites that run the cell's row.
        encoders: of all rows of the published table.
    """
    scope, method = cell.scope, cell.row.method
    if scope.kind is Kind.COUNT:
        count = corpus_count(scope, [table.conditions for table in tables])
        return None if count is None else Ours(count)
    if method is None or scope.view is None or scope.kind not in COMPARED or cell.row.published_only is not None:
        return None
    candidates = []
    for table in tables:
        conditions = table.conditions
        comparable = is_comparable_encoder(scope.encoder, conditions.encoder, encoders)
        comparable &= scope.slice != BROKEN_BY_CAPTIONS or table.baseline == _BROKEN_BASELINE
        if comparable and _data(scope) in (None, conditions.dataset):
            rows = [row for row in table.rows if (row.method, row.view) == (method, scope.view)]
            values = [(_number(row, scope), row) for row in rows]
            candidates += [
                Ours(value, row, tuple(differing_conditions(scope, row, conditions)))
                for value, row in values
                if value is not None
            ]
    return min(candidates, key=lambda number: len(number.others), default=None)


def _data(scope: Scope) -> str | None:
    """The name of the data in leaderboards; None for a number without a dataset."""
    return transfer_label(scope.trained_on, str(scope.dataset)) if scope.trained_on is not None else scope.dataset


def _number(row: Row, scope: Scope) -> float | None:
    if scope.metric is None or not is_measured(scope):
        return None
    factor, read = _READ[scope.metric, _subset(scope)]
    value = read(row, scope.type or scope.slice or "")
    return None if value is None else factor * value


def is_measured(scope: Scope) -> bool:
    """Whether rows of leaderboards have what a published score measures."""
    if scope.split not in (None, "test") or scope.metric is None or (scope.type and scope.slice):
        return False
    if scope.slice not in (None, BROKEN_BY_CAPTIONS, *SLICES):
        return False
    return (scope.metric, _subset(scope)) in _READ


def _subset(scope: Scope) -> str:
    return TYPE if scope.type is not None else SLICE if scope.slice is not None else ALL


def is_comparable_encoder(published: str | None, encoder: str | None, encoders: Collection[str]) -> bool:
    """Whether to compare runs on `encoder` with a number of a model on the encoder `published`.

    Another encoder is comparable, with a remark, unless the published table has rows on that encoder.

    Args:
        published: encoder of the published model; None if the paper does not specify it.
        encoder: of the runs.
        encoders: of all rows of the published table.
    """
    return published is None or _is_encoder(published, encoder) or not any(_is_encoder(e, encoder) for e in encoders)


def _is_encoder(published: str, encoder: str | None) -> bool:
    """Whether an encoder is that of a paper: the same name, or one of the models that `bert-base` may stand for."""
    return encoder == published or (encoder is not None and encoder in _MODELS.get(published, ()))


def differing_conditions(scope: Scope, row: Row, conditions: Conditions) -> list[str]:
    """Names of the conditions of a row that differ from those of a published number.

    Args:
        scope: conditions of the published number.
        row: of a leaderboard.
        conditions: of the leaderboard.
    """
    published = scope.encoder
    differs = {
        "encoder": published is not None and not _is_encoder(published, conditions.encoder),
        "scorer": conditions.scorer != PRIMARY.value,
        "data": any("fingerprint" in note for note in conditions.notes),
        "evaluation": row.is_partial,
    }
    names = [name for name, differ in differs.items() if differ]
    stated = paper_protocol(scope.protocol).differences(row.settings) if scope.protocol is not None else []
    return list(dict.fromkeys([*names, *stated]))
