"""A grid long enough for many faults, command lines as separate processes, and a summary of the faults."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SUITE = """
title = "a grid to be hit"
datasets = ["tiny"]
methods = ["lookup", "bert-crf", "ita-ga", "ita-ga+cva"]
baseline = "lookup"
seeds = {seeds}
encoder = "scratch"
[training]
epochs = {epochs}
batch_size = 4
lr_encoder = 1e-3
"""
_SUMMARY = []


def pytest_terminal_summary(terminalreporter):
    """Print the injected faults and their outcomes."""
    if _SUMMARY:
        terminalreporter.section("faults")
    for line in _SUMMARY:
        terminalreporter.write_line(line)


@pytest.fixture
def summarise():
    """Adds a line to the summary."""
    return _SUMMARY.append


class CommandLine:
    """The program on one suite and one results folder.

    Args:
        folder: for suite, results and logs.
        data: folder of the corpora.
    """

    def __init__(self, folder, data, seeds=2, epochs=20, name="out"):
        self.folder, self.out = folder, folder / name
        self.suite = folder / "hit.toml"
        self.suite.write_text(SUITE.format(seeds=seeds, epochs=epochs), encoding="utf-8")
        self.flags = ["--suite", str(self.suite), "--data", str(data), "--cache", str(folder / "cache")]
        self.number = 0

    def start(self, *more, verb="run", into=None, **environment):
        """Start it in a new process group; its output goes into a log file."""
        self.number += 1
        flags = [*self.flags, "--threads", "1"] if verb == "run" else []
        self.log = self.folder / f"{into or self.out.name}.{self.number}.log"
        with self.log.open("wb") as stream:
            return subprocess.Popen(
                [sys.executable, "-m", "mnerbench.benchmark", verb, *flags, "--out", str(self.out), *map(str, more)],
                stdout=stream,
                stderr=subprocess.STDOUT,
                env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", **environment},
                start_new_session=True,
                preexec_fn=handle_interrupts,  # noqa: PLW1509 - no threads hold locks here
            )

    def run(self, *more, verb="run", code=0, **environment):
        """Run it to the end; returns its output."""
        process = self.start(*more, verb=verb, **environment)
        log = self.log
        exit_code = process.wait(900)
        text = log.read_text(encoding="utf-8", errors="replace")
        assert exit_code == code, f"exit code {exit_code}\n{text[-4000:]}"
        return text

    def records(self):
        """Records by identity."""
        return {path.parent.name: json.loads(path.read_text()) for path in self.out.glob("*/record.json")}

    def predictions(self):
        """Every prediction file, as bytes."""
        return {path.relative_to(self.out): path.read_bytes() for path in self.out.glob("*/predictions/*.jsonl")}

    def left_over(self):
        """Files that must not exist after the runs are done."""
        return [*self.out.rglob("checkpoint.pt"), *self.out.rglob("*.part")]


def handle_interrupts():
    """Restore Python's handler: children of a background shell inherit an ignored SIGINT."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def workers_of():
    """The worker processes of a process."""

    def workers(pid):
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
        except FileNotFoundError:
            return []
        return [child for child, line in lines.items() if b"spawn_main" in line]

    return workers


@pytest.fixture
def wait_for():
    """Waits until a condition holds."""

    def wait(condition, description, seconds=120.0):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"not within {seconds} s: {description}"
            time.sleep(0.05)

    return wait


@pytest.fixture
def command_line(fixtures, tmp_path):
    """Makes command lines on folders below the test's folder."""

    def make(**settings):
        folder = tmp_path / settings.pop("within", "grid")
        folder.mkdir(exist_ok=True)
        return CommandLine(folder, fixtures, **settings)

    return make
