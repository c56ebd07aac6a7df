"""MLflow, filled from records: a parent run per suite, a child run per run spec, each once.

Records are the truth; `background.py` copes with a server that is down. A server may be shared: every run carries the
results folder that it came from, and no other folder's runs are ever touched.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
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
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import read_bytes, require_inside

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

EXPERIMENT = "mnerbench"
STORE = "mnerbench.store"
_ENDS = {Status.DONE: "FINISHED", Status.FAILED: "FAILED", Status.INTERRUPTED: "KILLED"}
_BATCH = 900  # MLflow takes at most 1,000 metrics a call
_SUITE = "mnerbench.suite"
# HTTP answers that mean "not this record"; the others mean "not now".
_REFUSALS, _NOT_NOW = range(400, 500), {401, 403, 407, 408, 425, 429}


def tracking_uri(out: Path) -> str:
    """`MLFLOW_TRACKING_URI` when it is set, else a SQLite file in the results folder."""
    return address_of(out).uri


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
    return {mlflow_name(key): mlflow_value(value) for key, value in params.items()}


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
        address: of the client's store. All runs in a folder's own store are the folder's, also after it was moved, and
            files go beside it; a server keeps them where it wants.

    Raises:
        StoreError: the folder's own store keeps files elsewhere.
    """

    def __init__(self, client: MlflowClient, suite: str, address: MlflowAddress) -> None:
        self._client, self._store, self._address = client, mlflow_value(store_name(address.out)), address
        found = client.get_experiment_by_name(EXPERIMENT)
        location = address.artifacts.as_uri() if address.artifacts is not None else None
        if found:
            address.check_artifacts(found.artifact_location)
        self._experiment = (
            found.experiment_id if found else client.create_experiment(EXPERIMENT, artifact_location=location)
        )
        self._end_left_running()
        parents = self._ours(_SUITE, suite)
        self._parent = parents[0].info.run_id if parents else self._make_parent(suite)

    def answers(self) -> bool:
        """Whether the store can be asked now."""
        try:
            self._client.get_experiment(self._experiment)
        except Exception:  # noqa: BLE001 - whatever a tracking server does
            return False
        return True

    def _end_left_running(self) -> None:
        """End what killed processes left: whoever writes a run of this folder holds the store's lock."""
        for run in self._runs("attributes.status = 'RUNNING'"):
            if run.data.tags.keys() & {_SUITE, "mnerbench.identity"}:
                self._client.set_terminated(run.info.run_id, "FINISHED" if _SUITE in run.data.tags else "KILLED")

    def _ours(self, tag: str, value: str) -> list[Run]:
        """Runs of this results folder with a tag."""
        value = mlflow_value(value)
        # A filter cannot quote every value; then all runs are looked at.
        query = f"tags.`{tag}` = '{value}'" if value.isprintable() and not set(value) & set("'\"`\\") else ""
        return [run for run in self._runs(query) if run.data.tags.get(tag) == value]

    def _runs(self, query: str) -> list[Run]:
        """Runs of this results folder. The folder is compared here: a filter cannot quote every path."""
        found, token = [], None
        while True:
            page = self._client.search_runs([self._experiment], query, page_token=token)
            found += [run for run in page if self._address.own or run.data.tags.get(STORE) == self._store]
            token = page.token
            if not token:
                return found

    def _make_parent(self, suite: str) -> str:
        tags = {_SUITE: mlflow_value(suite), STORE: self._store}
        run = self._client.create_run(self._experiment, run_name=one_line(suite, 200), tags=tags)
        self._client.set_terminated(run.info.run_id, "FINISHED")
        return str(run.info.run_id)

    def log(self, record: RunRecord, folder: Path) -> bool:
        """Log one run unless MLflow holds it already, complete and from this folder.

        A run that cannot be completed is ended as failed, and made anew the next time.

        Returns:
            Whether anything was written.
        """
        with self._address.held():
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
        if not self._address.own:
            self._client.log_artifact(run_id, str(path))
            return
        # Written here: what MLflow's client reads from the database later may be another place.
        place = self._address.check_artifacts(self._client.get_run(run_id).info.artifact_uri)
        if place is not None:
            write_bytes_atomically(place / path.name, read_bytes(path, error=StoreError))

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
        """Close the run at the time the record ended; only now is it marked as complete."""
        self._client.set_tag(run_id, "mnerbench.record", mlflow_value(key))
        self._client.set_terminated(run_id, _ENDS[record.status], end_time=_milliseconds(record, record.seconds))


def _milliseconds(record: RunRecord, after: float = 0.0) -> int:
    """The time `after` seconds into a run, in milliseconds since 1970 as MLflow counts."""
    return int((datetime.fromisoformat(record.started) + timedelta(seconds=after)).timestamp() * 1000)


def open_tracker(out: Path, suite: str) -> MlflowTracker:
    """A tracker of a results folder, with whatever exception the store raises when it cannot be reached.

    Raises:
        StoreError: the store will not take anything as it is, also later; says what to do.
    """
    # Set before the import: a dead server should cost seconds, and a benchmark reports to its user only.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import MlflowClient

    for name in ("alembic", "mlflow"):
        logging.getLogger(name).setLevel(logging.WARNING)
    address = address_of(out)
    address.check()
    with address.held():
        _make_database(address)
        try:
            client = MlflowClient(tracking_uri=address.uri)
            return MlflowTracker(client, suite, address)
        except Exception as error:
            if (reason := _why_never(error, address)) is None:
                raise
            raise StoreError(reason) from error


def _make_database(address: MlflowAddress) -> None:
    """Make the SQLite file beside its place: a kill while MLflow makes its tables would leave one that never opens."""
    from mlflow import MlflowClient

    place = address.database
    if place is None:
        return
    partial = place.with_name(f".{place.name}.part")
    left = [partial, *(partial.with_name(f"{partial.name}{end}") for end in ("-journal", "-wal", "-shm"))]
    try:
        for path in left:
            path.unlink(missing_ok=True)
        if not place.exists():
            MlflowClient(tracking_uri=f"sqlite:///{partial}").get_experiment_by_name(EXPERIMENT)
            partial.replace(place)
    finally:
        for path in left:
            path.unlink(missing_ok=True)


def _why_never(error: Exception, address: MlflowAddress) -> str | None:
    """Why a store takes nothing, and what to do; None where it may take it later."""
    from mlflow.tracking.registry import UnsupportedModelRegistryStoreURIException

    if isinstance(error, UnsupportedModelRegistryStoreURIException):
        return f"MLflow has no store of the kind {address.shown}\n  -> {OTHER_STORE}"
    return None


def why_refused(error: Exception) -> str | None:
    """Why MLflow does not take a record, however often it is asked; None where the store may be at fault."""
    from mlflow.exceptions import MlflowException

    status: int | None = error.get_http_status_code() if isinstance(error, MlflowException) else None  # type: ignore[no-untyped-call]
    refused = status in _REFUSALS and status not in _NOT_NOW
    if refused or isinstance(error, MnerbenchError | UnicodeError | OverflowError):
        return described(error)
    return None


def described(error: Exception) -> str:
    """An exception in a line."""
    lines = str(error).splitlines() or [""]
    text = lines[0] if not isinstance(error, MnerbenchError) else str(error)
    kind = "" if isinstance(error, MnerbenchError) else f"{type(error).__name__} "
    return "\n".join(one_line(f"{kind}{line}".rstrip(), 400) for line in text.splitlines() or [kind])
