"""MLflow has every record exactly once; a dead server loses nothing."""

from __future__ import annotations

import logging
import subprocess
import sys
from threading import Event

import pytest

from mnerbench.benchmark.results.code_state import code_digest
from mnerbench.benchmark.results.record import EpochPoint, RunRecord, Status, StoredScore
from mnerbench.benchmark.results.scoring import Counts
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef, RunSpec, TrainingSettings
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.tracking.background import BackgroundTracker, background_logging
from mnerbench.benchmark.tracking.metric_names import mlflow_name
from mnerbench.benchmark.tracking.mlflow import open_tracker, store_name, tracking_uri


def record(seed=0, status=Status.DONE, started="2026-01-01T00:00:00+00:00"):
    spec = RunSpec(
        method="ita-ga+cva",
        family="ita",
        config={"captions": 5},
        dataset=DatasetRef(name="d", fingerprints={"train": "1", "test": "2"}),
        encoder=EncoderRef(name="e", digest="x"),
        training=TrainingSettings(),
        protocol="equal",
        seed=seed,
    )
    score = StoredScore(
        overall=Counts(correct=3, predicted=4, gold=5), types={"PER": Counts(correct=3, predicted=4, gold=5)}
    )
    points = [
        EpochPoint(epoch=n, loss=1.0 / n, losses={"it": 0.5}, dev_f1=n / 10, train_seconds=1, dev_seconds=1)
        for n in (1, 2)
    ]
    return RunRecord(
        identity=spec.identity,
        spec=spec,
        status=status,
        started=started,
        seconds=3.0,
        metrics={"test": {"it-shuffled": {"conlleval": score}}},
        curve=points,
        code={"m": "1"} if seed == 0 else {},
        environment={"commit": "abc"},
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """One store for the module, since creating a database takes seconds."""
    return tmp_path_factory.mktemp("out")


def logged_runs(out):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri(out))
    runs = client.search_runs([client.get_experiment_by_name("mnerbench").experiment_id])
    parents = [run for run in runs if "mnerbench.suite" in run.data.tags]
    return client, parents, [run for run in runs if run not in parents]


def test_each_record_is_logged_once_under_one_parent(out):
    store = RunStore(out)
    for seed in (0, 1):
        store.save_record(record(seed))
    for _ in range(2):
        tracker = BackgroundTracker(store, "suite")
        for seed in (0, 1):
            tracker.log(record(seed).identity)
        assert tracker.pending == 0
    client, parents, children = logged_runs(out)
    assert len(parents) == 1
    assert len(children) == 2
    run = next(child for child in children if child.data.params["seed"] == "0")
    assert run.data.tags["mlflow.parentRunId"] == parents[0].info.run_id
    assert run.data.tags["mnerbench.identity"] == record(0).identity
    assert run.data.tags["mnerbench.fingerprint.test"] == "2"
    assert run.data.tags["mnerbench.git"] == "abc"
    assert [child.data.tags.get("mnerbench.code") for child in (run, *(o for o in children if o is not run))] == [
        code_digest({"m": "1"}),
        None,
    ]
    assert run.data.params["training.batch_size"] == "16"
    assert run.data.metrics["test/it-shuffled/conlleval/f1"] == pytest.approx(6 / 9)
    curve = client.get_metric_history(run.info.run_id, "dev/f1")
    assert [(point.step, point.value) for point in curve] == [(1, 0.1), (2, 0.2)]
    assert {item.path for item in client.list_artifacts(run.info.run_id)} == {"record.json"}
    assert (out / "mlartifacts").is_dir()


def test_a_repeated_run_replaces_its_old_entry(out):
    tracker = open_tracker(out, "suite")
    assert tracker.log(record(0, Status.FAILED, started="2026-02-02T00:00:00+00:00"), out)
    _, _, children = logged_runs(out)
    assert sorted(child.info.status for child in children) == ["FAILED", "FINISHED"]


def test_a_transfer_is_logged_under_a_valid_name(out):
    score = record().metrics["test"]
    transferred = record(8).model_copy(
        update={"metrics": {"test": score, "test@other.corpus": score, "test@other+corpus": score}}
    )
    assert open_tracker(out, "suite").log(transferred, out)
    run = next(child for child in logged_runs(out)[2] if child.data.params["seed"] == "8")
    assert run.data.metrics["test.other.corpus/it-shuffled/conlleval/f1"] == pytest.approx(6 / 9)
    # An invalid name that would map to the same one stays different.
    other = mlflow_name("test@other+corpus/it-shuffled/conlleval/f1")
    assert run.data.metrics[other] == pytest.approx(6 / 9)
    assert other != "test.other.corpus/it-shuffled/conlleval/f1"
    assert run.data.metrics["test/it-shuffled/conlleval/f1"] == pytest.approx(6 / 9)
    assert run.data.params["train_tweets"] == "all"


def test_a_run_ends_when_its_record_does(tmp_path):
    tracker = open_tracker(tmp_path, "suite")
    for seed in (0, 1):
        assert tracker.log(record(seed), tmp_path)
    _, _, children = logged_runs(tmp_path)
    assert [child.info.end_time - child.info.start_time for child in children] == [3000, 3000]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a tracking store that several results folders log to."""
    return f"sqlite:///{tmp_path_factory.mktemp('server') / 'shared.db'}"


@pytest.fixture
def folders(server, tmp_path, monkeypatch):
    """Two results folders of one server; one has a name that no filter can quote."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    pair = [tmp_path / "mine", tmp_path / """it's "theirs" """]
    for folder in pair:
        folder.mkdir()
    return pair


def stores(out):
    """Status and folder of each child run, and the folders that have a parent."""
    _, parents, children = logged_runs(out)
    statuses = sorted((child.data.tags["mnerbench.store"], child.info.status) for child in children)
    return statuses, sorted(parent.data.tags["mnerbench.store"] for parent in parents)


def test_folders_on_a_shared_server_never_change_each_others_runs(folders):
    mine, theirs = folders
    for out in (theirs, mine, mine):
        open_tracker(out, "suite").log(record(), out)
    names = sorted(map(store_name, folders))
    assert stores(mine) == ([(name, "FINISHED") for name in names], names)
    assert open_tracker(mine, "suite").log(record(0, Status.FAILED, started="2026-02-02T00:00:00+00:00"), mine)
    statuses, parents = stores(mine)
    assert statuses == sorted([(store_name(mine), "FAILED"), (store_name(theirs), "FINISHED")])
    assert parents == names
    client, parents, children = logged_runs(mine)
    for child in children:
        parent = client.get_run(child.data.tags["mlflow.parentRunId"])
        assert parent.data.tags["mnerbench.store"] == child.data.tags["mnerbench.store"]


def test_an_incomplete_run_is_replaced_but_not_that_of_another_folder(folders):
    mine, theirs = folders
    for out in folders:
        open_tracker(out, "half").start(record(7))
    tracker = open_tracker(mine, "half")
    assert tracker.log(record(7), mine)
    assert not tracker.log(record(7), mine)
    _, _, children = logged_runs(mine)
    is_complete = {
        child.data.tags["mnerbench.store"]: "mnerbench.record" in child.data.tags
        for child in children
        if child.data.tags["mnerbench.identity"] == record(7).identity
    }
    assert is_complete == {store_name(mine): True, store_name(theirs): False}


def test_a_results_folder_that_was_moved_keeps_its_runs(out, monkeypatch):
    before = len(logged_runs(out)[2])
    monkeypatch.setattr("mnerbench.benchmark.tracking.mlflow.store_name", lambda _: "elsewhere:/moved")
    tracker = open_tracker(out, "suite")
    assert not tracker.log(record(1), out)
    assert tracker.log(record(0), out)
    _, parents, children = logged_runs(out)
    assert (len(parents), len(children)) == (1, before)


def test_a_kill_while_the_database_is_created_leaves_none(tmp_path):
    script = """
import os, sys
from pathlib import Path
from mnerbench.benchmark.tracking.mlflow import open_tracker
import mlflow.store.db.utils as utils

def killed(engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("create table experiments (x int)")  # an incomplete database
    os.kill(os.getpid(), 9)

for name in ("_initialize_tables", "_upgrade_db"):
    setattr(utils, name, killed)
open_tracker(Path(sys.argv[1]), "suite")
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    assert not (tmp_path / "mlflow.db").exists()
    assert open_tracker(tmp_path, "suite").log(record(), tmp_path)
    assert not list(tmp_path.glob(".mlflow.db.part"))


class Server:
    """A tracking server that is up, down, or rejects certain records; counts its requests."""

    def __init__(self, monkeypatch):
        self.up, self.refused, self.logged, self.requests = True, set(), [], 0
        monkeypatch.setattr("mnerbench.benchmark.tracking.background.open_tracker", lambda *_: self.open())

    def open(self):
        self.requests += 1
        if not self.up:
            raise ConnectionError("gone")
        return self

    def log(self, logged, _folder):
        self.requests += 1
        if not self.up or logged.identity in self.refused:
            raise ConnectionError("gone")
        self.logged.append(logged.spec.seed)
        return True


@pytest.fixture
def many(tmp_path):
    """A folder with six records."""
    store = RunStore(tmp_path)
    for seed in range(6):
        store.save_record(record(seed))
    return store


def test_a_dead_server_is_a_warning_and_causes_a_pause(many, monkeypatch, caplog):
    server, clock = Server(monkeypatch), [0.0]
    server.up = False
    tracker = BackgroundTracker(many, "suite", now=lambda: clock[0])
    with caplog.at_level(logging.WARNING):
        for seed in range(5):
            tracker.log(record(seed).identity)
    assert "nothing is lost: `benchmark sync`" in caplog.text
    assert (server.requests, tracker.pending) == (1, 5)
    clock[0], server.up = 61.0, True
    tracker.log(record(5).identity)
    assert (server.logged, tracker.pending) == ([0, 1, 2, 3, 4, 5], 0)


def test_a_server_that_dies_between_runs_gets_the_rest_when_it_is_back(many, monkeypatch):
    server, clock = Server(monkeypatch), [0.0]
    tracker = BackgroundTracker(many, "suite", now=lambda: clock[0])
    tracker.log(record(0).identity)
    server.up = False
    tracker.log(record(1).identity)
    server.up = True
    tracker.log(record(2).identity)
    assert server.logged == [0]
    tracker.catch_up()
    assert (server.logged, tracker.pending) == ([0, 1, 2], 0)


def test_a_rejected_record_does_not_block_others(many, monkeypatch):
    server, clock = Server(monkeypatch), [0.0]
    server.refused.add(record(1).identity)
    tracker = BackgroundTracker(many, "suite", now=lambda: clock[0])
    for seed in range(6):
        tracker.log(record(seed).identity)
        clock[0] += 1000
    assert (sorted(server.logged), tracker.pending) == ([0, 2, 3, 4, 5], 1)


def test_pauses_grow_to_ten_minutes(many, monkeypatch):
    server, clock = Server(monkeypatch), [0.0]
    server.up = False
    tracker, request_minutes = BackgroundTracker(many, "suite", now=lambda: clock[0]), []
    for minute in range(60):
        clock[0] = 60.0 * minute
        before = server.requests
        tracker.log(record(0).identity)
        if server.requests > before:
            request_minutes.append(minute)
    assert request_minutes == [0, 1, 3, 7, 15, 25, 35, 45, 55]


def test_background_logging_ends_with_a_last_attempt(many, monkeypatch):
    server = Server(monkeypatch)
    server.up = False
    with background_logging(BackgroundTracker(many, "suite")) as log:
        for seed in range(3):
            log(record(seed))
        server.up = True
    assert server.logged == [0, 1, 2]


def test_mlflow_is_opened_before_there_is_anything_to_log(many, monkeypatch):
    opened = Event()
    monkeypatch.setattr("mnerbench.benchmark.tracking.background.open_tracker", lambda *_: opened.set())
    with background_logging(BackgroundTracker(many, "suite"), open_after=0.01):
        assert opened.wait(10)


def test_a_failure_to_open_the_server_causes_a_pause(many, monkeypatch, caplog):
    server, clock = Server(monkeypatch), [0.0]
    server.up = False
    tracker = BackgroundTracker(many, "suite", now=lambda: clock[0])
    with caplog.at_level(logging.WARNING):
        tracker.get_ready()
    requests = server.requests
    tracker.log(record(0).identity)
    assert (server.requests, tracker.pending) == (requests, 1)
    assert "nothing is lost" in caplog.text
    server.up, clock[0] = True, 100.0
    tracker.log(record(1).identity)
    assert server.logged == [0, 1]


def test_an_unreachable_server_is_a_warning(many, monkeypatch, caplog):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    tracker = BackgroundTracker(many, "suite")
    with caplog.at_level(logging.WARNING):
        tracker.log(record(0).identity)
    assert tracker.pending == 1
    assert "nothing is lost" in caplog.text
