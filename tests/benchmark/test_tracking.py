"""MLflow holds what the records hold, once; a dead server loses nothing."""

from __future__ import annotations

import logging

import pytest

from mnerbench.benchmark.records import CountsModel, EpochPoint, RunRecord, RunStore, Status, StoredScore
from mnerbench.benchmark.spec import DatasetRef, EncoderRef, RunSpec, TrainingSettings
from mnerbench.benchmark.tracking import store_name, track, tracker, tracking_uri


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
        overall=CountsModel(correct=3, predicted=4, gold=5), types={"PER": CountsModel(correct=3, predicted=4, gold=5)}
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
        environment={"commit": "abc"},
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """One store for the module: making a database takes seconds."""
    return tmp_path_factory.mktemp("out")


def held(out):
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
        with tracker(out, "suite") as made:
            assert track(made, record(0), store, "")
            assert track(made, record(1), store, "")
    client, parents, children = held(out)
    assert len(parents) == 1
    assert len(children) == 2
    run = next(child for child in children if child.data.params["seed"] == "0")
    assert run.data.tags["mlflow.parentRunId"] == parents[0].info.run_id
    assert run.data.tags["mnerbench.identity"] == record(0).identity
    assert run.data.tags["mnerbench.fingerprint.test"] == "2"
    assert run.data.tags["mnerbench.git"] == "abc"
    assert run.data.params["training.batch_size"] == "16"
    assert run.data.metrics["test/it-shuffled/conlleval/f1"] == pytest.approx(6 / 9)
    curve = client.get_metric_history(run.info.run_id, "dev/f1")
    assert [(point.step, point.value) for point in curve] == [(1, 0.1), (2, 0.2)]
    assert {item.path for item in client.list_artifacts(run.info.run_id)} == {"record.json"}
    assert (out / "mlartifacts").is_dir()


def test_a_run_done_again_replaces_its_old_entry(out):
    with tracker(out, "suite") as made:
        assert track(made, record(0, Status.FAILED, started="2026-02-02T00:00:00+00:00"), RunStore(out), "")
    _, _, children = held(out)
    assert sorted(child.info.status for child in children) == ["FAILED", "FINISHED"]


def test_a_transfer_is_logged_under_a_name_that_mlflow_takes(out):
    score = record().metrics["test"]
    moved = record(8).model_copy(update={"metrics": {"test": score, "test@other+corpus": score}})
    with tracker(out, "suite") as made:
        assert track(made, moved, RunStore(out), "")
    run = next(child for child in held(out)[2] if child.data.params["seed"] == "8")
    assert run.data.metrics["test.other.corpus/it-shuffled/conlleval/f1"] == pytest.approx(6 / 9)
    assert run.data.metrics["test/it-shuffled/conlleval/f1"] == pytest.approx(6 / 9)
    assert run.data.params["train_tweets"] == "all"


def test_a_run_ends_when_its_record_does(tmp_path):
    with tracker(tmp_path, "suite") as made:
        for seed in (0, 1):
            assert track(made, record(seed), RunStore(tmp_path), "")
    _, _, children = held(tmp_path)
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
    _, parents, children = held(out)
    own = sorted((child.data.tags["mnerbench.store"], child.info.status) for child in children)
    return own, sorted(parent.data.tags["mnerbench.store"] for parent in parents)


def test_folders_that_share_a_server_never_touch_each_others_runs(folders):
    mine, theirs = folders
    for out in (theirs, mine, mine):
        with tracker(out, "suite") as made:
            assert track(made, record(), RunStore(out), "")
    names = sorted(map(store_name, folders))
    assert stores(mine) == ([(name, "FINISHED") for name in names], names)
    with tracker(mine, "suite") as made:
        assert track(made, record(0, Status.FAILED, started="2026-02-02T00:00:00+00:00"), RunStore(mine), "")
    own, parents = stores(mine)
    assert own == sorted([(store_name(mine), "FAILED"), (store_name(theirs), "FINISHED")])
    assert parents == names
    client, parents, children = held(mine)
    for child in children:
        parent = client.get_run(child.data.tags["mlflow.parentRunId"])
        assert parent.data.tags["mnerbench.store"] == child.data.tags["mnerbench.store"]


def test_a_half_written_run_of_ours_is_replaced_and_another_folders_is_not(folders):
    mine, theirs = folders
    for out in folders:
        with tracker(out, "half") as made:
            made.start(record(7))
    with tracker(mine, "half") as made:
        assert made.log(record(7), mine)
        assert not made.log(record(7), mine)
    _, _, children = held(mine)
    found = {
        child.data.tags["mnerbench.store"]: "mnerbench.record" in child.data.tags
        for child in children
        if child.data.tags["mnerbench.identity"] == record(7).identity
    }
    assert found == {store_name(mine): True, store_name(theirs): False}


def test_a_results_folder_that_was_moved_keeps_its_runs(out, monkeypatch):
    before = len(held(out)[2])
    monkeypatch.setattr("mnerbench.benchmark.tracking.store_name", lambda _: "elsewhere:/moved")
    with tracker(out, "suite") as made:
        assert not made.log(record(1), out)
        assert made.log(record(0), out)
    _, parents, children = held(out)
    assert (len(parents), len(children)) == (1, before)


def test_a_dead_server_is_a_warning(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with caplog.at_level(logging.WARNING), tracker(tmp_path, "suite") as made:
        assert made is None
        assert not track(made, record(), RunStore(tmp_path), "")
    assert "nothing is lost: `benchmark sync`" in caplog.text


def test_a_server_that_dies_between_runs_is_a_warning(out, caplog, monkeypatch):
    with tracker(out, "suite") as made:
        monkeypatch.setattr(made, "start", lambda _: (_ for _ in ()).throw(ConnectionError("gone")))
        with caplog.at_level(logging.WARNING):
            assert not track(made, record(5), RunStore(out), "sqlite:///x")
    assert "ConnectionError gone" in caplog.text
