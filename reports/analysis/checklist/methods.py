"""Methods, their cost, and how their epochs were picked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.spec import DatasetRef
from mnerbench.reports.analysis.checklist.facts import MethodFacts, SelectionFacts
from mnerbench.reports.analysis.groups import Group
from mnerbench.reports.analysis.row_data import Spread
from mnerbench.reports.analysis.run_rows import RunRow, selected_dev_f1, training_seconds
from mnerbench.reports.analysis.runs import Series
from mnerbench.reports.text.format import settings_text


def method_facts(rows: Sequence[RunRow]) -> Iterator[MethodFacts]:
    """Every method of the tables, each run counted once."""
    by_method: dict[str, list[RunRow]] = {}
    for row in rows:
        by_method.setdefault(row.method, []).append(row)
    for method, of_method in sorted(by_method.items()):
        yield _facts(method, of_method)


def _facts(method: str, rows: Sequence[RunRow]) -> MethodFacts:
    records = {row.identity: row.record for row in rows if row.record is not None}
    done = [record for record in records.values() if record.status is Status.DONE]
    others = [record for record in records.values() if record.status is not Status.DONE]
    trained = [seconds for record in done if (seconds := training_seconds(record)) is not None]
    memory = [record.peak_memory for record in done if record.peak_memory is not None]
    specs = [row.spec for row in rows if row.spec is not None]
    return MethodFacts(
        method=method,
        families=_distinct(spec.family for spec in specs),
        protocols=_distinct(spec.protocol for spec in specs),
        overrides=_distinct(settings_text(spec.overrides) for spec in specs),
        inputs=_distinct(text for spec in specs for text in _inputs(spec.dataset)),
        done=len(done),
        failed=sum(record.status is Status.FAILED for record in others),
        train_seconds=sum(trained) if trained else None,
        seconds=sum(record.seconds for record in done),
        failed_seconds=sum(record.seconds for record in others),
        parameters=_ranges([record.parameters for record in done]),
        memory=max(memory, default=None),
    )


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))


def _inputs(data: DatasetRef) -> Iterator[str]:
    """`captions blip2`; only the digest is part of an identity, so that the source may be unknown."""
    yield from (f"{kind} {data.sources.get(kind, 'of unknown source')}" for kind in data.inputs)


def _ranges(records: Sequence[Mapping[str, int]]) -> dict[str, tuple[int, int]]:
    parts = dict.fromkeys(part for parameters in records for part in parameters)
    numbers = {part: [parameters[part] for parameters in records if part in parameters] for part in parts}
    return {part: (min(counts), max(counts)) for part, counts in numbers.items()}


def selection_facts(groups: Sequence[Group]) -> Iterator[SelectionFacts]:
    """How the epochs of every trained method were picked, by table."""
    for number, group in enumerate(groups, start=1):
        for series in group.trained:
            if records := series.ended(Status.DONE):
                yield _selection(number, group, series, records)


def _selection(number: int, group: Group, series: Series, records: Sequence[RunRecord]) -> SelectionFacts:
    dev = [f1 for record in records if (f1 := selected_dev_f1(record)) is not None]
    return SelectionFacts(
        table=number,
        data=group.dataset,
        method=series.label,
        view=records[0].primary_view,
        seeds=tuple(record.spec.seed for record in records),
        epochs=tuple(sorted({len(record.curve) for record in records if record.curve})),
        picked=tuple(record.best_epoch for record in records if record.best_epoch is not None),
        dev=Spread.of(dev) if len(dev) == len(records) else None,
    )
