"""`benchmark status` and `benchmark sync` on results folders made by hand."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli import status, sync
from mnerbench.benchmark.results.locks import RunLocks
from mnerbench.benchmark.results.manifest import NotRun, SuiteManifest, save_manifest
from mnerbench.benchmark.results.record import RunError, RunRecord, Status
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef, RunSpec, TrainingSettings
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.tracking.mlflow import tracking_uri
from mnerbench.datasets.errors import StoreError


def spec(method="bert-crf", seed=0, **fields):
    counting = method == "majority"
    base = {
        "method": method,
        "family": method,
        "config": {},
        "dataset": DatasetRef(name="d", fingerprints={"train": "1", "test": "2"}),
        "encoder": None if counting else EncoderRef(name="e", digest="x"),
        "training": None if counting else TrainingSettings(),
        "protocol": "equal",
        "seed": seed,
    }
    return RunSpec(**{**base, **fields})


def save(out, of, status=Status.DONE):
    error = RunError(kind="RuntimeError", message="boom", traceback="") if status is Status.FAILED else None
    record = RunRecord(
        identity=of.identity,
        spec=of,
        status=status,
        started="2026-01-01T00:00:00+00:00",
        seconds=1.0,
        error=error,
    )
    RunStore(out).save_record(record)
    return record


def ask(out, suite, *specs, aliases=None, not_run=None):
    runs = {planned.identity: planned for planned in specs}
    lacking = {name: NotRun(reason=reason, seeds=(0,)) for name, reason in (not_run or {}).items()}
    grid = SuiteManifest(suite=suite, title="", baseline=None, runs=runs, aliases=aliases or {}, not_run=lacking)
    save_manifest(out, grid)


def call(command, out, *arguments):
    return CliRunner().invoke(command, ["--out", str(out), *arguments], catch_exceptions=False, standalone_mode=False)


def rows(out):
    loaded = json.loads(call(status.command, out, "--format", "json").output)
    assert all(
        list(row) == ["suite", "method", "dataset", "done", "failed", "running", "interrupted", "missing", "reasons"]
        for row in loaded
    )
    return {row["method"]: row for row in loaded}


# --- status ---------------------------------------------------------------------------------------------------------


def test_a_run_locked_by_a_process_is_running(tmp_path):
    save(tmp_path, spec(seed=0), Status.INTERRUPTED)
    ask(tmp_path, "s", spec(seed=0), spec(seed=1))
    claims = RunLocks(RunStore(tmp_path))
    for seed in (0, 1):
        assert claims.acquire(spec(seed=seed).identity)
    row = rows(tmp_path)["bert-crf"]
    assert (row["running"], row["interrupted"], row["missing"]) == (2, 0, 0)
    claims.release_all()
    row = rows(tmp_path)["bert-crf"]
    assert (row["running"], row["interrupted"], row["missing"]) == (0, 1, 1)


def test_impossible_runs_do_not_hide_finished_ones(tmp_path):
    save(tmp_path, spec(seed=0))
    save(tmp_path, spec(seed=1), Status.FAILED)
    ask(tmp_path, "s", spec(seed=0), spec(seed=1), spec(seed=2), not_run={"bert-crf on d": "no captions"})
    row = rows(tmp_path)["bert-crf"]
    assert (row["done"], row["failed"], row["interrupted"], row["missing"]) == (1, 1, 0, 1)
    assert row["reasons"] == ["seed 1: RuntimeError: boom", "not run: no captions"]


def test_an_impossible_method_is_a_row_with_its_reason(tmp_path):
    ask(tmp_path, "s", spec(), not_run={"ita-ga on d": "no captions", "a on b on d": "odd name"})
    row = rows(tmp_path)["ita-ga"]
    assert (row["suite"], row["dataset"], row["done"], row["missing"]) == ("s", "d", 0, 0)
    assert row["reasons"] == ["not run: no captions"]
    assert rows(tmp_path)["a on b"]["dataset"] == "d"


def test_a_run_is_shown_under_all_its_names(tmp_path):
    first, second = spec("bert-crf"), spec("text-only", family="bert-crf")
    assert first.identity == second.identity
    save(tmp_path, first)
    ask(tmp_path, "s", first, aliases={first.identity: (second,)})
    assert {name: row["done"] for name, row in rows(tmp_path).items()} == {"bert-crf": 1, "text-only": 1}


def test_rows_are_ordered_by_dataset_even_if_they_share_a_run(tmp_path):
    """On a probe a text method is the same run as on another with the same tweets."""
    near, far = (DatasetRef(name=name, fingerprints={"train": "1", "test": "2"}) for name in ("near", "far"))
    text, picture = spec("text", dataset=near), spec("picture", dataset=near)
    also, other = spec("text", dataset=far), spec("picture", dataset=far, config={"x": 1})
    ask(tmp_path, "s", text, picture, other, aliases={text.identity: (also,)})
    loaded = json.loads(call(status.command, tmp_path, "--format", "json").output)
    names = [(row["dataset"], row["method"]) for row in loaded]
    assert names == [("near", "text"), ("near", "picture"), ("far", "text"), ("far", "picture")]


def test_one_run_under_two_protocols_counts_once(tmp_path):
    equal, paper = spec("majority"), spec("majority", protocol="paper")
    save(tmp_path, equal)
    ask(tmp_path, "s", equal, aliases={equal.identity: (paper,)})
    assert rows(tmp_path)["majority"]["done"] == 1


# --- sync -----------------------------------------------------------------------------------------------------------


def logged(out):
    """Run names by the name of their parent."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri(out))
    runs = client.search_runs([client.get_experiment_by_name("mnerbench").experiment_id])
    parents = {run.info.run_id: run.info.run_name for run in runs if "mnerbench.suite" in run.data.tags}
    children = [run for run in runs if run.info.run_id not in parents]
    return sorted((parents[run.data.tags["mlflow.parentRunId"]], run.info.run_name) for run in children)


def test_sync_logs_every_record_under_its_first_suite_or_under_runs(tmp_path):
    shared, single, loose = spec(seed=0), spec(seed=1), spec("majority")
    for saved in (shared, single, loose):
        save(tmp_path, saved)
    ask(tmp_path, "a", shared, spec(seed=9))
    ask(tmp_path, "b", shared, single)
    for _ in range(2):
        result = call(sync.command, tmp_path)
        assert result.output.startswith("3 of 3 records are in MLflow")
        assert logged(tmp_path) == [
            ("a", "bert-crf d seed 0"),
            ("b", "bert-crf d seed 1"),
            ("runs", "majority d seed 0"),
        ]


@pytest.mark.parametrize("planned", [False, True])
def test_sync_of_a_folder_without_records_says_what_to_do(tmp_path, planned):
    if planned:
        ask(tmp_path, "a", spec())
    with pytest.raises(StoreError, match=r"no records in it\n  -> point --out"):
        call(sync.command, tmp_path)
