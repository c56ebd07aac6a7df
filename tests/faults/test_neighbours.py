"""Two invocations on one folder, signals to the whole group, hung workers."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults


def begun(text):
    """Titles of the runs that an invocation trained."""
    return re.findall(r"^(\S+ on tiny, seed \d+)  \[", text, re.MULTILINE)


def test_two_invocations_share_a_folder_and_train_each_run_once(command_line, tell):
    calm, shared = command_line(within="calm", seeds=4), command_line(within="shared", seeds=4)
    calm.run()
    logs, processes = [], []
    for _ in range(2):
        processes.append(shared.start("--workers", 2))
        logs.append(shared.log)
    assert [process.wait(600) for process in processes] == [0, 0]
    done = [begun(log.read_text()) for log in logs]
    assert sorted(done[0] + done[1]) == sorted(begun((calm.folder / "out.1.log").read_text()))
    assert all(done)
    assert shared.predictions() == calm.predictions()
    assert all("ita-ga+cva" in log.read_text().split("micro F1")[1] for log in logs)
    tell(f"two invocations at once: {len(done[0])} + {len(done[1])} runs, none trained twice")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("workers", [1, 2])
def test_one_signal_ends_between_two_steps(command_line, wait_for, tell, workers, number):
    grid = command_line(epochs=4000, seeds=1)
    process = grid.start("--workers", workers)
    log = grid.log
    wait_for(lambda: log.read_text().count("epoch 2/") >= workers, "two epochs")
    sent = time.monotonic()
    os.killpg(process.pid, number)
    assert process.wait(60) == 130
    took = time.monotonic() - sent
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
    tell(f"{number.name} to {workers} worker(s): interrupted and kept within {took:.1f} s, resumed by the same command")


@pytest.mark.parametrize("workers", [1, 2])
def test_two_signals_end_at_once(command_line, wait_for, workers_of, tell, workers):
    grid = command_line(epochs=4000, seeds=1)
    process = grid.start("--workers", workers)
    log = grid.log
    wait_for(lambda: "epoch 2/" in log.read_text(), "two epochs")
    staff = workers_of(process.pid)
    os.killpg(process.pid, signal.SIGSTOP)  # so that both come before the first has ended anything
    for _ in range(2):
        os.kill(process.pid, signal.SIGINT)
        os.kill(process.pid, signal.SIGCONT)
        time.sleep(0.05)
        os.kill(process.pid, signal.SIGSTOP)
    os.killpg(process.pid, signal.SIGCONT)
    assert process.wait(60) == 130
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in staff), "workers are gone", 20)
    tell(f"two SIGINTs to {workers} worker(s): exit code 130, no process left")


def test_a_hung_worker_is_ended_and_the_grid_goes_on(command_line, wait_for, workers_of, tell):
    grid = command_line(seeds=1, epochs=60)
    process = grid.start("--workers", 2, "--timeout", 0.5)
    log = grid.log
    wait_for(lambda: "epoch 1/" in log.read_text(), "an epoch")
    victim = workers_of(process.pid)[0]
    os.kill(victim, signal.SIGSTOP)
    assert process.wait(300) == 1
    errors = [record["error"]["kind"] for record in grid.records().values() if record["error"]]
    assert errors == ["HungRun"]
    assert len(grid.records()) == 4
    assert "silent for 30 s" in log.read_text()
    grid.run("--rerun", "failed")
    assert {record["status"] for record in grid.records().values()} == {"done"}
    tell("a worker that hung was ended after --timeout, its run failed, the others were done; --rerun failed did it")
