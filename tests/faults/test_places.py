"""A full disk, and an MLflow server that dies, comes back, or never was there."""

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
    """A disk that has room for what is asked before training, and little more."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    made = [mount, "-t", "tmpfs", "-o", "size=130m", "none", str(place)]
    if os.geteuid() != 0 or mount is None or subprocess.run(made, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_disk_that_fills_up_fails_no_run(command_line, small_disk, wait_for, tell, workers):
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
    tell(f"a disk that fills up under {workers} worker(s): exit code 2, no run failed; with room, the same predictions")


class Server:
    """An MLflow server on a port of its own."""

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

    def up(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        os.killpg(self.process.pid, 9)
        self.process.wait()

    def held(self):
        """How often it holds which record, and how many parents there are."""
        from mlflow import MlflowClient

        client = MlflowClient(self.uri)
        runs = client.search_runs([client.get_experiment_by_name("mnerbench").experiment_id], max_results=1000)
        records = Counter(
            run.data.tags.get("mnerbench.record") for run in runs if "mnerbench.identity" in run.data.tags
        )
        return records, sum("mnerbench.suite" in run.data.tags for run in runs)


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path)
    yield made
    if made.up():
        made.kill()


def wanted(grid):
    return Counter(f"{identity}@{record['started']}" for identity, record in grid.records().items())


def test_a_server_that_dies_in_mid_grid_is_filled_by_sync(command_line, server, wait_for, tell):
    grid = command_line(seeds=3, epochs=60)
    server.start()
    wait_for(server.up, "MLflow listens")
    process = grid.start("--workers", 2, MLFLOW_TRACKING_URI=server.uri)
    log = grid.log
    wait_for(lambda: log.read_text().count("test F1") >= 3, "three runs", 300)
    server.kill()
    assert process.wait(600) == 0
    assert "nothing is lost" in log.read_text()
    assert len(grid.records()) == 10
    server.start()
    wait_for(server.up, "MLflow listens again")
    before = server.held()[0].total()
    assert before < 10
    for _ in range(2):
        assert "10 of 10 records" in grid.run(verb="sync", MLFLOW_TRACKING_URI=server.uri)
    assert server.held() == (wanted(grid), 1)
    tell(f"MLflow's server killed in mid-grid: 10 runs done, {before} logged, all of them once after sync")


def test_a_server_that_never_was_there_is_filled_by_sync(command_line, server, wait_for, tell):
    grid = command_line(seeds=1)
    grid.run(MLFLOW_TRACKING_URI=server.uri)
    grid.run(verb="sync", code=1, MLFLOW_TRACKING_URI=server.uri)
    server.start()
    wait_for(server.up, "MLflow listens")
    grid.run(verb="sync", MLFLOW_TRACKING_URI=server.uri)
    assert server.held() == (wanted(grid), 1)
    tell("MLflow's server started after the grid: all 4 runs once after sync")
