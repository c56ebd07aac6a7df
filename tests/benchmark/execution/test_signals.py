"""A closed terminal or a closed pipe ends a command, in a separate process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
SUITE = """
title = "long enough to be stopped"
datasets = ["tiny"]
methods = ["bert-crf"]
baseline = "bert-crf"
seeds = 1
encoder = "scratch"
[training]
epochs = 2000
batch_size = 4
lr_encoder = 1e-3
"""


@pytest.fixture
def training(fixtures, tmp_path):
    """Starts a command that trains and waits for its first epoch; kills it after the test."""
    (tmp_path / "long.toml").write_text(SUITE, encoding="utf-8")
    processes = []

    def start(*more, before=lambda: None):
        words = ["run", "--suite", tmp_path / "long.toml", "--data", fixtures, "--out", tmp_path / "out"]
        words += ["--no-mlflow", "--threads", 1, *more]
        process = subprocess.Popen(
            [sys.executable, "-m", "mnerbench.benchmark", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
            preexec_fn=before,  # noqa: PLW1509 - no threads hold locks here
        )
        processes.append(process)
        if not any("epoch 1/" in line for line in process.stdout):
            pytest.fail(f"exit code {process.wait()}: {process.stderr.read()[-3000:]}")
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def states(out):
    """The status of every record."""
    return [json.loads(path.read_text())["status"] for path in out.glob("*/record.json")]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_closed_terminal_ends_between_two_steps(training, tmp_path, workers):
    process = training("--workers", workers, before=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
    os.killpg(process.pid, signal.SIGHUP)  # as a terminal does, to everyone
    text, errors = process.communicate(timeout=600)
    assert process.returncode == 130, errors
    assert "stopping after the current step" in text
    assert "interrupted: to resume, run the same command" in text
    assert states(tmp_path / "out") == ["interrupted"]
    assert len(list((tmp_path / "out").glob("*/checkpoint.pt"))) == 1


def test_nohup_is_heeded(training):
    process = training(before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    assert any("epoch 5/" in line for line in process.stdout)


def test_a_closed_pipe_ends_between_two_steps(training, tmp_path):
    process = training()
    process.stdout.close()
    errors = process.stderr.read()
    assert process.wait(600) == 141
    assert "Traceback" not in errors
    assert states(tmp_path / "out") == ["interrupted"]
    assert len(list((tmp_path / "out").glob("*/checkpoint.pt"))) == 1
