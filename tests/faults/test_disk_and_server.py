"""A full disk, and an MLflow server that dies, restarts, or is down from the start."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections import Counter
from contextlib import suppress

import pytest

pytestmark = pytest.mark.faults


@pytest.fixture
def small_disk(tmp_path):
    """A disk with little more space than is required before training."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = shutil.which("mount")
    command = [mount, "-t", "tmpfs", "-o", "size=130m", "none", str(path)]
    if os.geteuid() != 0 or mount is None or subprocess.run(command, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield path
    subprocess.run(["umount", str(path)], check=True)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_disk_that_fills_up_fails_no_run(command_line, small_disk, wait_for, summarise, workers):
    calm, grid = command_line(within="calm", epochs=60), command_line(within="full", epochs=60)
    calm.run()
    grid.out = small_disk / "out"
    process = grid.start("--workers", workers, "--no-mlflow", "--checkpoint-every", 0)
    log = grid.log
    wait_for(lambda: "epoch 2/" in log.read_text(), "two epochs")
    ballast = small_disk / "ballast"
    with ballast.open("wb") as stream:
        while shutil.disk_usage(small_disk).free > 0:
            with suppress(OSError):
                stream.write(b"0" * min(1 << 16, shutil.disk_usage(small_disk).free))
                stream.flush()
    assert process.wait(120) == 2
    text = log.read_text()
    assert "cannot be written" in text
    assert "free some space" in text
    assert "Traceback" not in text
    assert not [record for record in grid.records().values() if record["status"] == "failed"]
    ballast.unlink()
    grid.run("--workers", workers, "--no-mlflow")
    assert grid.predictions() == calm.predictions()
    assert not grid.left_over()
    summarise(
        f"a disk that fills up under {workers} worker(s): exit code 2, no run failed; with room, the same predictions"
    )


class Server:
    """An MLflow server on a free port."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
                *("--backend-store-uri", f"sqlite:///{self.folder / 'server.db'}"),
                *("--artifacts-destination", str(self.folder / "artifacts")),
                *("--host", "127.0.0.1", "--port", str(self.port)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def is_up(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        os.killpg(self.process.pid, 9)
        self.process.wait()

    def logged(self):
        """How often each record is logged, and the number of parent runs."""
        from mlflow import MlflowClient

        client = MlflowClient(self.uri)
        runs = client.search_runs([client.get_experiment_by_name("mnerbench").experiment_id], max_results=1000)
        records = Counter(
            run.data.tags.get("mnerbench.record") for run in runs if "mnerbench.identity" in run.data.tags
        )
        return records, sum("mnerbench.suite" in run.data.tags for run in runs)


@pytest.fixture
def server(tmp_path):
    mlflow = Server(tmp_path)
    yield mlflow
    if mlflow.is_up():
        mlflow.kill()


def expected_records(grid):
    return Counter(f"{identity}@{record['started']}" for identity, record in grid.records().items())


def test_sync_logs_the_records_that_a_dead_server_missed(command_line, server, wait_for, summarise):
    grid = command_line(seeds=3, epochs=60)
    server.start()
    wait_for(server.is_up, "MLflow listens")
    process = grid.start("--workers", 2, MLFLOW_TRACKING_URI=server.uri)
    log = grid.log
    wait_for(lambda: log.read_text().count("test F1") >= 3, "three runs", 300)
    server.kill()
    assert process.wait(600) == 0
    assert "nothing is lost" in log.read_text()
    assert len(grid.records()) == 10
    server.start()
    wait_for(server.is_up, "MLflow listens again")
    before = server.logged()[0].total()
    assert before < 10
    for _ in range(2):
        assert "10 of 10 records" in grid.run(verb="sync", MLFLOW_TRACKING_URI=server.uri)
    assert server.logged() == (expected_records(grid), 1)
    summarise(f"MLflow's server killed during the grid: 10 runs done, {before} logged, all of them once after sync")


def test_sync_logs_all_records_if_the_server_was_down(command_line, server, wait_for, summarise):
    grid = command_line(seeds=1)
    grid.run(MLFLOW_TRACKING_URI=server.uri)
    grid.run(verb="sync", code=1, MLFLOW_TRACKING_URI=server.uri)
    server.start()
    wait_for(server.is_up, "MLflow listens")
    grid.run(verb="sync", MLFLOW_TRACKING_URI=server.uri)
    assert server.logged() == (expected_records(grid), 1)
    summarise("MLflow's server started after the grid: all 4 runs logged once after sync")
