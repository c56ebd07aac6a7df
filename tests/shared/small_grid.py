"""Jobs and records of a grid, without running it."""

from __future__ import annotations

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.spec import DatasetRef, RunSpec


def job(seed, method="m"):
    data = DatasetRef(name="d", fingerprints={"train": "1", "valid": "2", "test": "3"})
    spec = RunSpec(
        method=method, family=method, config={}, dataset=data, encoder=None, training=None, protocol="equal", seed=seed
    )
    return Job(spec, None)


def record(spec, status=Status.DONE, started="2026-01-01", seconds=10.0, error=None):
    return RunRecord(identity=spec.identity, spec=spec, status=status, started=started, seconds=seconds, error=error)


def moved(item, *others):
    """The job, also scored on other datasets."""
    refs = [DatasetRef(name=name, fingerprints={"test": name}) for name in others]
    return Job(item.spec.with_transfer(refs), None)
