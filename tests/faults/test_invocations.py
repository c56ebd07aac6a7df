"""Two invocations on one folder, signals to the process group, stalled workers."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults


def started_runs(text):
    """Titles of the runs that an invocation started."""
    return re.findall(r"^(\S+ on tiny, seed \d+)  \[", text, re.MULTILINE)


def test_two_invocations_share_a_folder_and_train_each_run_once(command_line, summarise):
    calm, shared = command_line(within="calm", seeds=4), command_line(within="shared", seeds=4)
    calm.run()
    logs, processes = [], []
    for _ in range(2):
        processes.append(shared.start("--workers", 2))
        logs.append(shared.log)
    assert [process.wait(600) for process in processes] == [0, 0]
    titles = [started_runs(log.read_text()) for log in logs]
    assert sorted(titles[0] + titles[1]) == sorted(started_runs((calm.folder / "out.1.log").read_text()))
    assert all(titles)
    assert shared.predictions() == calm.predictions()
    assert all("ita-ga+cva" in log.read_text().split("micro F1")[1] for log in logs)
    summarise(f"two invocations at once: {len(titles[0])} + {len(titles[1])} runs, none trained twice")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("workers", [1, 2])
def test_one_signal_ends_between_two_steps(command_line, wait_for, summarise, workers, number):
    grid = command_line(epochs=4000, seeds=1)
    process = grid.start("--workers", workers)
    log = grid.log
    wait_for(lambda: log.read_text().count("epoch 2/") >= workers, "two epochs")
    start = time.monotonic()
    os.killpg(process.pid, number)
    assert process.wait(60) == 130
    seconds = time.monotonic() - start
    assert "stopping after the current step" in log.read_text()
    states = [record["status"] for record in grid.records().values()]
    assert states.count("interrupted") == workers
    assert len([*grid.out.rglob("checkpoint.pt")]) == workers
    status = grid.run(verb="status")
    assert "interrupted" in status
    again = grid.start("--workers", workers)
    log = grid.log
    wait_for(lambda: log.read_text().count("resumed at step") >= workers, "resumed")
    os.killpg(again.pid, signal.SIGKILL)
    again.wait()
    summarise(f"{number.name} to {workers} worker(s): interrupted within {seconds:.1f} s, resumed by the same command")


@pytest.mark.parametrize("workers", [1, 2])
def test_two_signals_end_at_once(command_line, wait_for, workers_of, summarise, workers):
    grid = command_line(epochs=4000, seeds=1)
    process = grid.start("--workers", workers)
    log = grid.log
    wait_for(lambda: "epoch 2/" in log.read_text(), "two epochs")
    pids = workers_of(process.pid)
    os.killpg(process.pid, signal.SIGSTOP)  # so that the second signal arrives before the first has ended a run
    for _ in range(2):
        os.kill(process.pid, signal.SIGINT)
        os.kill(process.pid, signal.SIGCONT)
        time.sleep(0.05)
        os.kill(process.pid, signal.SIGSTOP)
    os.killpg(process.pid, signal.SIGCONT)
    assert process.wait(60) == 130
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "workers are gone", 20)
    summarise(f"two SIGINTs to {workers} worker(s): exit code 130, no process left")


def test_a_stalled_worker_is_killed_and_the_grid_continues(command_line, wait_for, workers_of, summarise):
    grid = command_line(seeds=1, epochs=60)
    process = grid.start("--workers", 2, "--timeout", 1.5)
    log = grid.log
    wait_for(lambda: log.read_text().count("epoch 1/") > 1, "an epoch of both workers", 300)
    victim = workers_of(process.pid)[0]
    os.kill(victim, signal.SIGSTOP)
    assert process.wait(600) == 1
    errors = [record["error"]["kind"] for record in grid.records().values() if record["error"]]
    assert errors == ["HungRun"]
    assert len(grid.records()) == 4
    assert "killed after 90 s without progress" in log.read_text()
    grid.run("--rerun", "failed")
    assert {record["status"] for record in grid.records().values()} == {"done"}
    summarise(
        "a stalled worker was killed after --timeout: its run failed, the others were done; --rerun failed repeated it"
    )
