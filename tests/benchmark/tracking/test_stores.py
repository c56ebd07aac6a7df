"""MLflow stores: safety against hostile ones, errors for unsupported ones, and that sync tries every record."""

from __future__ import annotations

import logging
import socket
import sqlite3
import subprocess
import sys
from threading import Thread

import pytest
from click.testing import CliRunner
from small_grid import job
from small_grid import record as record_of

from mnerbench.benchmark.cli import sync
from mnerbench.benchmark.results.record import StoredScore
from mnerbench.benchmark.results.scoring import Counts
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.tracking.address import VARIABLE, address_of
from mnerbench.benchmark.tracking.background import BackgroundTracker
from mnerbench.benchmark.tracking.mlflow import open_tracker, refusal_reason
from mnerbench.datasets import network_waiting
from mnerbench.datasets.errors import StoreError

COUNTS = Counts(correct=3, predicted=4, gold=5)


def saved(out, seed=0, types=("PER",), **fields):
    """Save a record with some entity types in a results folder."""
    score = StoredScore(overall=COUNTS, types=dict.fromkeys(types, COUNTS))
    metrics = {"test": {"t": {"conlleval": score}}}
    record = record_of(job(seed).spec, started="2026-01-01T00:00:00+00:00")
    record = record.model_copy(update={"metrics": metrics, **fields})
    RunStore(out).save_record(record)
    return record


def call(out):
    return CliRunner().invoke(sync.command, ["--out", str(out)], catch_exceptions=False, standalone_mode=False)


def runs(out):
    from mlflow import MlflowClient

    client = MlflowClient(address_of(out).uri)
    logged = client.search_runs([client.get_experiment_by_name("mnerbench").experiment_id])
    return client, [run for run in logged if "mnerbench.identity" in run.data.tags]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """The bytes of an empty MLflow database, since creating one takes seconds."""
    out = tmp_path_factory.mktemp("empty")
    open_tracker(out, "s")
    assert sorted(path.name for path in out.iterdir()) == [".mlflow.db.lock", "mlflow.db"]
    return out, (out / "mlflow.db").read_bytes()


@pytest.fixture
def out(tmp_path, empty):
    """A results folder with a database that keeps files in it, next to a folder that must not change."""
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "mlflow.db").write_bytes(empty[1])
    change(folder, "update experiments set artifact_location = ?", address_of(folder).artifacts.as_uri())
    (tmp_path / "victim").mkdir()
    saved(folder)
    return folder


def change(out, statement, *values):
    with sqlite3.connect(out / "mlflow.db") as connection:
        connection.execute(statement, values)
    connection.close()


def untouched(out):
    return not list((out.parent / "victim").iterdir())


# --- what is written where ----------------------------------------------------------------------------------------


def test_files_go_beside_the_database(out):
    assert call(out).output.startswith("1 of 1 records are in MLflow")
    client, [run] = runs(out)
    assert [item.path for item in client.list_artifacts(run.info.run_id)] == ["record.json"]
    assert run.info.status == "FINISHED"
    [path] = (out / "mlartifacts").rglob("record.json")
    assert path.read_bytes() == (out / job(0).spec.identity / "record.json").read_bytes()


@pytest.mark.parametrize(
    "location",
    [
        *("file://{victim}", "{victim}", "{out}/mlartifacts/../../victim", "file://{out}"),
        *("file://{out}/mlartifacts/%2e%2e/%2e%2e/victim", "s3://bucket/x", "http://127.0.0.1:9/x"),
        *("mlflow-artifacts:/x", "file://host{out}/mlartifacts", "", "mlruns"),
    ],
)
def test_an_experiment_that_keeps_its_files_elsewhere_is_refused(out, location):
    uri = location.format(victim=out.parent / "victim", out=out)
    change(out, "update experiments set artifact_location = ?", uri)
    with pytest.raises(StoreError, match=r"mlflow.db: it keeps files at .*\n  -> move it away: `benchmark sync`"):
        call(out)
    assert untouched(out)
    assert not list((out / job(0).spec.identity).rglob("artifacts"))


def test_a_database_that_changes_the_location_later_redirects_nothing(out):
    change(
        out,
        "create trigger t after insert on runs begin "
        f"update runs set artifact_uri = 'file://{out.parent}/victim' where run_uuid = new.run_uuid; end",
    )
    result = call(out)
    assert result.output.startswith("0 of 1 records are in MLflow")
    assert "it keeps files at" in result.output
    assert untouched(out)
    assert {run.info.status for run in runs(out)[1]} == {"FAILED"}


@pytest.mark.parametrize("name", ["mlartifacts", "mlflow.db", "mlflow.db-journal", "mlflow.db-wal", ".mlflow.db.lock"])
def test_links_in_place_of_written_files_are_rejected(out, name):
    database = (out / "mlflow.db").read_bytes()
    target = out.parent / ("victim" if name == "mlartifacts" else "precious")
    if name != "mlartifacts":
        target.write_bytes(database if name == "mlflow.db" else b"precious")
    before = target.read_bytes() if target.is_file() else b""
    (out / name).unlink(missing_ok=True)
    (out / name).symlink_to(target)
    with pytest.raises(StoreError, match="link"):
        call(out)
    assert untouched(out)
    assert before == (target.read_bytes() if target.is_file() else b"")


def test_a_link_below_the_files_is_not_followed(out):
    (out / "mlartifacts").mkdir()
    (out / "mlartifacts" / "x").symlink_to(out.parent / "victim")
    change(out, "update experiments set artifact_location = ?", address_of(out).artifacts.as_uri() + "/x")
    with pytest.raises(StoreError, match="leads out of"):
        call(out)
    assert untouched(out)


def test_a_record_behind_a_link_is_not_copied(out):
    (out.parent / "secret").write_text("secret")
    (out / job(0).spec.identity / "spec.json").symlink_to(out.parent / "secret")
    assert call(out).output.startswith("1 of 1 records are in MLflow")
    assert not any("secret" in path.read_text() for path in (out / "mlartifacts").rglob("*.json"))


@pytest.mark.parametrize("content", [b"garbage", b"x" * 10_000])
def test_an_invalid_database_is_named_with_a_working_remedy(out, content):
    (out / "mlflow.db").write_bytes(content)
    with pytest.raises(StoreError, match=r"not a SQLite database\n  -> move it away"):
        call(out)
    (out / "mlflow.db").rename(out / "away.db")
    assert call(out).output.startswith("1 of 1 records are in MLflow")


# --- every record is tried ----------------------------------------------------------------------------------------


def test_types_of_any_script_are_logged_under_their_names(out):
    saved(out, 0, ("人名", "地名", "b!", "b?", "..", "x" * 300 + "a", "x" * 300 + "b"))
    assert call(out).output.startswith("1 of 1 records are in MLflow")
    _, [run] = runs(out)
    metrics = run.data.metrics
    assert {"test/t/conlleval/f1/人名", "test/t/conlleval/f1/地名"} <= metrics.keys()
    assert sum(name.startswith("test/t/conlleval/f1") for name in metrics) == 8
    assert run.info.status == "FINISHED"


def test_a_rejected_record_is_named_and_stops_no_other(out, monkeypatch):
    from mlflow.exceptions import MlflowException

    from mnerbench.benchmark.tracking.mlflow import MlflowTracker

    bad = [saved(out, seed).identity for seed in range(1, 4)]
    for seed in range(4, 6):
        saved(out, seed)
    params = MlflowTracker.params

    def refuses(self, run_id, values):
        if values["seed"] in {"1", "2", "3"}:
            raise MlflowException.invalid_parameter_value("not this one\nand more")
        params(self, run_id, values)

    monkeypatch.setattr(MlflowTracker, "params", refuses)
    result = call(out)
    assert result.output.startswith("3 of 6 records are in MLflow")
    for identity in bad:
        assert f"refused: {identity}: MlflowException" in result.output
    assert "delete" not in result.output
    assert sorted(run.info.status for run in runs(out)[1]) == ["FAILED"] * 3 + ["FINISHED"] * 3
    monkeypatch.setattr(MlflowTracker, "params", params)
    assert call(out).output.startswith("6 of 6 records are in MLflow")
    assert {run.info.status for run in runs(out)[1]} == {"FINISHED"}


def test_a_damaged_record_is_named_and_the_others_are_logged(out):
    damaged = out / job(1).spec.identity
    damaged.mkdir()
    (damaged / "record.json").write_text("{")
    output = call(out).output
    assert "1 of 2 records are in MLflow" in output
    assert f"{damaged.name}/record.json: " in output


def test_runs_that_a_killed_process_left_are_ended(out):
    tracker = open_tracker(out, "runs")
    tracker.start(record_of(job(7).spec, started="2026-01-01T00:00:00+00:00"))
    assert [run.info.status for run in runs(out)[1]] == ["RUNNING"]
    call(out)
    assert sorted(run.info.status for run in runs(out)[1]) == ["FINISHED", "KILLED"]


def test_background_logging_continues_after_a_rejected_record_with_one_warning(out, monkeypatch, caplog):
    from mlflow.exceptions import MlflowException

    from mnerbench.benchmark.tracking.mlflow import MlflowTracker

    params = MlflowTracker.params

    def refuses(self, run_id, values):
        if values["seed"] in {"0", "1", "2"}:
            raise MlflowException.invalid_parameter_value("no")
        params(self, run_id, values)

    monkeypatch.setattr(MlflowTracker, "params", refuses)
    tracker = BackgroundTracker(RunStore(out), "s")
    with caplog.at_level(logging.WARNING):
        for seed in range(4):
            tracker.log(saved(out, seed).identity)
        tracker.catch_up()
    assert tracker.pending == 3
    assert caplog.text.count("rejects the record") == 3
    assert [run.info.status for run in runs(out)[1]].count("FINISHED") == 1


# --- addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("allowed", ["true", "false"])
def test_a_file_store_is_rejected_once_with_a_working_remedy(out, monkeypatch, caplog, allowed):
    """Newer versions of MLflow reject file stores; older ones cannot store both `f1` and `f1/PER` there."""
    monkeypatch.setenv(VARIABLE, f"file://{out.parent / 'store'}")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", allowed)
    tracker = BackgroundTracker(RunStore(out), "s")
    with caplog.at_level(logging.WARNING):
        for seed in range(3):
            tracker.log(saved(out, seed).identity)
        tracker.get_ready()
        tracker.catch_up()
    assert caplog.text.count("no longer supports file stores") == 1
    assert tracker.pending == 3
    with pytest.raises(StoreError, match=f"-> {VARIABLE}=sqlite:///PATH/mlflow.db, or unset it"):
        call(out)
    assert not (out.parent / "store").exists()
    monkeypatch.chdir(out.parent / "victim")
    for remedy in (f"sqlite:///{out.parent / 'my' / 'mlflow.db'}", ""):
        monkeypatch.setenv(VARIABLE, remedy)
        assert call(out).output.startswith("3 of 3 records are in MLflow")
    assert untouched(out)  # files are stored next to the database, not in the working directory
    assert len(list((out.parent / "my" / "mlartifacts").rglob("record.json"))) == 3


def test_a_store_of_an_unknown_kind_is_an_error_with_a_remedy(out, monkeypatch):
    monkeypatch.setenv(VARIABLE, "foo://me:secret@host/x")
    with pytest.raises(StoreError, match=r"no store of the kind foo://host/x\n  -> ") as error:
        call(out)
    assert "secret" not in str(error.value)


def test_a_database_has_one_lock_for_all_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MNERBENCH_CACHE", str(tmp_path / "cache"))
    lock = address_of(tmp_path)._lock_path
    (tmp_path / "link").symlink_to(tmp_path)
    for uri in ("sqlite:///mlflow.db", f"sqlite:///{tmp_path}/link/mlflow.db", f"sqlite:///{tmp_path}/mlflow.db?a=b"):
        monkeypatch.setenv(VARIABLE, uri)
        assert address_of(tmp_path / "other")._lock_path == lock
    monkeypatch.setenv(VARIABLE, "postgresql://me:secret@host/db")
    locks = {address_of(tmp_path / name)._lock_path for name in "ab"}
    assert len(locks) == 1
    assert "secret" not in str(locks)


RACER = """
import sys
from pathlib import Path
import mlflow
from mnerbench.benchmark.tracking.mlflow import open_tracker

print("ready", flush=True)
sys.stdin.readline()
open_tracker(Path(sys.argv[1]), "suite")
"""


@pytest.mark.slow
def test_processes_that_start_together_create_one_database(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"sqlite:///{tmp_path / 'new' / 'shared.db'}")
    folders = [tmp_path / name for name in "ab"]
    racers = []
    for folder in folders:
        folder.mkdir()
        command = [sys.executable, "-c", RACER, str(folder)]
        racers.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("\n")
        racer.stdin.flush()
    assert [racer.wait(600) for racer in racers] == [0, 0]
    assert open_tracker(folders[0], "suite").answers()
    assert not list((tmp_path / "new").glob("*.part*"))


def test_an_incomplete_database_is_deleted(out):
    for end in ("", "-journal"):
        (out / f".mlflow.db.part{end}").write_bytes(b"x")
    open_tracker(out, "s")
    assert not list(out.glob("*.part*"))


def test_a_server_that_accepts_and_never_answers_is_announced_and_given_up(out, monkeypatch, caplog):
    monkeypatch.setattr(network_waiting, "SLOW_AFTER_S", 0.2)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for seed in range(1, 5):
        saved(out, seed)
    with socket.create_server(("127.0.0.1", 0)) as server:
        connections = []

        def accept():
            while True:
                try:
                    connections.append(server.accept())
                except OSError:
                    return

        Thread(target=accept, daemon=True).start()
        server_address = server.getsockname()
        monkeypatch.setenv(VARIABLE, f"http://127.0.0.1:{server_address[1]}")
        result = call(out)
        server.shutdown(socket.SHUT_RDWR)
    assert result.output.startswith("0 of 5 records are in MLflow")
    assert "MLflow does not answer" in result.output
    assert len(connections) <= 2  # not one per record
    port = server_address[1]
    assert any(text.startswith(f"asking 127.0.0.1:{port} for the runs in MLflow") for text in caplog.messages)


def test_rejections_are_distinguished_from_server_errors():
    from mlflow.exceptions import MlflowException

    assert refusal_reason(MlflowException.invalid_parameter_value("x")) == "MlflowException x"
    assert refusal_reason(MlflowException("gone")) is None
    assert refusal_reason(ConnectionError("gone")) is None
    assert refusal_reason(StoreError("a\n  -> b")) == "a\n  -> b"
