"""The runs of a report, and their grouping into series of seeds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from mnerbench.benchmark.results.manifest import FEWEST_SEEDS, SuiteManifest
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.spec import EXTERNAL, DatasetRef, RunSpec, transfer_title

# Under this protocol all methods share their training settings; under the others settings differ by design.
EQUAL = "equal"


@dataclass(frozen=True)
class Run:
    """A run under one of the names under which it was planned, scored on one test split.

    Attributes:
        identity: of the run.
        spec: under that name.
        record: None until the run has ended.
        suites: that planned the run.
        split: name in the record: `test`, or `test@twitter17` for a transfer.
        damaged: whether the run has ended with a record that is unreadable or inconsistent, and is left out.
        extension: number of the request that added the run to its suite after the first one; 0 for the first.
        looks: numbers of seeds at which its suites compare methods; empty without.
    """

    identity: str
    spec: RunSpec
    record: RunRecord | None
    suites: frozenset[str] = frozenset()
    split: str = "test"
    damaged: bool = False
    extension: int = 0
    looks: tuple[int, ...] = ()

    @property
    def external(self) -> bool:
        """Whether the predictions come from a file, so that the training is unknown."""
        return self.spec.family == EXTERNAL

    @property
    def tested_on(self) -> DatasetRef:
        """The dataset of the test split."""
        return self.spec.tests[self.split][0]

    @property
    def data(self) -> str:
        """Name of the data in tables: `twitter15`, `twitter15 (500 tweets)`, `twitter15 → twitter17`."""
        return transfer_title(self.spec.dataset, self.tested_on)

    @property
    def fingerprints(self) -> dict[str, str]:
        """sha256 of the splits of training and test."""
        trained_on = dict(self.spec.dataset.fingerprints)
        return trained_on if self.split == "test" else {**trained_on, self.split: self.tested_on.fingerprints["test"]}


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
        """The test split, as named in records."""
        return self.runs[0].split

    @property
    def deterministic(self) -> bool:
        """Whether the method is count-based, and independent of the seed."""
        spec = self.runs[0].spec
        return spec.is_untrained and not spec.seeded and spec.dataset.train_tweets is None

    @property
    def external(self) -> bool:
        """Whether the predictions come from files."""
        return self.runs[0].external

    @property
    def planned(self) -> int:
        """The number of runs planned before any could be compared: with the first request, or the first of enough."""
        planned, count = [run.extension for run in self.runs if run.suites], 0
        for extension in sorted(set(planned)):
            count = sum(other <= extension for other in planned)
            if count >= FEWEST_SEEDS:
                break
        return count

    @property
    def looks(self) -> tuple[int, ...]:
        """Numbers of seeds at which suites compare the method, those of all suites together; empty without."""
        return tuple(sorted({look for run in self.runs for look in run.looks}))

    def ended(self, status: Status) -> list[RunRecord]:
        """Records with this status, ordered by seed."""
        return [run.record for run in self.runs if run.record is not None and run.record.status is status]


def gather(
    records: Iterable[RunRecord],
    manifests: Sequence[SuiteManifest],
    left_out: Mapping[str, RunSpec | None] = MappingProxyType({}),
) -> list[Run]:
    """Every planned or executed run, independent of the order of the arguments.

    Args:
        records: of ended runs.
        manifests: the runs that suites planned.
        left_out: runs with damaged records, by identity, with their specs where readable.
    """
    by_identity = {r.identity: r for r in sorted(records, key=lambda r: (r.status is Status.DONE, r.started))}
    plans: dict[tuple[str, ...], Run] = {}
    for manifest in sorted(manifests, key=lambda manifest: manifest.suite):
        for identity, spec in manifest.named_runs():
            # A count-based method has no training: its run is the same row under every protocol.
            protocol = "" if spec.is_untrained else spec.protocol
            for split in spec.tests:
                key = (identity, spec.method, spec.dataset.title, protocol, split)
                scored = _scored(by_identity.get(identity), spec, split)
                extension = manifest.extensions.get(identity, 0)
                new = Run(identity, spec, scored, split=split, damaged=identity in left_out, extension=extension)
                run = plans.get(key) or new
                plans[key] = replace(
                    run,
                    suites=run.suites | {manifest.suite},
                    extension=min(run.extension, extension),
                    looks=tuple(sorted({*run.looks, *manifest.looks})),
                )
    planned = {run.identity for run in plans.values()}
    runs = [*plans.values()]
    for identity, record in by_identity.items():
        if identity not in planned:
            runs += [Run(identity, record.spec, record, split=split) for split in record.spec.tests]
    for identity, damaged_spec in left_out.items():
        if damaged_spec is not None and identity not in planned:
            runs += [Run(identity, damaged_spec, None, split=split, damaged=True) for split in damaged_spec.tests]
    return sorted(runs, key=lambda run: (run.spec.method, run.spec.seed, run.identity))


def _scored(record: RunRecord | None, spec: RunSpec, split: str) -> RunRecord | None:
    """The record, or None if the run was done without a score on a split that is planned now."""
    if record is None or record.status is not Status.DONE:
        return record
    return record if record.scored_on(spec, split) else None


def as_text(value: object) -> str:
    """A text that is equal for equal content."""
    return json.dumps(value, sort_keys=True, default=str)


def _facets(spec: RunSpec, vectors: Mapping[str, str]) -> dict[str, Any]:
    """Everything except the seed in which two runs of the same table and method may differ.

    Args:
        spec: of a run.
        vectors: names of word vectors by digest, since the same file may have several names.
    """
    settings = spec.training.model_dump(mode="json") if spec.training is not None and spec.protocol != EQUAL else {}
    inputs = {f"{kind} file": digest[:12] for kind, digest in spec.dataset.inputs.items()}
    if spec.vectors is not None:
        inputs["word vectors"] = vectors[spec.vectors.digest]
    if spec.dataset.hidden_pictures:
        inputs["hidden pictures"] = f"{spec.dataset.hidden_pictures:g}"
    training = {f"training.{name}": value for name, value in settings.items()}
    versions = {"types": list(spec.dataset.types), "schema": spec.schema_version, "revision": spec.revision}
    return {"family": spec.family, **spec.config, **inputs, **training, **versions}


def series_of(runs: Iterable[Run]) -> Iterator[Series]:
    """Group runs by method and settings; if a method has several settings, the labels name the differences."""
    methods: dict[str, dict[str, list[Run]]] = {}
    listed = list(runs)
    vectors: dict[str, str] = {}
    for ref in (run.spec.vectors for run in listed):
        if ref is not None:
            vectors[ref.digest] = min(ref.title, vectors.get(ref.digest, ref.title))
    for run in listed:
        methods.setdefault(run.spec.method, {}).setdefault(as_text(_facets(run.spec, vectors)), []).append(run)
    for method, variants in sorted(methods.items()):
        facets = [_facets(seeds[0].spec, vectors) for seeds in variants.values()]
        differing = {name for facet in facets for name in facet if any(facet[name] != o.get(name) for o in facets)}
        for seeds, facet in zip(variants.values(), facets, strict=True):
            settings = ", ".join(f"{name}={_setting_text(facet[name])}" for name in sorted(differing) if name in facet)
            yield Series(f"{method} ({settings})" if settings else method, tuple(sorted(seeds, key=_seed_order)))


def _seed_order(run: Run) -> tuple[int, str]:
    return run.spec.seed, run.identity


def _setting_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
