"""The states of runs, from files alone."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time

import pytest
from small_grid import job, moved, record

from mnerbench.benchmark.results.manifest import SuiteManifest
from mnerbench.benchmark.results.record import RunError, Status
from mnerbench.benchmark.results.run_states import RunState, SignsOfLife, observe
from mnerbench.benchmark.results.running_file import RUNNING, RunningFile
from mnerbench.benchmark.results.store import RunStore

SPEC = job(0).spec


def dead_process():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def running(folder, pid=None, owner=None, age=1.0, **fields):
    """Write the file of a run that works."""
    state = RunningFile(
        host="node7",
        owner=owner or platform.node(),
        pid=pid or os.getpid(),
        begun=time.time() - age,
        updated=time.time() - age,
        **fields,
    )
    path = folder / SPEC.identity / RUNNING
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(state.model_dump_json())
    return state


def run_in(folder, spec=SPEC, signs=None):
    manifest = SuiteManifest(suite="s", title="", baseline=None, runs={spec.identity: spec})
    store = RunStore(folder)
    suite = observe(store, manifest, signs or SignsOfLife())
    return suite.runs[spec.identity], store


def save(folder, status=Status.DONE, **fields):
    error = RunError(kind="ValueError", message="boom", traceback="") if status is Status.FAILED else None
    RunStore(folder).save_record(record(SPEC, status, error=error, **fields))


def test_a_run_without_files_waits(tmp_path):
    assert run_in(tmp_path)[0].state is RunState.WAITING


@pytest.mark.parametrize("status", list(Status))
def test_a_record_says_how_a_run_ended(tmp_path, status):
    save(tmp_path, status)
    seen, _ = run_in(tmp_path)
    assert seen.state.value == status.value
    assert seen.reason == ("ValueError: boom" if status is Status.FAILED else "")


def test_a_run_at_work_is_running_with_its_silence(tmp_path):
    running(tmp_path, age=12.0)
    seen, _ = run_in(tmp_path)
    assert seen.state is RunState.RUNNING
    assert seen.running.host == "node7"
    assert 12 <= seen.silence < 60


def test_a_run_that_repeats_an_earlier_one_is_running(tmp_path):
    save(tmp_path, started="2025-01-01")
    running(tmp_path, earlier="2025-01-01")
    assert run_in(tmp_path)[0].state is RunState.RUNNING


def test_a_newer_record_counts_more_than_a_file_that_a_kill_left(tmp_path):
    running(tmp_path, age=10_000, owner="another-machine")
    save(tmp_path)
    assert run_in(tmp_path)[0].state is RunState.DONE


def test_a_killed_process_is_told_by_its_own_machine_only(tmp_path):
    pid = dead_process()
    running(tmp_path, pid=pid, age=600)
    seen, _ = run_in(tmp_path)
    assert seen.state is RunState.INTERRUPTED
    assert f"process {pid} on {platform.node()} was killed" in seen.reason
    running(tmp_path, pid=pid, age=600, owner="another-machine")
    assert run_in(tmp_path)[0].state is RunState.RUNNING


def test_whoever_was_alive_just_now_is_not_killed(tmp_path):
    running(tmp_path, pid=dead_process(), age=2)  # as seen from a container, which numbers its processes separately
    assert run_in(tmp_path)[0].state is RunState.RUNNING


def test_a_run_that_lacks_a_transfer_waits(tmp_path):
    save(tmp_path)
    seen, _ = run_in(tmp_path, moved(job(0), "other").spec)
    assert seen.state is RunState.WAITING
    assert "not scored on all datasets" in seen.reason


@pytest.mark.parametrize(("content", "state"), [("{", RunState.WAITING), ("folder", RunState.DAMAGED)])
def test_a_damaged_record_is_named(tmp_path, content, state):
    path = tmp_path / SPEC.identity / "record.json"
    path.parent.mkdir()
    path.mkdir() if content == "folder" else path.write_text(content)
    seen, store = run_in(tmp_path)
    assert seen.state is state
    assert [damage.path for damage in store.damage] == [path]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"host": 1}', '{"host": "h", "owner": "h", "pid": 1, "begun": 1, "updated": 1e400}', "\0"],
)
def test_a_damaged_state_is_named_and_is_no_state(tmp_path, content):
    path = tmp_path / SPEC.identity / RUNNING
    path.parent.mkdir()
    path.write_text(content)
    seen, store = run_in(tmp_path)
    assert seen.state is RunState.WAITING
    assert [(damage.path, damage.excludes) for damage in store.damage] == [(path, False)]


def test_a_link_in_place_of_the_state_is_not_followed(tmp_path):
    (tmp_path / "secret.json").write_text(running(tmp_path).model_dump_json())
    out = tmp_path / "out"
    (out / SPEC.identity).mkdir(parents=True)
    (out / SPEC.identity / RUNNING).symlink_to(tmp_path / "secret.json")
    seen, store = run_in(out)
    assert seen.state is RunState.WAITING
    assert "leads out of the results folder" in next(iter(store.damage)).reason


def test_a_change_that_was_seen_needs_no_common_clock(tmp_path):
    clock = iter([100.0, 100.0, 107.0])
    signs = SignsOfLife(clock=lambda: next(clock), now=lambda: 5000.0)
    state = running(tmp_path).model_copy(update={"updated": 9000.0})  # the other clock is ahead by an hour
    assert signs.silence("a", state) == 0
    changed = state.model_copy(update={"updated": 9005.0})
    assert signs.silence("a", changed) == 0
    assert signs.silence("a", changed) == 7


def test_looking_takes_no_lock_and_writes_nothing(tmp_path):
    running(tmp_path)
    (tmp_path / SPEC.identity / ".lock").write_text("")
    before = {path: path.stat().st_mtime_ns for path in [tmp_path, *tmp_path.rglob("*")]}
    (tmp_path / SPEC.identity / ".lock").chmod(0)
    run_in(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in [tmp_path, *tmp_path.rglob("*")]} == before
