"""The runs behind a report, and which of them are the seeds of one row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from mnerbench.benchmark.results.manifest import SuiteManifest
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.spec import EXTERNAL, DatasetRef, RunSpec, transfer_title

# Under this protocol all methods have the same training settings; under any other each has its own by design.
EQUAL = "equal"


@dataclass(frozen=True)
class Run:
    """A run under one of the names it was asked for, scored on one test split.

    Attributes:
        identity: of the run.
        spec: under that name.
        record: None while the run has not ended.
        suites: that asked for it.
        split: as the record calls it: `test`, or `test@twitter17` for a transfer.
        damaged: it has ended, and its record cannot be read or believed, so that it is left out.
    """

    identity: str
    spec: RunSpec
    record: RunRecord | None
    suites: frozenset[str] = frozenset()
    split: str = "test"
    damaged: bool = False

    @property
    def external(self) -> bool:
        """Whether its predictions come from a file, so that nothing is known of its training."""
        return self.spec.family == EXTERNAL

    @property
    def tested_on(self) -> DatasetRef:
        """The dataset of the test split."""
        return self.spec.tests[self.split][0]

    @property
    def data(self) -> str:
        """What tables call the data: `twitter15`, `twitter15 (500 tweets)`, `twitter15 → twitter17`."""
        return transfer_title(self.spec.dataset, self.tested_on)

    @property
    def fingerprints(self) -> dict[str, str]:
        """sha256 of what was trained and scored on."""
        own = dict(self.spec.dataset.fingerprints)
        return own if self.split == "test" else {**own, self.split: self.tested_on.fingerprints["test"]}


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
    def split(self) -> str:
        """The test split, as records call it."""
        return self.runs[0].split

    @property
    def deterministic(self) -> bool:
        """Whether the method counts, and counts the same with every seed."""
        return self.runs[0].spec.counts and self.runs[0].spec.dataset.train_tweets is None

    @property
    def external(self) -> bool:
        """Whether the predictions come from files."""
        return self.runs[0].external

    def ended(self, status: Status) -> list[RunRecord]:
        """Records with this status, ordered by seed."""
        return [run.record for run in self.runs if run.record is not None and run.record.status is status]


def gather(
    records: Iterable[RunRecord],
    grids: Sequence[SuiteManifest],
    left_out: Mapping[str, RunSpec | None] = MappingProxyType({}),
) -> list[Run]:
    """Every run that was asked for or made, whatever the order of the arguments.

    Args:
        records: of ended runs.
        grids: what suites asked for.
        left_out: by identity, runs whose records are damaged, with their specs where these can be read.
    """
    found = {record.identity: record for record in sorted(records, key=lambda r: (r.status is Status.DONE, r.started))}
    plans: dict[tuple[str, ...], Run] = {}
    for grid in sorted(grids, key=lambda grid: grid.suite):
        for identity, spec in grid.plans():
            # A method that counts has no training, so one run of it is the same row under every protocol.
            protocol = "" if spec.counts else spec.protocol
            for split in spec.tests:
                name = (identity, spec.method, spec.dataset.title, protocol, split)
                scored = _scored(found.get(identity), spec, split)
                new = Run(identity, spec, scored, split=split, damaged=identity in left_out)
                known = plans.get(name) or new
                plans[name] = replace(known, suites=known.suites | {grid.suite})
    planned = {run.identity for run in plans.values()}
    runs = [*plans.values()]
    for identity, record in found.items():
        if identity not in planned:
            runs += [Run(identity, record.spec, record, split=split) for split in record.spec.tests]
    for identity, lost in left_out.items():
        if lost is not None and identity not in planned:
            runs += [Run(identity, lost, None, split=split, damaged=True) for split in lost.tests]
    return sorted(runs, key=lambda run: (run.spec.method, run.spec.seed, run.identity))


def _scored(record: RunRecord | None, spec: RunSpec, split: str) -> RunRecord | None:
    """The record, unless the run is done without having been scored on a split that is now asked for."""
    if record is None or record.status is not Status.DONE:
        return record
    return record if record.scored_on(spec, split) else None


def as_text(value: object) -> str:
    """Equal content, equal text."""
    return json.dumps(value, sort_keys=True, default=str)


def _facets(spec: RunSpec, vectors: Mapping[str, str]) -> dict[str, Any]:
    """Everything but the seed in which two runs of one table and method may differ.

    Args:
        spec: of a run.
        vectors: what vectors of words are called, by digest: the same file may have been given several names.
    """
    own = spec.training.model_dump(mode="json") if spec.training is not None and spec.protocol != EQUAL else {}
    inputs = {f"{kind} file": digest[:12] for kind, digest in spec.dataset.inputs.items()}
    if spec.encoder is not None and spec.encoder.words:
        inputs["word vectors"] = vectors[spec.encoder.digest]
    if spec.dataset.hidden_pictures:
        inputs["hidden pictures"] = f"{spec.dataset.hidden_pictures:g}"
    training = {f"training.{name}": value for name, value in own.items()}
    versions = {"types": list(spec.dataset.types), "schema": spec.schema_version, "revision": spec.revision}
    return {"family": spec.family, **spec.config, **inputs, **training, **versions}


def series_of(runs: Iterable[Run]) -> Iterator[Series]:
    """Runs by method and settings; two settings of one method are two series, and the label says what differs."""
    methods: dict[str, dict[str, list[Run]]] = {}
    listed = list(runs)
    vectors: dict[str, str] = {}
    for ref in (run.spec.encoder for run in listed):
        if ref is not None:
            vectors[ref.digest] = min(ref.title, vectors.get(ref.digest, ref.title))
    for run in listed:
        methods.setdefault(run.spec.method, {}).setdefault(as_text(_facets(run.spec, vectors)), []).append(run)
    for method, variants in sorted(methods.items()):
        facets = [_facets(found[0].spec, vectors) for found in variants.values()]
        names = sorted({name for one in facets for name in one if any(one[name] != o.get(name) for o in facets)})
        for found, one in zip(variants.values(), facets, strict=True):
            settings = ", ".join(f"{name}={_plain(one[name])}" for name in names if name in one)
            yield Series(f"{method} ({settings})" if settings else method, tuple(sorted(found, key=_order)))


def _order(run: Run) -> tuple[int, str]:
    return run.spec.seed, run.identity


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
