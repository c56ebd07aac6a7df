"""`benchmark watch` on results folders that another process fills."""

from __future__ import annotations

import io
import json
import os
import platform
import time

import pytest
from click.testing import CliRunner
from rich.console import Console
from small_grid import job, record

from mnerbench.benchmark.cli import watch
from mnerbench.benchmark.display.console import PlainConsole
from mnerbench.benchmark.display.grid_watch import FolderWatch
from mnerbench.benchmark.display.watch_view import progress_of, view
from mnerbench.benchmark.results.manifest import NotRun, SuiteManifest, save_manifest
from mnerbench.benchmark.results.record import RunError, Status
from mnerbench.benchmark.results.running_file import RUNNING, RunningFile
from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import ConfigError, StoreError


def spec(seed, method="bert-crf"):
    return job(seed, method).spec.model_copy(update={"training": TrainingSettings(epochs=10)})


def plan(out, *specs, suite="s", not_run=None):
    lacking = {row: NotRun(reason=reason, seeds=(0,)) for row, reason in (not_run or {}).items()}
    runs = {item.identity: item for item in specs}
    save_manifest(out, SuiteManifest(suite=suite, title="", baseline=None, runs=runs, not_run=lacking))


def save(out, of, status=Status.DONE, seconds=60.0):
    error = RunError(kind="RuntimeError", message="boom", traceback="") if status is Status.FAILED else None
    RunStore(out).save_record(record(of, status, seconds=seconds, error=error))


def start(out, of, *, step=0, steps=0, spent=None, dev_f1=None, age=2.0, host="node7"):
    now = time.time()
    since = now - age - spent if spent is not None else None
    state = RunningFile(
        host=host,
        owner=platform.node(),
        pid=os.getpid(),
        begun=since if since is not None else now - age,
        updated=now - age,
        training_since=since,
        steps=steps,
        step=step,
        dev_f1=dev_f1,
    )
    path = out / of.identity / RUNNING
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(state.model_dump_json())
    return path


def call(out, *arguments):
    result = CliRunner().invoke(
        watch.command, ["--out", str(out), *arguments], catch_exceptions=False, standalone_mode=False
    )
    return result.output


def data(out, *arguments):
    return json.loads(call(out, "--format", "json", *arguments))


def grid(out):
    """Four runs of two methods: one done, one failed, one in its third epoch, one that waits."""
    runs = [spec(0), spec(1), spec(0, "umt"), spec(1, "umt")]
    plan(out, *runs, not_run={"maf on d": "no pictures"})
    save(out, runs[0])
    save(out, runs[1], Status.FAILED)
    start(out, runs[2], step=25, steps=100, spent=50.0, dev_f1=0.5)
    return runs


def test_every_state_is_shown_with_totals_and_reasons(tmp_path):
    grid(tmp_path)
    text = call(tmp_path, "--once")
    assert "s: 4 runs: 1 done, 1 failed, 1 running, 1 waiting; " in text
    assert "epoch 3/10, dev F1 50.00" in text
    assert "node7" in text
    assert "2 s ago" in text
    assert "bert-crf on d, seed 1: failed: RuntimeError: boom" in text
    assert "maf on d: not run: no pictures" in text


def test_the_remaining_time_is_that_of_known_lengths_and_names_the_others(tmp_path):
    _, _, third, fourth = grid(tmp_path)
    (suite,) = data(tmp_path)["suites"]
    # 50 s for 25 of 100 steps leave 150 s, less the 2 s since the last sign of life; the waiting `umt` is unknown.
    assert suite["seconds_left"] == pytest.approx(148, abs=2)
    assert suite["unknown_length"] == 1
    save(tmp_path, third, seconds=200.0)
    (tmp_path / third.identity / RUNNING).unlink()
    (suite,) = data(tmp_path)["suites"]
    assert (suite["seconds_left"], suite["unknown_length"]) == (200.0, 0)
    assert "about 3 min left, nothing runs now" in call(tmp_path, "--once")
    start(tmp_path, fourth, step=1, steps=100, spent=50.0)
    assert data(tmp_path)["suites"][0]["seconds_left"] == pytest.approx(148, abs=2)


def test_the_time_is_divided_among_the_runs_at_work(tmp_path):
    runs = [spec(seed) for seed in range(5)]
    plan(tmp_path, *runs)
    save(tmp_path, runs[0], seconds=100.0)
    for run in runs[1:3]:
        start(tmp_path, run)  # both still loading
    (suite,) = data(tmp_path)["suites"]
    assert suite["seconds_left"] == pytest.approx((2 * 100 + 2 * 98) / 2, abs=2)


def test_what_the_pace_of_training_does_not_tell_is_unknown(tmp_path):
    plan(tmp_path, spec(0), spec(1), spec(2))
    start(tmp_path, spec(0), step=100, steps=100, spent=50.0)  # evaluating
    start(tmp_path, spec(1))  # loading
    (suite,) = data(tmp_path)["suites"]
    assert (suite["seconds_left"], suite["unknown_length"]) == (None, 3)
    assert "3 runs of unknown length, 2 at a time" in call(tmp_path, "--once")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "starting"),
        ({"spent": 1.0, "steps": 100, "step": 0}, "epoch 1/10"),
        ({"spent": 1.0, "steps": 100, "step": 99, "dev_f1": 0.7}, "epoch 10/10, dev F1 70.00"),
        ({"spent": 1.0, "steps": 100, "step": 100}, "evaluating"),
        ({"spent": 1.0}, "working"),
    ],
)
def test_the_phase_of_a_run(tmp_path, fields, text):
    plan(tmp_path, spec(0))
    start(tmp_path, spec(0), **fields)
    (run,) = FolderWatch(tmp_path).read().states.values()
    assert progress_of(run) == text


def test_a_suite_of_the_folder_is_selected_by_name(tmp_path):
    plan(tmp_path, spec(0), suite="one")
    plan(tmp_path, spec(1), suite="two")
    assert [suite["suite"] for suite in data(tmp_path, "--suite", "two")["suites"]] == ["two"]
    assert [suite["suite"] for suite in data(tmp_path)["suites"]] == ["one", "two"]
    with pytest.raises(ConfigError, match="no runs of suite 'tow'; did you mean 'two'"):
        call(tmp_path, "--suite", "tow", "--once")


def test_a_folder_without_runs_is_an_error(tmp_path):
    with pytest.raises(StoreError, match="no suite has started its runs here"):
        call(tmp_path / "none", "--once")


def test_damaged_files_are_named_and_the_rest_is_shown(tmp_path):
    grid(tmp_path)
    start(tmp_path, spec(1, "umt")).write_text("{")
    (tmp_path / "suites" / "other.json").write_text("{")
    text = call(tmp_path, "--once")
    assert "other.json" in text
    assert RUNNING in text
    assert "1 done, 1 failed, 1 running, 1 waiting" in text
    assert len(data(tmp_path)["damaged"]) == 2


def test_in_a_pipe_changes_are_lines_and_a_complete_suite_ends_it(tmp_path, monkeypatch):
    first, second = spec(0), spec(1)
    plan(tmp_path, first, second)
    start(tmp_path, first)
    steps = iter(
        [
            lambda: save(tmp_path, first, Status.FAILED),
            lambda: None,
            lambda: start(tmp_path, second),
            lambda: save(tmp_path, second),
        ]
    )
    monkeypatch.setattr(watch.time, "sleep", lambda _: next(steps)())
    lines = call(tmp_path).splitlines()
    assert [line for line in lines if "seed" in line and "│" not in line] == [
        "bert-crf on d, seed 0: failed: RuntimeError: boom",
        "bert-crf on d, seed 1: running",
        "bert-crf on d, seed 1: done",
        "bert-crf on d, seed 0: failed: RuntimeError: boom",  # the display at the end
    ]
    assert lines.count("s: 2 runs: 1 done, 1 failed; complete") == 2
    assert next(steps, None) is None


def test_a_terminal_is_redrawn_and_fits_80_columns(tmp_path, monkeypatch):
    runs = grid(tmp_path)
    screen = PlainConsole(file=io.StringIO(), force_terminal=True, width=80, height=40)
    monkeypatch.setattr("mnerbench.benchmark.display.console.console", lambda: screen)

    def end_all(_):
        for run in runs:
            save(tmp_path, run)
            (tmp_path / run.identity / RUNNING).unlink(missing_ok=True)

    monkeypatch.setattr(watch.time, "sleep", end_all)
    call(tmp_path)
    text = screen.file.getvalue()
    assert "epoch 3/10" in text
    assert "s: 4 runs: 4 done; complete" in text


def test_the_display_fits_80_columns(tmp_path):
    grid(tmp_path)
    screen = Console(file=io.StringIO(), width=80)
    screen.print(view(FolderWatch(tmp_path).read()))
    assert "epoch 3/10, dev F1" in screen.file.getvalue()
    assert all(len(line) <= 80 for line in screen.file.getvalue().splitlines())


def test_reasons_beyond_the_limit_are_counted(tmp_path):
    runs = [spec(seed) for seed in range(12)]
    plan(tmp_path, *runs)
    for run in runs:
        save(tmp_path, run, Status.FAILED)
    screen = Console(file=io.StringIO(), width=80)
    screen.print(view(FolderWatch(tmp_path).read(), most_reasons=8))
    assert screen.file.getvalue().count("RuntimeError: boom") == 8
    assert "and 4 more; `benchmark status` lists them" in screen.file.getvalue()


def test_names_are_not_markup(tmp_path):
    plan(tmp_path, spec(0, "[red]m[/nothing]"))
    save(tmp_path, spec(0, "[red]m[/nothing]"), Status.FAILED)
    assert "[red]m[/nothing]" in call(tmp_path, "--once")


def test_ctrl_c_ends_the_display_only(tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    plan(tmp_path, spec(0))
    monkeypatch.setattr(watch.time, "sleep", interrupt)
    result = CliRunner().invoke(watch.command, ["--out", str(tmp_path)])
    assert result.exit_code == 130
    assert "the runs continue" in result.output
