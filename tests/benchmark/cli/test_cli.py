"""The whole command line on the corpus `tiny`; the grid that other tests compare with runs as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from commands import benchmark
from forked_commands import ForkedCommand, forked

pytestmark = pytest.mark.slow

SUITE = """
title = "two methods, three epochs"
datasets = ["tiny"]
methods = ["lookup", "ita-ga+cva"]
baseline = "lookup"
seeds = 1
encoder = "scratch"
[training]
epochs = 3
batch_size = 4
lr_encoder = 1e-3
"""
COMMAND = [sys.executable, "-m", "mnerbench.benchmark"]


def environment(**extra):
    return {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "160", **extra}


def started(*arguments, **extra):
    """Run a command line in a process of its own; returns stdout and stderr as one text."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, env=environment(**extra), check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    path = tmp_path_factory.mktemp("suite") / "pair.toml"
    path.write_text(SUITE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def flags(suite, fixtures):
    return ["--suite", suite, "--data", fixtures, "--threads", 1]


@pytest.fixture(scope="module")
def first(flags, tmp_path_factory):
    """One finished grid, with its output."""
    out = tmp_path_factory.mktemp("first")
    return out, started("run", *flags, "--out", out)


def predictions(out):
    """Every prediction file of a results folder, as bytes."""
    return {path.relative_to(out): path.read_bytes() for path in sorted(out.glob("*/predictions/*.jsonl"))}


def test_a_run_prints_plan_progress_and_leaderboard(first):
    out, text = first
    assert "2 runs: 0 done, 2 to do" in text
    assert "epoch 3/3" in text
    assert "dev picks the epoch" in text
    assert "ita-ga+cva" in text.split("epoch 3/3")[1]
    assert len(list(out.glob("*/record.json"))) == 2
    assert {path.name for path in predictions(out)} == {
        *(f"{split}.{view}.jsonl" for split in ("valid", "test") for view in ("it", "t", "it-shuffled")),
        "test.it-additive.jsonl",
    }
    assert not list(out.glob("*/checkpoint.pt"))
    record = next(
        record for record in (json.loads(p.read_text()) for p in out.glob("*/record.json")) if record["spec"]["encoder"]
    )
    assert record["policies"]["zero_piece_words_to_unknown"] > 0
    assert record["policies"]["stray_inside_keep"] > 0
    assert record["metrics"]["test"]["it"]["conlleval"]["overall"]["gold"] > 0
    assert (out / "mlflow.db").is_file()


def test_a_second_run_trains_nothing(first, flags):
    out, _ = first
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/record.json")}
    text = started("run", *flags, "--out", out)
    assert "2 runs: 2 done, 0 to do" in text
    assert "epoch" not in text.split("to do")[-1].split("conlleval")[0]
    assert {path: path.stat().st_mtime_ns for path in out.glob("*/record.json")} == before


def test_another_process_with_another_hash_seed_gives_the_same_predictions(first, flags, tmp_path):
    started("run", *flags, "--out", tmp_path, "--no-mlflow", PYTHONHASHSEED="12345")
    assert predictions(tmp_path) == predictions(first[0])


def test_a_kill_in_the_middle_changes_nothing(first, flags, tmp_path):
    words = ["run", *flags, "--out", tmp_path, "--no-mlflow", "--checkpoint-every", 0]
    for line_to_kill_at in ("epoch 1/3", "epoch 2/3"):
        assert end_at(line_to_kill_at, signal.SIGKILL, *words)[1] == -signal.SIGKILL
        assert list(tmp_path.glob("*/checkpoint.pt"))
    text = forked("run", *flags, "--out", tmp_path, "--no-mlflow")
    assert "resumed at step" in text
    assert predictions(tmp_path) == predictions(first[0])
    assert not list(tmp_path.glob("*/checkpoint.pt"))


def end_at(line, number, *words):
    """Send a command a signal when it has printed a line; returns what it printed afterwards, and its exit code."""
    command = ForkedCommand(*words, variables={"COLUMNS": "160"})
    with command.output:
        assert any(line in text for text in command.output)
        command.send_signal(number)
        return command.output.read(), command.wait()


def test_an_interruption_is_recorded_and_the_same_command_resumes(first, flags, tmp_path):
    words = ["run", *flags, "--out", tmp_path, "--no-mlflow", "--checkpoint-every", 0]
    rest, code = end_at("epoch 1/3", signal.SIGINT, *words)
    assert code == 130
    assert "interrupted: to resume, run the same command" in rest
    (row,) = [r for r in json.loads(benchmark("status", "--out", tmp_path, "--format", "json")) if r["interrupted"]]
    assert row["method"] == "ita-ga+cva"
    assert "resumed at step" in forked("run", *flags, "--out", tmp_path, "--no-mlflow")
    assert predictions(tmp_path) == predictions(first[0])


def test_a_failed_run_has_a_record_and_the_grid_continues(flags, tmp_path):
    flags = [*flags, "--out", tmp_path, "--no-mlflow"]
    text = benchmark("run", *flags, "--set", "training.lr_encoder=1e30", code=1)
    assert "failed" in text
    assert "--rerun failed" in text
    assert "lower the learning rates" in benchmark("status", "--out", tmp_path)
    assert "2 runs: 1 done, 1 failed, 0 to do" in benchmark(
        "plan", *flags[:4], "--out", tmp_path, "--set", "training.lr_encoder=1e30"
    )


def test_reports_and_status_of_a_finished_grid(first):
    out, _ = first
    status = json.loads(benchmark("status", "--out", out, "--format", "json"))
    assert {(row["method"], row["done"]) for row in status} == {("lookup", 1), ("ita-ga+cva", 1)}
    page = benchmark("report", "--out", out, "--format", "markdown")
    assert "| ita-ga+cva" in page
    assert "conlleval" in page


def test_status_of_a_suite(first):
    out, _ = first
    rows = json.loads(benchmark("status", "--out", out, "--format", "json"))
    (suite,) = {row["suite"] for row in rows}
    assert json.loads(benchmark("status", "--out", out, "--suite", suite, "--format", "json")) == rows
    message = benchmark("status", "--out", out, "--suite", f"{suite}s", code=2)
    assert f"no runs of suite '{suite}s'; did you mean '{suite}'?" in message


def test_a_missing_encoder_is_listed_and_count_based_methods_run(fixtures, tmp_path):
    flags = ["--suite", "tiny", "--data", fixtures, "--encoder", "/no/such/folder", "--out", tmp_path, "--no-mlflow"]
    text = benchmark("run", *flags)
    assert "3 of 5 rows cannot run; the other 2 run." in text
    assert "not run: bert-crf, ita-ga, ita-ga+cva on tiny: encoder '/no/such/folder'" in text
    assert "2 runs: 0 done, 2 to do" in text
    assert "--require-all" in benchmark("run", *flags, "--require-all", code=2)


def test_impossible_runs_are_listed_and_the_others_run(suite, fixtures, tmp_path):
    flags = ["--suite", suite, "--data", fixtures, "--input", "captions=none-such", "--out", tmp_path, "--no-mlflow"]
    text = benchmark("run", *flags)
    assert "not run: ita-ga+cva on tiny" in text
    assert "captions.none-such.txt" in text
    assert "1 run: 0 done, 1 to do" in text
    assert "--require-all" in benchmark("run", *flags, "--require-all", code=2)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["run", "--suite", "twiter15"], ["no suite 'twiter15'", "twitter15"]),
        (["run", "--suite", "tiny", "--methods", "bert_crf"], ["unknown method 'bert_crf'", "'bert-crf'"]),
        (["run", "--suite", "tiny", "--seeds", "many"], ["--seeds 'many'", "--seeds 5"]),
        (["run", "--suite", "tiny", "--set", "captions=1"], ["METHOD.KEY=VALUE"]),
        (["run", "--suite", "tiny", "--set", "ita-ga.caption=1"], ["'caption'", "'captions'"]),
        (
            ["run", "--suite", "tiny", "--methods", "bert-crf", "--encoder", "/no/such/folder"],
            ["nothing of this suite can be run", "not run: bert-crf on tiny", "/no/such/folder", "`scratch`"],
        ),
        (["run", "--suite", "tiny", "--data", "/no/such"], ["/no/such", "--data DIR"]),
        (["report", "--out", "/no/such"], ["/no/such"]),
        (["status", "--out", "/no/such"], ["/no/such"]),
        (["rum"], ["no command 'rum'", "'run'"]),
    ],
)
def test_bad_input_is_one_clear_error_without_traceback(arguments, parts, fixtures, tmp_path):
    extra = ["--data", fixtures] if "--data" not in arguments and arguments[0] == "run" else []
    out = ["--out", tmp_path] if arguments[0] == "run" else []
    text = benchmark(*arguments, *extra, *out, code=2)
    assert "Traceback" not in text
    assert all(part in text for part in parts), text
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("what", ["methods", "datasets", "suites", "encoders"])
def test_lists_are_tables_and_json(what):
    rows = json.loads(benchmark("list", what, "--format", "json"))
    assert rows
    assert next(iter(rows[0].values())) in benchmark("list", what)


def test_env_shows_versions_and_paths(tmp_path):
    facts = json.loads(benchmark("env", "--format", "json", "--models", tmp_path))
    assert facts["models"] == str(tmp_path)
    assert facts["packages"]["torch"] != "not installed"
