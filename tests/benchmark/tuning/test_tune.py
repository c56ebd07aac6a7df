"""`tune` end to end on the corpus `tiny`: equal budgets, pruning, resume, a suite that runs, and test never read."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib

import pytest
from commands import benchmark
from forked_commands import ForkedCommand
from short_grid import SUITE

from mnerbench.benchmark.planning.suite import load_suite
from mnerbench.benchmark.results.search_results import load_results

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "mnerbench.benchmark"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"}


@pytest.fixture(scope="module")
def flags(fixtures, tmp_path_factory):
    path = tmp_path_factory.mktemp("suite") / "short.toml"
    path.write_text(SUITE.replace("epochs = 3", "epochs = 5"), encoding="utf-8")
    return ["--suite", path, "--data", fixtures, "--threads", 1]


@pytest.fixture(scope="module")
def tuned(flags, tmp_path_factory):
    """A finished search in a process of its own, with its output."""
    out = tmp_path_factory.mktemp("tuned")
    command = [*COMMAND, "tune", *map(str, flags), "--out", str(out), "--trials", "7"]
    process = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    return out, process.stdout + process.stderr


def test_all_methods_have_equal_numbers_of_trials(tuned):
    out, text = tuned
    searches = load_results(out / "tuning" / "short").searches
    assert {search.method for search in searches} == {"bert-crf", "ita-ga+cva"}
    assert [[trial.number for trial in search.trials] for search in searches] == [list(range(7))] * 2
    assert "every method had 7 trials" in text
    assert "pruned" in text
    for search in searches:
        assert search.trials[0].values["training.lr_encoder"] == 1e-3
        assert search.best.value == max(trial.value for trial in search.trials if trial.value is not None)
        assert all(trial.curve for trial in search.trials)
        assert sum(map(search.count, ("complete", "pruned"))) == 7


def test_test_is_never_read(tuned):
    out, text = tuned
    folders = list((out / "tuning" / "short" / "trials").glob("*/predictions"))
    assert folders
    names = {path.name.split(".")[0] for folder in folders for path in folder.iterdir()}
    assert names == {"valid"}
    records = [json.loads(path.read_text()) for path in out.rglob("trials/*/record.json")]
    assert {split for record in records for split in record["metrics"]} == {"valid"}
    assert "test F1" not in text
    assert not list(out.glob("*/record.json"))  # no trial is on a leaderboard
    assert not list(out.rglob("checkpoint.pt"))


def test_the_same_command_adds_nothing_and_a_larger_budget_adds_trials(flags, tuned):
    out, _ = tuned
    text = benchmark("tune", *flags, "--out", out, "--trials", 7, "--no-mlflow")
    assert "epoch 1/" not in text
    assert "every method had 7 trials" in text
    text = benchmark("tune", *flags, "--out", out, "--trials", 8, "--no-mlflow", "--methods", "bert-crf")
    assert "bert-crf on tiny, trial 7" in text
    assert "bert-crf on tiny, trial 6" not in text
    assert "methods had different numbers of trials" in text


def test_a_damaged_trial_is_named_and_trained_again(flags, tuned, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(tuned[0], out)
    folder = out / "tuning" / "short"
    (folder / "journal.log").unlink()  # so that the first trial, with the suite's settings, is drawn again
    records = sorted(folder.glob("trials/*/record.json"))
    for path in records:
        path.write_text("{", encoding="utf-8")
    text = benchmark("tune", *flags, "--out", out, "--trials", 1, "--method", "bert-crf", "--no-mlflow")
    assert "record.json: not a run record" in text
    assert sum(1 for path in records if path.read_text(encoding="utf-8") != "{") == 1


def test_the_best_settings_are_a_suite_that_runs(flags, tuned):
    out, _ = tuned
    path = out / "tuning" / "short" / "tuned-tiny.toml"
    suite = load_suite(str(path))
    assert [part.protocol.value for part in suite.parts if part.methods != ("lookup",)] == ["tuned", "tuned"]
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    best = {search.method: search.best for search in load_results(out / "tuning" / "short").searches}
    for part in raw["parts"]:
        for method in part["methods"]:
            if method in best:
                training = {f"training.{key}": value for key, value in part["training"].items()}
                written = training | part["settings"][method]
                assert {key: written[key] for key in best[method].values} == dict(best[method].values)
    text = benchmark("run", "--suite", path, *flags[2:], "--out", out, "--no-mlflow", "--seeds", 1)
    assert "protocol tuned" in text
    assert "lookup" in text
    report = benchmark("report", "--out", out, "--format", "markdown")
    assert "each method has the best settings of its own search on dev" in report


def test_a_suite_names_what_is_searched(fixtures, tmp_path):
    suite, folders = tmp_path / "grid.toml", ["--data", fixtures, "--out", tmp_path / "runs", "--no-mlflow"]
    text = SUITE.replace("epochs = 3", "epochs = 1") + '\n[search]\n"training.lr_crf" = "0.05,0.1,0.2"\n'
    suite.write_text(text, encoding="utf-8")
    benchmark("tune", "--suite", suite, *folders, "--methods", "bert-crf", "--trials", 3, "--threads", 1)
    (search,) = load_results(tmp_path / "runs" / "tuning" / "grid").searches
    assert sorted(trial.values["training.lr_crf"] for trial in search.trials) == [0.05, 0.1, 0.2]
    assert {name for trial in search.trials for name in trial.values} == {"training.lr_crf"}
    suite.write_text(text.replace("0.05,0.1,0.2", "0.2..0.1"), encoding="utf-8")
    printed = benchmark("tune", "--suite", suite, *folders, "--trials", 3, code=2)
    assert "suite grid: search 'training.lr_crf=0.2..0.1': an empty range" in printed


def test_each_trial_is_in_mlflow(tuned):
    from mlflow import MlflowClient

    out, _ = tuned
    client = MlflowClient(f"sqlite:///{out / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("mnerbench").experiment_id])
    parents = {run.data.tags["mnerbench.suite"] for run in runs if "mnerbench.suite" in run.data.tags}
    assert parents == {"tune short"}
    children = [run for run in runs if "mnerbench.identity" in run.data.tags]
    records = {path.parent.name for path in out.rglob("trials/*/record.json")}
    assert {run.data.tags["mnerbench.identity"] for run in children} <= records
    assert len(children) == 14
    assert all("valid/t/conlleval/f1" in run.data.metrics or run.info.status == "KILLED" for run in children)


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.faults)])
def test_a_stopped_search_is_resumed(flags, tmp_path, number):
    words = ["tune", *flags, "--out", tmp_path, "--trials", 4, "--no-mlflow", "--methods", "bert-crf"]
    command = ForkedCommand(*words, "--checkpoint-every", 0, "--workers", 2)
    ended = 0
    for line in command.output:
        ended += "dev F1 t" in line
        if ended and "epoch 2/" in line:
            command.send_signal(number)
            break
    command.output.read()
    assert command.wait() == (-9 if number == signal.SIGKILL else 130)
    text = benchmark(*words)
    assert "every method had 4 trials" in text
    [search] = load_results(tmp_path / "tuning" / "short").searches
    assert [trial.number for trial in search.trials] == [0, 1, 2, 3]
    assert {trial.state for trial in search.trials} <= {"complete", "pruned"}
    started = re.findall(r"^bert-crf on tiny, trial (\d+)  \[", text, re.MULTILINE)
    assert "resumed at step" in text
    assert len(started) < 4  # finished trials are not repeated


def test_invalid_flags_are_refused_before_training(flags, tmp_path):
    out = [*flags, "--out", tmp_path]
    assert "lookup: nothing to search" in benchmark("tune", *out, "--methods", "lookup,bert-crf", code=2)
    assert "not searched here" in benchmark("tune", *out, "--search", "maf.temperature=0..1", code=2)
    assert "changes nothing" in benchmark(
        "tune", *out, "--methods", "ita-ga+cva", "--search", "ita-ga+cva.attributes=1..3", code=2
    )
