"""MLflow, filled from records: a parent run per suite, a child run per run spec, each once.

Records are the truth; `benchmark/logbook.py` copes with a server that is down. A server may be shared: every run
carries the results folder that it came from, and no other folder's runs are ever touched.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from mnerbench.benchmark.code_state import code_digest
from mnerbench.benchmark.records import RunRecord, Status
from mnerbench.benchmark.spec import RunSpec

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

EXPERIMENT = "mnerbench"
STORE = "mnerbench.store"
_ENDS = {Status.DONE: "FINISHED", Status.FAILED: "FAILED", Status.INTERRUPTED: "KILLED"}
_DATABASE = "mlflow.db"
_BATCH = 900  # MLflow takes at most 1,000 metrics a call
# What the name of a metric may not hold: the score of a transfer, `test@twitter17`, is `test.twitter17` there.
_UNKNOWN_SIGN = re.compile(r"[^\w. :/-]", re.ASCII)


def tracking_uri(out: Path) -> str:
    """`MLFLOW_TRACKING_URI` when it is set, else a SQLite file in the results folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(out / _DATABASE).resolve()}"


def store_name(out: Path) -> str:
    """What tells one results folder from all others that log to the same server: host name and absolute path."""
    return f"{socket.gethostname()}:{out.resolve()}"


def _params(record: RunRecord) -> dict[str, str]:
    spec = record.spec
    params: dict[str, Any] = {
        "method": spec.method,
        "dataset": spec.dataset.name,
        "train_tweets": spec.dataset.train_tweets or "all",
        "seed": spec.seed,
        "protocol": spec.protocol,
    }
    params |= {"encoder": spec.encoder.name if spec.encoder else "none", **_inputs(spec)}
    params |= {"encoder_digest": spec.encoder.digest} if spec.encoder else {}
    params |= {f"config.{key}": value for key, value in spec.config.items()}
    if spec.training is not None:
        params |= {f"training.{key}": value for key, value in spec.training.model_dump(mode="json").items()}
    return {key: str(value)[:6000] for key, value in params.items()}


def _inputs(spec: RunSpec) -> dict[str, str]:
    return {f"input.{kind}": source for kind, source in spec.dataset.sources.items()}


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
    """Four verbs over one MLflow run each: start, parameters, metrics, end. Use :func:`open_tracker` to get one.

    Args:
        client: an MLflow client.
        suite: parent run's name; every results folder has its own parent for it.
        out: the results folder that the records are in.
        own: the client's store is the SQLite file of that folder. All runs in it are then the folder's, also after it
            was moved, and artifacts go beside it; a server keeps them where it wants.
    """

    def __init__(self, client: MlflowClient, suite: str, out: Path, *, own: bool) -> None:
        self._client, self._store, self._out, self._own = client, store_name(out), out, own
        found = client.get_experiment_by_name(EXPERIMENT)
        location = (out / "mlartifacts").resolve().as_uri() if own else None
        self._experiment = (
            found.experiment_id if found else client.create_experiment(EXPERIMENT, artifact_location=location)
        )
        parents = self._ours("mnerbench.suite", suite)
        self._parent = parents[0].info.run_id if parents else self._make_parent(suite)

    def _ours(self, tag: str, value: str) -> list[Run]:
        """Runs of this results folder with a tag. The folder is compared here: a filter cannot quote every path."""
        found, token = [], None
        while True:
            page = self._client.search_runs([self._experiment], f"tags.`{tag}` = '{value}'", page_token=token)
            found += [run for run in page if self._own or run.data.tags.get(STORE) == self._store]
            token = page.token
            if not token:
                return found

    def _make_parent(self, suite: str) -> str:
        tags = {"mnerbench.suite": suite, STORE: self._store}
        run = self._client.create_run(self._experiment, run_name=suite, tags=tags)
        self._client.set_terminated(run.info.run_id, "FINISHED")
        return str(run.info.run_id)

    def log(self, record: RunRecord, folder: Path) -> bool:
        """Log one run unless MLflow holds it already, complete and from this folder.

        Returns:
            Whether anything was written.
        """
        with _locked(self._out):
            return self._log(record, folder)

    def _log(self, record: RunRecord, folder: Path) -> bool:
        key = f"{record.identity}@{record.started}"
        if self._ours("mnerbench.record", key):
            return False
        run_id = self.start(record)
        self.params(run_id, _params(record))
        self.metrics(run_id, _metrics(record))
        for name in ("record.json", "spec.json"):
            if (folder / name).is_file() and not (folder / name).is_symlink():
                self._client.log_artifact(run_id, str(folder / name))
        self.end(run_id, record, key)
        return True

    def start(self, record: RunRecord) -> str:
        """Open the child run of a record; this folder's older or half-written one of that identity is deleted first."""
        for run in self._ours("mnerbench.identity", record.identity):
            self._client.delete_run(run.info.run_id)
        data = record.spec.dataset
        tags = {
            "mlflow.parentRunId": self._parent,
            STORE: self._store,
            "mnerbench.identity": record.identity,
            "mnerbench.status": record.status.value,
            "mnerbench.method": record.spec.method,
            "mnerbench.dataset": data.name,
            "mnerbench.git": str(record.environment.get("commit", "")),
        }
        tags |= {f"mnerbench.fingerprint.{split}": value for split, value in data.fingerprints.items()}
        if record.code:
            tags["mnerbench.code"] = code_digest(record.code)
        if record.error is not None:
            tags["mnerbench.error"] = f"{record.error.kind}: {record.error.message}"[:5000]
        name = f"{record.spec.method} {data.name} seed {record.spec.seed}"
        run = self._client.create_run(self._experiment, start_time=_milliseconds(record), run_name=name, tags=tags)
        return str(run.info.run_id)

    def params(self, run_id: str, params: dict[str, str]) -> None:
        """Log parameters."""
        from mlflow.entities import Param

        self._client.log_batch(run_id, params=[Param(key, value) for key, value in params.items()])

    def metrics(self, run_id: str, metrics: Iterable[tuple[str, float, int]]) -> None:
        """Log metrics with their steps."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        rows = [Metric(_UNKNOWN_SIGN.sub(".", name), value, now, step) for name, value, step in metrics]
        for cut in range(0, len(rows), _BATCH):
            self._client.log_batch(run_id, metrics=rows[cut : cut + _BATCH])

    def end(self, run_id: str, record: RunRecord, key: str) -> None:
        """Close the run at the time the record ended; only now is it marked as complete."""
        self._client.set_tag(run_id, "mnerbench.record", key)
        self._client.set_terminated(run_id, _ENDS[record.status], end_time=_milliseconds(record, record.seconds))


def _milliseconds(record: RunRecord, after: float = 0.0) -> int:
    """The time `after` seconds into a run, in milliseconds since 1970 as MLflow counts."""
    return int((datetime.fromisoformat(record.started) + timedelta(seconds=after)).timestamp() * 1000)


def open_tracker(out: Path, suite: str) -> MlflowTracker:
    """A tracker of a results folder, with whatever exception the store raises when it cannot be reached."""
    # Set before the import: a dead server should cost seconds, and a benchmark reports to its user only.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import MlflowClient

    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    own = not os.environ.get("MLFLOW_TRACKING_URI")
    with _locked(out):
        if own:
            _make_database(out)
        return MlflowTracker(MlflowClient(tracking_uri=tracking_uri(out)), suite, out, own=own)


def _make_database(out: Path) -> None:
    """Make the SQLite file beside its place: a kill while MLflow makes its tables would leave one that never opens."""
    from mlflow import MlflowClient

    place, partial = out / _DATABASE, out / f".{_DATABASE}.part"
    if not place.exists():
        partial.unlink(missing_ok=True)
        MlflowClient(tracking_uri=f"sqlite:///{partial.resolve()}").get_experiment_by_name(EXPERIMENT)
        partial.replace(place)


def _locked(out: Path) -> FileLock:
    """Held while something is looked for and made where it is missing, so that two processes do not both make it."""
    return FileLock(out / ".mlflow.lock")
