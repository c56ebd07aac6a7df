"""Time, memory and parameters of runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean

from mnerbench.benchmark.results.record import RunRecord
from mnerbench.reports.analysis.row_data import Costs


def mean_costs(records: Sequence[RunRecord], split: str) -> Costs:
    """Mean costs over the finished runs of one method.

    Args:
        records: of the runs.
        split: name, in records, of the split that is tagged.
    """
    return Costs(
        train_seconds=_mean(point.train_seconds for record in records for point in record.curve),
        test_seconds=_mean(
            record.timings[split] / len(record.metrics[split])
            for record in records
            if split in record.timings and record.metrics.get(split)
        ),
        memory=_mean(float(record.peak_memory) for record in records if record.peak_memory is not None),
        run_seconds=_mean(record.seconds for record in records),
        parameters=next((dict(record.parameters) for record in records if record.parameters), {}),
    )


def _mean(values: Iterable[float]) -> float | None:
    present = list(values)
    return fmean(present) if present else None
