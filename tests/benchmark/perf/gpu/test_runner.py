"""Parts within their time: what is cut, what dies, what is left out, and what the file says meanwhile."""

from __future__ import annotations

import json
import multiprocessing

import pytest

from mnerbench.benchmark.perf.gpu import runner
from mnerbench.benchmark.perf.gpu.outcomes import Check, Figure, Status, measure
from mnerbench.benchmark.perf.gpu.parts import MATERIALS, PARTS
from mnerbench.benchmark.perf.gpu.runner import Runner
from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.benchmark.perf.gpu.worker import Ended, do_part

PASSED = Check("c", Status.PASSED)


class Scripted(Runner):
    """Its worker says what a test wants, and nothing more."""

    def __init__(self, tmp_path, script, names=("kernels",), seconds=100.0):
        self.out, self.told, self.workers = tmp_path / "gpu.json", [], 0
        self.script, self.theirs = script, None
        setting = Setting("cuda", tiny=True, folder=tmp_path)  # only named
        super().__init__(setting, names, seconds, self.out, self.told.append)

    def _worker(self):
        self.workers += self._pipe is None
        if self._pipe is None:
            self._pipe, self.theirs = multiprocessing.Pipe()
        for message in self.script.pop(0):
            if message is EOFError:
                self._pipe.send = lambda _: None  # it dies after it was told what to do
                self.theirs.close()
            else:
                self.theirs.send(message)
        return self._pipe

    def saved(self, name="kernels"):
        return next(part for part in json.loads(self.out.read_text())["parts"] if part["name"] == name)


def test_what_a_part_finds_is_in_the_file(tmp_path):
    found = Scripted(tmp_path, [[PASSED, Figure("f", measure([1.0], "s")), Ended()]])
    found.run()
    assert found.saved()["status"] == "passed"
    assert [figure["name"] for figure in found.saved()["figures"]] == ["f"]
    assert found.saved()["seconds"] >= 0
    assert found.saved("crf")["reason"] == "not asked for (--only)"
    assert found.saved("crf")["status"] == "skipped"
    assert json.loads(found.out.read_text())["ended"]
    assert [part.name for part in found.told] == ["kernels"]


@pytest.mark.parametrize(
    ("ending", "status", "reason"),
    [
        (Ended(skipped="Triton is not installed"), "skipped", "Triton is not installed"),
        (Ended(failure="RuntimeError: CUDA error"), "failed", "RuntimeError: CUDA error"),
        (EOFError, "failed", "its process died"),
    ],
)
def test_a_part_that_does_not_end_well_says_why(tmp_path, ending, status, reason):
    found = Scripted(tmp_path, [[PASSED, ending]])
    found.run()
    assert found.saved()["status"] == status
    assert reason in found.saved()["reason"]
    assert len(found.saved()["checks"]) == 1


def test_a_part_that_overruns_is_cut_keeps_what_it_found_and_costs_the_others_nothing(tmp_path, monkeypatch):
    monkeypatch.setitem(runner.PARTS, "kernels", PARTS["kernels"]._replace(budget=0.0))
    found = Scripted(tmp_path, [[PASSED], [PASSED, Ended()]], names=("kernels", "crf"))
    found.report.parts[1].budget = 0.05
    found.run()
    assert found.saved()["status"] == "failed"
    assert "cut after 0 s, its budget" in found.saved()["reason"]
    assert len(found.saved()["checks"]) == 1
    assert found.saved("crf")["status"] == "passed"
    assert found.workers == 2  # the one that overran is not asked again


def test_what_leaves_traces_gets_no_successor_in_its_process(tmp_path):
    found = Scripted(tmp_path, [[Ended()], [Ended()], [Ended()]], names=("kernels", "memory", "resume"))
    found.run()
    assert [part.name for part in found.told] == ["kernels", "memory", "resume"]
    assert found.workers == 2


def test_without_time_left_a_part_is_skipped_and_says_so(tmp_path):
    found = Scripted(tmp_path, [], seconds=1.0)
    found.run()
    assert found.saved()["status"] == "skipped"
    assert "no time was left" in found.saved()["reason"]


def test_a_file_read_after_a_kill_does_not_call_half_a_part_passed(tmp_path):
    found = Scripted(tmp_path, [[PASSED]])
    half = []

    def killed(*_):
        half.append(found.saved())
        raise KeyboardInterrupt

    write = found._write

    def watched():
        write()
        if found.report.parts[1].checks:
            killed()

    found._write = watched
    with pytest.raises(KeyboardInterrupt):
        found.run()
    assert half[0]["status"] == "failed"
    assert half[0]["reason"] == "interrupted before its end"


def test_a_part_that_raises_ends_with_its_reason(tmp_path, monkeypatch):
    here, there = multiprocessing.Pipe()

    def broken(setting, emit):
        emit(PASSED)
        raise ValueError("no such thing")

    monkeypatch.setattr(type(PARTS["kernels"]), "load", lambda _: broken)
    assert do_part("kernels", Setting("cpu", tiny=True, folder=tmp_path), there) == Ended("ValueError: no such thing")
    assert here.recv() == PASSED


def test_every_part_can_be_loaded_and_the_times_fit_together():
    assert next(iter(PARTS)) == MATERIALS
    for part in PARTS.values():
        assert callable(part.load())
        assert part.budget <= 100
