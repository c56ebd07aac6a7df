"""A grid long enough to be hit often, command lines as processes of their own, and a count of what was done to them."""

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
_COUNTS = []


def pytest_terminal_summary(terminalreporter):
    """What was done to the grids, and what came of it."""
    if _COUNTS:
        terminalreporter.section("faults")
    for line in _COUNTS:
        terminalreporter.write_line(line)


@pytest.fixture
def tell():
    """Adds a line to the summary."""
    return _COUNTS.append


class CommandLine:
    """The program on one suite and one results folder.

    Args:
        folder: gets suite, results, and what the program prints.
        data: where the corpora are.
    """

    def __init__(self, folder, data, seeds=2, epochs=20, name="out"):
        self.folder, self.out = folder, folder / name
        self.suite = folder / "hit.toml"
        self.suite.write_text(SUITE.format(seeds=seeds, epochs=epochs), encoding="utf-8")
        self.flags = ["--suite", str(self.suite), "--data", str(data), "--cache", str(folder / "cache")]
        self.number = 0

    def start(self, *more, verb="run", into=None, **environment):
        """Start it in a process group of its own; its words go into a file."""
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
                preexec_fn=heed_signals,  # noqa: PLW1509 - no threads hold locks here
            )

    def run(self, *more, verb="run", code=0, **environment):
        """Run it to the end; returns what it printed."""
        process = self.start(*more, verb=verb, **environment)
        log = self.log
        found = process.wait(900)
        text = log.read_text(encoding="utf-8", errors="replace")
        assert found == code, f"exit code {found}\n{text[-4000:]}"
        return text

    def records(self):
        """Records by identity."""
        return {path.parent.name: json.loads(path.read_text()) for path in self.out.glob("*/record.json")}

    def predictions(self):
        """Every prediction file, as bytes."""
        return {path.relative_to(self.out): path.read_bytes() for path in self.out.glob("*/predictions/*.jsonl")}

    def left_over(self):
        """What must not outlive its run."""
        return [*self.out.rglob("checkpoint.pt"), *self.out.rglob("*.part")]


def heed_signals():
    """What a shell started in the background ignores, a child would ignore too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def workers_of():
    """The worker processes of a process."""

    def found(pid):
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
        except FileNotFoundError:
            return []
        return [child for child, line in lines.items() if b"spawn_main" in line]

    return found


@pytest.fixture
def wait_for():
    """Waits until something is so."""

    def until(condition, what, seconds=120.0):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"not within {seconds} s: {what}"
            time.sleep(0.05)

    return until


@pytest.fixture
def command_line(fixtures, tmp_path):
    """Makes command lines on folders below the test's."""

    def made(**settings):
        folder = tmp_path / settings.pop("within", "grid")
        folder.mkdir(exist_ok=True)
        return CommandLine(folder, fixtures, **settings)

    return made
