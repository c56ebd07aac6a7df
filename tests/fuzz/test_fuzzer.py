"""Damaged files for everything that reads files, a few hundred here; and that the fuzzer would notice a fault."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fuzzer.findings import Finding, minimised, read_finding
from fuzzer.inputs import make_input
from fuzzer.judge import judge_in_new_folder
from fuzzer.pool import PORTION, portions
from fuzzer.progress import ProgressLines
from fuzzer.shares import shares_of
from fuzzer.special import SPECIAL, put
from fuzzer.table import Tallies
from fuzzer.targets import targets
from fuzzer.targets.target import FIXTURES, Target

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.textfile import read_lines

INPUTS = int(os.environ.get("MNERBENCH_FUZZ", "12"))  # of each target


@pytest.fixture(scope="module")
def judge():
    """One for the file: hooks that watch a process cannot be taken off."""
    with judge_in_new_folder() as judge_of_file:
        yield judge_of_file


@pytest.mark.parametrize("name", targets())
def test_damaged_files_are_used_or_refused_by_a_named_error(judge, name):
    target = targets()[name]
    faults = {}
    for number in range(INPUTS):
        data = make_input(name, target.seeds, 0, number)
        verdict = judge.judge(target, data)
        if verdict.failed:
            faults.setdefault(f"input {number}: {verdict.fault}", verdict.trace)
    assert not faults, "\n".join(f"{fault}\n{trace}" for fault, trace in faults.items())


@pytest.mark.parametrize("name", targets())
def test_undamaged_files_are_accepted(judge, name):
    target = targets()[name]
    for file, data in target.seeds.items():
        verdict = judge.judge(target, data)
        assert verdict.outcome == "accepted", f"{file}: {verdict.fault}\n{verdict.trace}"


@pytest.mark.slow
def test_an_input_is_the_same_for_the_same_number_in_every_process():
    seeds = targets()["corpus-import"].seeds
    here = [hash_of(make_input("corpus-import", seeds, 3, number)) for number in range(50)]
    code = (
        "import hashlib; from fuzzer.inputs import make_input; from fuzzer.targets import targets; "
        "seeds = targets()['corpus-import'].seeds; "
        "print(*[hashlib.sha256(make_input('corpus-import', seeds, 3, n)).hexdigest() for n in range(50)])"
    )
    path = os.pathsep.join(entry for entry in sys.path if entry)
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": path}
    there = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert there.stdout.split() == here
    assert len(set(here)) > 40


def hash_of(data):
    import hashlib

    return hashlib.sha256(data).hexdigest()


# The bytes that a seed and a number stood for when this was written: findings name inputs by them.
@pytest.mark.parametrize(
    ("name", "number", "beginning"), [("captions", 4, "30134433dcac8f3a"), ("suite", 4, "17ce4210d14ae6a7")]
)
def test_numbers_keep_their_inputs(name, number, beginning):
    assert hash_of(make_input(name, targets()[name].seeds, 0, number))[:16] == beginning


def target_of(read, **fields):
    return Target("made", read, (FIXTURES / "tiny" / "card.toml",), **fields)


def crash(data, work):
    raise KeyError("x")


def leave(data, work):
    (work.parent / "outside" / "model.safetensors").write_bytes(b"other")


def leave_by_link(data, work):
    (work / "a").symlink_to(work.parent / "outside")
    (work / "a" / "model.safetensors").replace(work / "a" / "gone")


def read_outside(data, work):
    Path("/etc/passwd").read_bytes()


def ask_network(data, work):
    with socket.socket() as connection:
        connection.settimeout(0.1)
        connection.connect_ex(("127.0.0.1", 9))


def start(data, work):
    subprocess.run(["true"], check=True)


def print_much(data, work):
    os.write(1, b"x" * 200_000)


def refuse_at_length(data, work):
    raise DataError("x" * 50_000 + "\n  -> no")


def refuse_without_remedy(data, work):
    raise DataError("no")


@pytest.mark.parametrize(
    ("read", "fault"),
    [
        (crash, "KeyError from tests/fuzz/test_fuzzer.py:crash"),
        (leave, "open outside of its folder"),
        (leave_by_link, "os.rename outside of its folder"),
        (read_outside, "read outside of its folder: '/etc/passwd'"),
        (ask_network, "asked a network"),
        (start, "started a process"),
        (print_much, "printed more than"),
        (refuse_at_length, "a message of more than"),
        (refuse_without_remedy, "a message without a remedy"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_every_broken_promise_is_a_finding(judge, read, fault):
    verdict = judge.judge(target_of(read), b"data")
    assert verdict.failed
    assert verdict.fault.startswith(fault)


def test_what_is_as_promised_is_none(judge):
    def refuse(data, work):
        raise DataError.at("f", 1, "no", "yes")

    def use(data, work):
        (work / "inside").write_bytes(data)
        print("a little")  # noqa: T201 - what a target prints is caught

    verdict = judge.judge(target_of(refuse), b"")
    assert verdict.outcome == "refused", verdict
    assert judge.judge(target_of(use), b"").outcome == "accepted"


def test_a_slow_input_is_tried_again_before_it_counts(judge, monkeypatch):
    seconds = iter([0.0, 9.0, 0.0, 1.0, 0.0, 9.0, 0.0, 9.0])
    monkeypatch.setattr(time, "process_time", lambda: next(seconds))
    slow = target_of(lambda data, work: None)
    assert judge.judge(slow, b"").outcome == "accepted"
    assert judge.judge(slow, b"").fault == "took more than 5 s of processor time"


@pytest.mark.parametrize("special", SPECIAL, ids=lambda data: data.decode().rpartition(": ")[2])
def test_what_stands_in_the_place_of_a_file_is_made(tmp_path, special):
    path = put(tmp_path / "a" / "file", special)
    assert not path.is_file() or path.stat().st_mode & 0o777 == 0
    assert put(tmp_path / "b", b"data").read_bytes() == b"data"


def test_a_finding_is_cut_down_written_and_read_back(judge, tmp_path, monkeypatch):
    def read(data, work):
        if b"bad" in data:
            raise KeyError("x")

    target = target_of(read)
    monkeypatch.setitem(targets(), "made", target)
    fault = judge.judge(target, b"bad").fault
    finding = minimised(Finding("made", 0, 7, fault, "", b"much " * 30 + b"bad" + b" and more" * 30), judge)
    assert finding.data == b"bad"
    assert read_finding(finding.write(tmp_path)) == finding


def test_inputs_are_shared_out_whole():
    shares = shares_of(20_000)
    assert shares.keys() == targets().keys()
    assert sum(shares.values()) == 20_000
    assert min(shares.values()) > 10
    parts = portions(shares)
    assert sum(part.end - part.first for part in parts) == 20_000
    assert max(part.end - part.first for part in parts) == PORTION
    assert shares_of(50, ["card"]) == {"card": 50}


def run(*flags, path):
    words = [sys.executable, "-P", str(Path(__file__).parent), *map(str, flags)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    return subprocess.run(words, env=environment, cwd=path, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_command_counts_what_it_tried_in_a_table(tmp_path):
    page = tmp_path / "page.md"
    done = run("--inputs", 30, "--target", "captions", "--processes", 1, "--page", page, path=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "    tox -e fuzz -- --inputs 30 --seed 0 --target captions\n" in page.read_text()
    rows = [line.split("|")[1:-1] for line in page.read_text().splitlines() if line.startswith("|")]
    assert [cell.strip() for cell in rows[0]] == ["target", "inputs", "accepted", "refused", "failed", "slowest"]
    assert [cell.strip() for cell in rows[-1]][:2] == ["all", "30"]
    assert int(rows[-1][2]) + int(rows[-1][3]) == 30
    assert [path.name for path in (tmp_path / "findings").iterdir()] == ["progress.jsonl"]  # no finding


@pytest.mark.slow
def test_a_stopped_run_is_resumed_with_the_same_result(tmp_path):
    words = ("--inputs", 600, "--target", "captions", "--processes", 1)

    def table(done):
        assert done.returncode == 0, done.stdout + done.stderr
        return [line.split("|")[1:-2] for line in done.stdout.splitlines() if line.startswith("|")]

    whole = table(run(*words, path=tmp_path))
    journal = tmp_path / "findings" / "progress.jsonl"
    header, first, second, _ = journal.read_text().splitlines(keepends=True)
    journal.write_text(header + first + second[: len(second) // 2])
    assert table(run(*words, "--resume", path=tmp_path)) == whole
    assert [json.loads(line)["first"] for line in journal.read_text().splitlines()[1:]] == [0, 250, 500]
    assert table(run(*words, "--resume", path=tmp_path)) == whole
    other = run(*words, "--seed", 1, "--resume", path=tmp_path)
    assert (other.returncode, "a run of other inputs, versions or code" in other.stderr) == (2, True)
    assert "there is no run to resume" in run(*words, "--resume", "--findings", "none", path=tmp_path).stderr


@pytest.mark.slow
def test_a_process_that_dies_is_a_finding_and_the_others_go_on():
    from fuzzer import pool

    class Dies(pool._Worker):
        def __init__(self, seed):
            super().__init__(seed)
            self.served = 0

        def results(self, portion):
            for result in super().results(portion):
                self.served += 1
                if self.served == 3 and portion.first == 0:
                    self._process.kill()
                yield result

    heard = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "_Worker", Dies)
        pool.run_portions([pool.Portion("captions", 0, 400)], 0, 1, heard.append)
    assert [result.number for result in heard] == list(range(400))
    assert [result.fault for result in heard if result.fault] == ["the process died: exit code -9"]


def test_a_table_has_the_first_input_of_each_fault():
    from fuzzer.pool import Result

    tallies = Tallies()
    for number, fault in ((9, "b"), (4, "a"), (7, "a"), (3, "")):
        tallies.hear(Result("t", number, "failed" if fault else "accepted", 0.1, fault))
    assert {key: result.number for key, result in tallies.faults.items()} == {("t", "a"): 4, ("t", "b"): 9}
    assert "| all | 4 | 1 | 0 | 3 | 0.10 s |" in tallies.markdown()


def test_read_lines_would_fail_without_its_boundary(judge):
    """The boundary is what turns a FIFO into an error: read without it, this input would hang."""
    target = target_of(lambda data, work: read_lines(put(work / "f", data)))
    outcomes = {special: judge.judge(target, special).outcome for special in SPECIAL}
    unreadable = next(special for special in SPECIAL if special.endswith(b"permission"))
    assert outcomes.pop(unreadable) == ("accepted" if os.geteuid() == 0 else "refused")
    assert set(outcomes.values()) == {"refused"}


def test_a_long_run_says_how_far_it_is_but_not_always(capsys):
    times = iter([0.0, 10.0, 60.0, 70.0])
    progress = ProgressLines(1_000, clock=lambda: next(times))
    for done in (100, 250, 300):
        progress.tell(done, 2)
    assert capsys.readouterr().err == "250 of 1,000 inputs, 2 failed; 1.0 min, about 3 left\n"
