"""The runs behind a report, and which of them are the seeds of one row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mnerbench.benchmark.records import RunRecord, Status
from mnerbench.benchmark.requested import GridFile
from mnerbench.benchmark.spec import RunSpec

# Under this protocol all methods have the same training settings; under any other each has its own by design.
EQUAL = "equal"


@dataclass(frozen=True)
class Run:
    """A run under one of the names it was asked for; `record` is None while it has not ended."""

    identity: str
    spec: RunSpec
    record: RunRecord | None
    suites: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Series:
    """The seeds of one method with one set of settings, ordered by seed."""

    label: str
    runs: tuple[Run, ...]

    @property
    def method(self) -> str:
        """The name without settings."""
        return self.runs[0].spec.method

    @property
    def deterministic(self) -> bool:
        """Whether the method counts."""
        return counts(self.runs[0].spec)

    def ended(self, status: Status) -> list[RunRecord]:
        """Records with this status, ordered by seed."""
        return [run.record for run in self.runs if run.record is not None and run.record.status is status]


def counts(spec: RunSpec) -> bool:
    """Whether a spec is of a method that only counts words."""
    return spec.encoder is None and spec.training is None


def gather(records: Iterable[RunRecord], grids: Sequence[GridFile]) -> list[Run]:
    """Every run that was asked for or made, whatever the order of the arguments."""
    found = {record.identity: record for record in sorted(records, key=lambda r: (r.status is Status.DONE, r.started))}
    plans: dict[tuple[str, str, str, str], tuple[RunSpec, frozenset[str]]] = {}
    for grid in sorted(grids, key=lambda grid: grid.suite):
        for identity, spec in grid.plans():
            # A method that counts has no training, so one run of it is the same row under every protocol.
            protocol = "" if counts(spec) else spec.protocol
            name = (identity, spec.method, spec.dataset.name, protocol)
            known, suites = plans.get(name, (spec, frozenset[str]()))
            plans[name] = known, suites | {grid.suite}
    runs = [Run(name[0], spec, found.get(name[0]), suites) for name, (spec, suites) in plans.items()]
    planned = {run.identity for run in runs}
    runs += [Run(identity, record.spec, record) for identity, record in found.items() if identity not in planned]
    return sorted(runs, key=lambda run: (run.spec.method, run.spec.seed, run.identity))


def as_text(value: object) -> str:
    """Equal content, equal text."""
    return json.dumps(value, sort_keys=True, default=str)


def _facets(spec: RunSpec) -> dict[str, Any]:
    """Everything but the seed in which two runs of one table and method may differ."""
    own = spec.training.model_dump(mode="json") if spec.training is not None and spec.protocol != EQUAL else {}
    inputs = {f"{kind} file": digest[:12] for kind, digest in spec.dataset.inputs.items()}
    if spec.dataset.hidden_pictures:
        inputs["hidden pictures"] = f"{spec.dataset.hidden_pictures:g}"
    training = {f"training.{name}": value for name, value in own.items()}
    versions = {"types": list(spec.dataset.types), "schema": spec.schema_version}
    return {"family": spec.family, **spec.config, **inputs, **training, **versions}


def series_of(runs: Iterable[Run]) -> Iterator[Series]:
    """Runs by method and settings; two settings of one method are two series, and the label says what differs."""
    methods: dict[str, dict[str, list[Run]]] = {}
    for run in runs:
        methods.setdefault(run.spec.method, {}).setdefault(as_text(_facets(run.spec)), []).append(run)
    for method, variants in sorted(methods.items()):
        facets = [_facets(found[0].spec) for found in variants.values()]
        names = sorted({name for one in facets for name in one if any(one[name] != o.get(name) for o in facets)})
        for found, one in zip(variants.values(), facets, strict=True):
            settings = ", ".join(f"{name}={_plain(one[name])}" for name in names if name in one)
            yield Series(f"{method} ({settings})" if settings else method, tuple(sorted(found, key=_order)))


def _order(run: Run) -> tuple[int, str]:
    return run.spec.seed, run.identity


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
