"""Parts and their time limits: aborted, crashed and skipped parts, and the JSON file meanwhile."""

from __future__ import annotations

import json
import multiprocessing

import pytest

from mnerbench.benchmark.perf.gpu import runner
from mnerbench.benchmark.perf.gpu.outcomes import Check, Figure, Status, measure
from mnerbench.benchmark.perf.gpu.parts import MATERIALS, PARTS
from mnerbench.benchmark.perf.gpu.runner import Runner
from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.benchmark.perf.gpu.worker import Ended, run_part

PASSED = Check("c", Status.PASSED)


class Scripted(Runner):
    """A runner whose worker sends scripted messages."""

    def __init__(self, tmp_path, script, names=("kernels",), seconds=100.0):
        self.out, self.reported, self.workers = tmp_path / "gpu.json", [], 0
        self.script, self.theirs = script, None
        setting = Setting("cuda", tiny=True, folder=tmp_path)  # only named
        super().__init__(setting, names, seconds, self.out, self.reported.append)

    def _worker(self):
        self.workers += self._pipe is None
        if self._pipe is None:
            self._pipe, self.theirs = multiprocessing.Pipe()
        for message in self.script.pop(0):
            if message is EOFError:
                self._pipe.send = lambda _: None  # it dies after receiving its task
                self.theirs.close()
            else:
                self.theirs.send(message)
        return self._pipe

    def saved(self, name="kernels"):
        return next(part for part in json.loads(self.out.read_text())["parts"] if part["name"] == name)


def test_the_outcomes_of_a_part_are_in_the_file(tmp_path):
    scripted = Scripted(tmp_path, [[PASSED, Figure("f", measure([1.0], "s")), Ended()]])
    scripted.run()
    assert scripted.saved()["status"] == "passed"
    assert [figure["name"] for figure in scripted.saved()["figures"]] == ["f"]
    assert scripted.saved()["seconds"] >= 0
    assert scripted.saved("crf")["reason"] == "not selected (--only)"
    assert scripted.saved("crf")["status"] == "skipped"
    assert json.loads(scripted.out.read_text())["ended"]
    assert [part.name for part in scripted.reported] == ["kernels"]


@pytest.mark.parametrize(
    ("ending", "status", "reason"),
    [
        (Ended(skipped="Triton is not installed"), "skipped", "Triton is not installed"),
        (Ended(failure="RuntimeError: CUDA error"), "failed", "RuntimeError: CUDA error"),
        (EOFError, "failed", "its process died"),
    ],
)
def test_a_part_that_does_not_pass_has_a_reason(tmp_path, ending, status, reason):
    scripted = Scripted(tmp_path, [[PASSED, ending]])
    scripted.run()
    assert scripted.saved()["status"] == status
    assert reason in scripted.saved()["reason"]
    assert len(scripted.saved()["checks"]) == 1


def test_a_part_that_overruns_is_aborted_and_keeps_its_outcomes(tmp_path, monkeypatch):
    monkeypatch.setitem(runner.PARTS, "kernels", PARTS["kernels"]._replace(budget=0.0))
    scripted = Scripted(tmp_path, [[PASSED], [PASSED, Ended()]], names=("kernels", "crf"))
    scripted.report.parts[1].budget = 0.05
    scripted.run()
    assert scripted.saved()["status"] == "failed"
    assert "aborted after 0 s, its budget" in scripted.saved()["reason"]
    assert len(scripted.saved()["checks"]) == 1
    assert scripted.saved("crf")["status"] == "passed"
    assert scripted.workers == 2  # the one that overran is replaced


def test_a_part_that_leaves_state_is_followed_by_a_new_process(tmp_path):
    scripted = Scripted(tmp_path, [[Ended()], [Ended()], [Ended()]], names=("kernels", "memory", "resume"))
    scripted.run()
    assert [part.name for part in scripted.reported] == ["kernels", "memory", "resume"]
    assert scripted.workers == 2


def test_without_remaining_time_a_part_is_skipped_with_a_reason(tmp_path):
    scripted = Scripted(tmp_path, [], seconds=1.0)
    scripted.run()
    assert scripted.saved()["status"] == "skipped"
    assert "is used up" in scripted.saved()["reason"]


def test_after_a_kill_the_file_does_not_report_a_partial_part_as_passed(tmp_path):
    scripted = Scripted(tmp_path, [[PASSED]])
    snapshots = []

    def killed(*_):
        snapshots.append(scripted.saved())
        raise KeyboardInterrupt

    write = scripted._write

    def watched():
        write()
        if scripted.report.parts[1].checks:
            killed()

    scripted._write = watched
    with pytest.raises(KeyboardInterrupt):
        scripted.run()
    assert snapshots[0]["status"] == "failed"
    assert snapshots[0]["reason"] == "interrupted before its end"


def test_a_part_that_raises_ends_with_its_reason(tmp_path, monkeypatch):
    here, there = multiprocessing.Pipe()

    def broken(setting, emit):
        emit(PASSED)
        raise ValueError("no such thing")

    monkeypatch.setattr(type(PARTS["kernels"]), "load", lambda _: broken)
    assert run_part("kernels", Setting("cpu", tiny=True, folder=tmp_path), there) == Ended("ValueError: no such thing")
    assert here.recv() == PASSED


def test_every_part_can_be_loaded_and_the_times_fit_together():
    assert next(iter(PARTS)) == MATERIALS
    for part in PARTS.values():
        assert callable(part.load())
        assert part.budget <= 150
