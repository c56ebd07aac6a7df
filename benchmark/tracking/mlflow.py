"""Logs records to MLflow: one parent run per suite, one child run per run spec.

The records on disk are authoritative; `background.py` handles unreachable servers. A server may be shared: every MLflow
run is tagged with its results folder, and runs of other folders are never changed.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.benchmark.results.code_state import code_digest
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.tracking.address import OTHER_STORE, MlflowAddress, address_of
from mnerbench.benchmark.tracking.metric_names import mlflow_name, mlflow_value
from mnerbench.datasets.atomic_files import write_bytes_atomically
from mnerbench.datasets.errors import MnerbenchError, StoreError
from mnerbench.datasets.network_waiting import warn_if_slow
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import read_bytes, require_inside

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

EXPERIMENT = "mnerbench"
STORE = "mnerbench.store"
_ENDS = {Status.DONE: "FINISHED", Status.FAILED: "FAILED", Status.INTERRUPTED: "KILLED"}
_BATCH = 900  # MLflow accepts at most 1,000 metrics per call
_SUITE = "mnerbench.suite"
# HTTP status codes that reject a record, except those that mean "try later".
_REJECTIONS, _TRY_LATER = range(400, 500), {401, 403, 407, 408, 425, 429}


def tracking_uri(out: Path) -> str:
    """`MLFLOW_TRACKING_URI` if set, else the SQLite file of the results folder."""
    return address_of(out).uri


def store_name(out: Path) -> str:
    """The unique name of a results folder on a shared server: host name and absolute path."""
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
    params |= {"partial": spec.partial} if spec.partial else {}
    params |= {"encoder": spec.encoder.name if spec.encoder else "none", **_inputs(spec)}
    params |= {"encoder_digest": spec.encoder.digest} if spec.encoder else {}
    if words := spec.word_vectors:
        params |= {"word_vectors": words.name, "word_vectors_digest": words.digest}
    params |= {f"config.{key}": value for key, value in spec.config.items()}
    if spec.training is not None:
        params |= {f"training.{key}": value for key, value in spec.training.model_dump(mode="json").items()}
    return {mlflow_name(key): mlflow_value(value) for key, value in params.items()}


def _inputs(spec: RunSpec) -> dict[str, str]:
    return {f"input.{kind}": source for kind, source in spec.dataset.sources.items()}


def _metrics(record: RunRecord) -> Iterator[tuple[str, float, int]]:
    """Name, value and step of all metrics of a record."""
    for point in record.curve:
        yield "dev/f1", point.dev_f1, point.epoch
        yield "train/loss", point.loss, point.epoch
        yield "train/seconds", point.train_seconds, point.epoch
        for name, value in point.losses.items():
            yield f"train/loss/{name}", value, point.epoch
    for split, views in record.metrics.items():
        for view, scorers in views.items():
            for scorer, stored in scorers.items():
                prefix, counts = f"{split}/{view}/{scorer}", stored.overall
                yield f"{prefix}/f1", counts.f1, 0
                yield f"{prefix}/precision", counts.precision, 0
                yield f"{prefix}/recall", counts.recall, 0
                for kind, of_kind in stored.types.items():
                    yield f"{prefix}/f1/{kind}", of_kind.f1, 0
    for name, seconds in record.timings.items():
        yield f"seconds/{name}", seconds, 0


class MlflowTracker:
    """Logs runs in four steps: start, parameters, metrics, end. Create it with :func:`open_tracker`.

    Args:
        client: an MLflow client.
        suite: name of the parent run; each results folder has its own parent run.
        address: address of the client's store. All runs in a folder's own store belong to the folder, even if it was
            moved, and files are stored next to it; a server decides where to store files.

    Raises:
        StoreError: The folder's own store keeps files elsewhere.
    """

    def __init__(self, client: MlflowClient, suite: str, address: MlflowAddress) -> None:
        self._client, self._store, self._address = client, mlflow_value(store_name(address.out)), address
        experiment = client.get_experiment_by_name(EXPERIMENT)
        location = address.artifacts.as_uri() if address.artifacts is not None else None
        if experiment:
            address.check_artifacts(experiment.artifact_location)
        self._experiment = (
            experiment.experiment_id if experiment else client.create_experiment(EXPERIMENT, artifact_location=location)
        )
        self._end_abandoned()
        parents = self._ours(_SUITE, suite)
        self._parent = parents[0].info.run_id if parents else self._make_parent(suite)

    def answers(self) -> bool:
        """Whether the store responds."""
        try:
            self._client.get_experiment(self._experiment)
        except Exception:  # noqa: BLE001 - a tracking server may raise anything
            return False
        return True

    def _end_abandoned(self) -> None:
        """End the runs of killed processes; none can be active, since writing requires the store's lock."""
        for run in self._runs("attributes.status = 'RUNNING'"):
            if run.data.tags.keys() & {_SUITE, "mnerbench.identity"}:
                self._client.set_terminated(run.info.run_id, "FINISHED" if _SUITE in run.data.tags else "KILLED")

    def _ours(self, tag: str, value: str) -> list[Run]:
        """Runs of this results folder with a tag."""
        value = mlflow_value(value)
        # A filter cannot quote every value; in that case all runs are searched.
        query = f"tags.`{tag}` = '{value}'" if value.isprintable() and not set(value) & set("'\"`\\") else ""
        return [run for run in self._runs(query) if run.data.tags.get(tag) == value]

    def _runs(self, query: str) -> list[Run]:
        """Runs of this results folder. The folder is compared here because a filter cannot quote every path."""
        runs, token = [], None
        while True:
            page = self._client.search_runs([self._experiment], query, page_token=token)
            runs += [run for run in page if self._address.in_folder or run.data.tags.get(STORE) == self._store]
            token = page.token
            if not token:
                return runs

    def _make_parent(self, suite: str) -> str:
        tags = {_SUITE: mlflow_value(suite), STORE: self._store}
        run = self._client.create_run(self._experiment, run_name=one_line(suite, 200), tags=tags)
        self._client.set_terminated(run.info.run_id, "FINISHED")
        return str(run.info.run_id)

    def log(self, record: RunRecord, folder: Path) -> bool:
        """Log a run unless MLflow already has it, complete and from this folder.

        A run that cannot be completed is ended as failed, and logged again the next time.

        Returns:
            Whether anything was written.
        """
        with self._address.locked():
            key = f"{record.identity}@{record.started}"
            if self._ours("mnerbench.record", key):
                return False
            run_id = self.start(record)
            try:
                self._fill(run_id, record, folder)
                self.end(run_id, record, key)
            except BaseException:
                with suppress(Exception):
                    self._client.set_terminated(run_id, "FAILED")
                raise
        return True

    def _fill(self, run_id: str, record: RunRecord, folder: Path) -> None:
        self.params(run_id, _params(record))
        self.metrics(run_id, _metrics(record))
        for name in ("record.json", "spec.json"):
            if (folder / name).is_file() and not (folder / name).is_symlink():
                self._file(run_id, require_inside(folder, folder / name, StoreError))

    def _file(self, run_id: str, path: Path) -> None:
        if not self._address.in_folder:
            self._client.log_artifact(run_id, str(path))
            return
        # Not through MLflow's client, which reads the location again and may get another one from the database.
        folder = self._address.check_artifacts(self._client.get_run(run_id).info.artifact_uri)
        if folder is not None:
            write_bytes_atomically(folder / path.name, read_bytes(path, error=StoreError))

    def start(self, record: RunRecord) -> str:
        """Create the child run of a record, after deleting this folder's older or incomplete run of that identity."""
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
            tags["mnerbench.error"] = f"{record.error.kind}: {record.error.message}"
        tags = {mlflow_name(key): mlflow_value(value) for key, value in tags.items()}
        name = one_line(f"{record.spec.method} {data.name} seed {record.spec.seed}", 200)
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
        rows = [Metric(mlflow_name(name), value, now, step) for name, value, step in metrics]
        for cut in range(0, len(rows), _BATCH):
            self._client.log_batch(run_id, metrics=rows[cut : cut + _BATCH])

    def end(self, run_id: str, record: RunRecord, key: str) -> None:
        """Mark the run as complete and end it at the time the record ended."""
        self._client.set_tag(run_id, "mnerbench.record", mlflow_value(key))
        self._client.set_terminated(run_id, _ENDS[record.status], end_time=_milliseconds(record, record.seconds))


def _milliseconds(record: RunRecord, after: float = 0.0) -> int:
    """The time `after` seconds into a run, in milliseconds since 1970, as MLflow needs it."""
    return int((datetime.fromisoformat(record.started) + timedelta(seconds=after)).timestamp() * 1000)


def open_tracker(out: Path, suite: str) -> MlflowTracker:
    """Open the tracker of a results folder. If the store cannot be reached, its exception is raised unchanged.

    Raises:
        StoreError: The store is permanently unusable; the message has a remedy.
    """
    # Set before the import: a dead server should cost seconds only, and no telemetry is sent.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import MlflowClient

    for name in ("alembic", "mlflow"):
        logging.getLogger(name).setLevel(logging.WARNING)
    address = address_of(out)
    address.check()
    with address.locked():
        _make_database(address)
        try:
            asking = warn_if_slow(address.uri, "the runs in MLflow") if address.database is None else nullcontext()
            with asking:
                return MlflowTracker(MlflowClient(tracking_uri=address.uri), suite, address)
        except Exception as error:
            if (reason := _permanent_error(error, address)) is None:
                raise
            raise StoreError(reason) from error


def _make_database(address: MlflowAddress) -> None:
    """Create the SQLite file under a temporary name: a kill during the creation of tables would corrupt it for good."""
    from mlflow import MlflowClient

    database = address.database
    if database is None:
        return
    partial = database.with_name(f".{database.name}.part")
    temporary = [partial, *(partial.with_name(f"{partial.name}{end}") for end in ("-journal", "-wal", "-shm"))]
    try:
        for path in temporary:
            path.unlink(missing_ok=True)
        if not database.exists():
            MlflowClient(tracking_uri=f"sqlite:///{partial}").get_experiment_by_name(EXPERIMENT)
            partial.replace(database)
    finally:
        for path in temporary:
            path.unlink(missing_ok=True)


def _permanent_error(error: Exception, address: MlflowAddress) -> str | None:
    """Why a store is permanently unusable, with a remedy; None if it may work later."""
    from mlflow.tracking.registry import UnsupportedModelRegistryStoreURIException

    if isinstance(error, UnsupportedModelRegistryStoreURIException):
        return f"MLflow has no store of the kind {address.display_uri}\n  -> {OTHER_STORE}"
    return None


def refusal_reason(error: Exception) -> str | None:
    """Why MLflow permanently rejects a record; None if the store may be at fault."""
    from mlflow.exceptions import MlflowException

    status: int | None = error.get_http_status_code() if isinstance(error, MlflowException) else None  # type: ignore[no-untyped-call]
    is_rejected = status in _REJECTIONS and status not in _TRY_LATER
    if is_rejected or isinstance(error, MnerbenchError | UnicodeError | OverflowError):
        return error_text(error)
    return None


def error_text(error: Exception) -> str:
    """An exception as one line; a project error keeps its remedy lines."""
    lines = str(error).splitlines() or [""]
    text = lines[0] if not isinstance(error, MnerbenchError) else str(error)
    kind = "" if isinstance(error, MnerbenchError) else f"{type(error).__name__} "
    return "\n".join(one_line(f"{kind}{line}".rstrip(), 400) for line in text.splitlines() or [kind])
