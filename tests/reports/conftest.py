"""Hand-made records and manifests with given scores."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from mnerbench.benchmark.results.manifest import NotRun, SuiteManifest
from mnerbench.benchmark.results.record import EpochPoint, RunError, RunRecord, Status, StoredScore
from mnerbench.benchmark.results.scoring import Counts, Scorer
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef, RunSpec, TrainingSettings

GOLD = 10_000
ENCODER = EncoderRef(name="bert-base", digest="e" * 64)


class Make:
    """Specs, records and manifests with the fields of a test and defaults for the others."""

    training = TrainingSettings(epochs=2)

    def spec(self, method="bert-crf", seed=0, *, dataset="made15", captions=None, **fields):
        """A trained method's spec; counting methods are known by name."""
        counting = method in ("majority", "lookup")
        inputs = {"inputs": {"captions": "c" * 64}, "sources": {"captions": captions}} if captions else {}
        data = DatasetRef(
            name=dataset, fingerprints={"train": f"train of {dataset}", "test": f"of {dataset}"}, **inputs
        )
        base = {"family": method, "config": {"dropout": 0.1}, "dataset": data, "protocol": "equal"}
        base |= {"encoder": None if counting else ENCODER, "training": None if counting else self.training}
        return RunSpec(**{**base, "method": method, "seed": seed, **fields})

    def score(self, f1, gold=GOLD):
        """Counts whose F1 is `f1` to four decimals; half of the entities are of each type."""
        right = round(f1 * gold)
        parts = {"LOC": (right // 2, gold // 2), "PER": (right - right // 2, gold - gold // 2)}
        types = {kind: Counts(correct=c, predicted=n, gold=n) for kind, (c, n) in parts.items()}
        return StoredScore(overall=Counts(correct=right, predicted=gold, gold=gold), types=types)

    def scores(self, f1: float | Mapping[str, float]):
        """The same F1 under every scorer, or one by scorer."""
        return {s.value: self.score(f1[s.value] if isinstance(f1, Mapping) else f1) for s in Scorer}

    def record(self, spec, views=None, **fields):
        """A finished run with an F1 per view; a number stands for the view `t`."""
        views = {"t": views} if isinstance(views, float) else views or {}
        test = {view: self.scores(f1) for view, f1 in views.items()}
        point = EpochPoint(epoch=1, loss=1.0, losses={}, dev_f1=0.5, train_seconds=90.0, dev_seconds=5.0)
        trained = {"curve": (point, point), "parameters": {"total": 108_000_000}} if spec.training else {}
        base = {"identity": spec.identity, "spec": spec, "status": Status.DONE, "started": "2025-01-01T00:00:00+00:00"}
        base |= {"seconds": 10.0, "metrics": {"test": test} if test else {}, "primary_view": next(iter(views), "t")}
        return RunRecord(**{**base, **trained, **fields})

    def failed(self, spec, message="out of memory", **fields):
        """A run that failed."""
        error = RunError(kind="RuntimeError", message=message, traceback="")
        return self.record(spec, status=Status.FAILED, error=error, curve=(), parameters={}, **fields)

    def seeds(self, method, values, **fields):
        """Finished runs of seeds 0, 1, ... of one method; a value is an F1 in view `t`, or F1 by view."""
        return [self.record(self.spec(method, seed, **fields), value) for seed, value in enumerate(values)]

    def grid(self, specs, suite="mine", baseline="bert-crf", not_run=None):
        """What a suite asked for."""
        runs = {spec.identity: spec for spec in specs}
        seeds = sorted({spec.seed for spec in specs}) or [0]
        lacking = {name: NotRun(reason=reason, seeds=seeds) for name, reason in (not_run or {}).items()}
        return SuiteManifest(suite=suite, title="A suite", baseline=baseline, runs=runs, not_run=lacking)


class Look:
    """Lookups in tables, which fail unless there is exactly one result."""

    def only(self, tables):
        """The one table."""
        (table,) = tables
        return table

    def row(self, table, method, view="t"):
        """The one row of a method in a view."""
        (match,) = [row for row in table.rows if (row.method, row.view) == (method, view)]
        return match

    def warned(self, table, text):
        """The warnings that say something."""
        return [warning for warning in table.warnings if text in warning]


@pytest.fixture
def look():
    """Lookups in tables."""
    return Look()


@pytest.fixture
def make():
    """A factory of specs, records and manifests."""
    return Make()


@pytest.fixture
def here():
    """The folder of the report tests."""
    return Path(__file__).parent
