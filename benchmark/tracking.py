"""MLflow, filled from records: a parent run per suite, a child run per run spec, each once.

Records are the truth; a tracking server that is down costs a warning, and `sync` fills in the rest later.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.benchmark.records import RunRecord, RunStore, Status

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)

EXPERIMENT = "mnerbench"
_ENDS = {Status.DONE: "FINISHED", Status.FAILED: "FAILED", Status.INTERRUPTED: "KILLED"}
_BATCH = 900  # MLflow takes at most 1,000 metrics a call


def tracking_uri(out: Path) -> str:
    """`MLFLOW_TRACKING_URI` when it is set, else a SQLite file in the results folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(out / 'mlflow.db').resolve()}"


def _params(record: RunRecord) -> dict[str, str]:
    spec = record.spec
    params: dict[str, Any] = {
        "method": spec.method,
        "dataset": spec.dataset.name,
        "seed": spec.seed,
        "protocol": spec.protocol,
    }
    params |= {"encoder": spec.encoder.name if spec.encoder else "none", "captions": spec.dataset.captions or "none"}
    params |= {f"config.{key}": value for key, value in spec.config.items()}
    if spec.training is not None:
        params |= {f"training.{key}": value for key, value in spec.training.model_dump(mode="json").items()}
    return {key: str(value)[:6000] for key, value in params.items()}


def _metrics(record: RunRecord) -> Iterator[tuple[str, float, int]]:
    """Name, value and step of everything numeric."""
    for point in record.curve:
        yield "dev/f1", point.dev_f1, point.epoch
        yield "train/loss", point.loss, point.epoch
        yield "train/seconds", point.train_seconds, point.epoch
        for name, value in point.losses.items():
            yield f"train/loss/{name}", value, point.epoch
    for split, views in record.metrics.items():
        for view, scorers in views.items():
            for scorer, stored in scorers.items():
                place, counts = f"{split}/{view}/{scorer}", stored.overall.counts()
                yield f"{place}/f1", counts.f1, 0
                yield f"{place}/precision", counts.precision, 0
                yield f"{place}/recall", counts.recall, 0
                for kind, of_kind in stored.types.items():
                    yield f"{place}/f1/{kind}", of_kind.counts().f1, 0
    for name, seconds in record.timings.items():
        yield f"seconds/{name}", seconds, 0


class MlflowTracker:
    """Four verbs over one MLflow run each: start, parameters, metrics, end. Use :func:`tracker` to get one.

    Args:
        client: an MLflow client.
        suite: parent run's name.
        artifacts: where artifacts go for a local SQLite store; None leaves it to the server.
    """

    def __init__(self, client: MlflowClient, suite: str, artifacts: Path | None) -> None:
        self._client = client
        found = client.get_experiment_by_name(EXPERIMENT)
        location = artifacts.resolve().as_uri() if artifacts is not None else None
        self._experiment = (
            found.experiment_id if found else client.create_experiment(EXPERIMENT, artifact_location=location)
        )
        self._parent = self._find(f"tags.`mnerbench.suite` = '{suite}'") or self._make_parent(suite)

    def _find(self, where: str) -> str | None:
        runs = self._client.search_runs([self._experiment], where, max_results=1)
        return runs[0].info.run_id if runs else None

    def _make_parent(self, suite: str) -> str:
        run = self._client.create_run(self._experiment, run_name=suite, tags={"mnerbench.suite": suite})
        self._client.set_terminated(run.info.run_id, "FINISHED")
        return str(run.info.run_id)

    def log(self, record: RunRecord, folder: Path) -> bool:
        """Log one run unless MLflow holds it already, complete.

        Returns:
            Whether anything was written.
        """
        key = f"{record.identity}@{record.started}"
        if self._find(f"tags.`mnerbench.record` = '{key}'"):
            return False
        run_id = self.start(record)
        self.params(run_id, _params(record))
        self.metrics(run_id, _metrics(record))
        for name in ("record.json", "spec.json"):
            if (folder / name).is_file():
                self._client.log_artifact(run_id, str(folder / name))
        self.end(run_id, record.status, key)
        return True

    def start(self, record: RunRecord) -> str:
        """Open the child run of a record; an older or half-written one of the same identity is deleted first."""
        old = self._client.search_runs([self._experiment], f"tags.`mnerbench.identity` = '{record.identity}'")
        for run in old:
            self._client.delete_run(run.info.run_id)
        data = record.spec.dataset
        tags = {
            "mlflow.parentRunId": self._parent,
            "mnerbench.identity": record.identity,
            "mnerbench.status": record.status.value,
            "mnerbench.method": record.spec.method,
            "mnerbench.dataset": data.name,
            "mnerbench.git": str(record.environment.get("commit", "")),
        }
        tags |= {f"mnerbench.fingerprint.{split}": value for split, value in data.fingerprints.items()}
        if record.error is not None:
            tags["mnerbench.error"] = f"{record.error.kind}: {record.error.message}"[:5000]
        begun = int(datetime.fromisoformat(record.started).timestamp() * 1000)
        name = f"{record.spec.method} {data.name} seed {record.spec.seed}"
        run = self._client.create_run(self._experiment, start_time=begun, run_name=name, tags=tags)
        return str(run.info.run_id)

    def params(self, run_id: str, params: dict[str, str]) -> None:
        """Log parameters."""
        from mlflow.entities import Param

        self._client.log_batch(run_id, params=[Param(key, value) for key, value in params.items()])

    def metrics(self, run_id: str, metrics: Iterable[tuple[str, float, int]]) -> None:
        """Log metrics with their steps."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        rows = [Metric(name, value, now, step) for name, value, step in metrics]
        for cut in range(0, len(rows), _BATCH):
            self._client.log_batch(run_id, metrics=rows[cut : cut + _BATCH])

    def end(self, run_id: str, status: Status, key: str) -> None:
        """Close the run; only now is it marked as complete."""
        self._client.set_tag(run_id, "mnerbench.record", key)
        self._client.set_terminated(run_id, _ENDS[status])


@contextmanager
def tracker(out: Path, suite: str) -> Iterator[MlflowTracker | None]:
    """A tracker, or None with a warning when the tracking store cannot be reached."""
    # Set before the import: a dead server should cost seconds, and a benchmark reports to its user only.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    uri = tracking_uri(out)
    try:
        from mlflow import MlflowClient

        logging.getLogger("alembic").setLevel(logging.WARNING)
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        local = None if os.environ.get("MLFLOW_TRACKING_URI") else out / "mlartifacts"
        made: MlflowTracker | None = MlflowTracker(MlflowClient(tracking_uri=uri), suite, local)
    except Exception as error:  # noqa: BLE001 - whatever a tracking server does, the runs go on
        _warn(uri, error)
        made = None
    yield made


def _warn(uri: str, error: Exception) -> None:
    reason = str(error).splitlines()[0] if str(error) else ""
    log.warning(
        "MLflow at %s: %s %s; nothing is lost: `benchmark sync` fills it from the records",
        uri,
        type(error).__name__,
        reason,
    )


def track(made: MlflowTracker | None, record: RunRecord, store: RunStore, uri: str) -> bool:
    """Log a record; a failure is a warning.

    Returns:
        Whether the store now holds the record.
    """
    if made is None:
        return False
    try:
        made.log(record, store.folder(record.identity))
    except Exception as error:  # noqa: BLE001 - as above
        _warn(uri, error)
        return False
    return True
