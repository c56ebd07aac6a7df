"""What runs take: time, memory, parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean

from mnerbench.benchmark.results.record import RunRecord
from mnerbench.reports.analysis.row_data import Costs


def costs_of(records: Sequence[RunRecord], split: str) -> Costs:
    """Means over some finished runs of one method.

    Args:
        records: of the runs.
        split: whose tagging is timed, as records call it.
    """
    return Costs(
        train_seconds=_mean(point.train_seconds for record in records for point in record.curve),
        test_seconds=_mean(
            record.timings[split] / len(record.metrics[split])
            for record in records
            if split in record.timings and record.metrics.get(split)
        ),
        memory=_mean(float(record.peak_memory) for record in records if record.peak_memory is not None),
        parameters=next((dict(record.parameters) for record in records if record.parameters), {}),
    )


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return fmean(found) if found else None
