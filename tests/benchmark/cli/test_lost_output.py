"""Standard output that is full, closed at the other end or from the start, or of an encoding without our symbols."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")]
COMMAND = [sys.executable, "-m", "mnerbench.benchmark"]
SUITE = """
title = "counts words"
datasets = ["tiny"]
methods = ["majority", "lookup"]
baseline = "majority"
"""
VERBS = ("run", "report", "report-csv", "list", "plan", "show", "score", "help")


@pytest.fixture(scope="module")
def folder(fixtures, here, tmp_path_factory):
    """A suite, a prediction file, and a results folder."""
    home = tmp_path_factory.mktemp("lost")
    (home / "pair.toml").write_text(SUITE, encoding="utf-8")
    shutil.copy(fixtures / "tiny" / "test.txt", home / "theirs.txt")
    shutil.copytree(here / "store", home / "store")
    return home


@pytest.fixture(scope="module")
def here(root):
    """The folder of the report tests."""
    return root / "tests" / "reports"


@pytest.fixture
def words(folder, fixtures, tmp_path):
    """The words of a verb."""
    grid = ["--suite", folder / "pair.toml", "--data", fixtures, "--out", tmp_path / "out"]
    theirs = [folder / "theirs.txt", "--dataset", "tiny", "--name", "theirs", "--allow-gold"]
    return {
        "run": ["run", *grid, "--no-mlflow"],
        "report": ["report", "--out", folder / "store"],
        "report-csv": ["report", "--out", folder / "store", "--format", "csv"],
        "list": ["list", "methods"],
        "plan": ["plan", *grid],
        "show": ["show", "majority"],
        "score": ["score", *theirs, "--data", fixtures, "--out", tmp_path / "out"],
        "help": ["--help"],
    }


def started(words, stdout, **environment):
    command = [*COMMAND, *map(str, words)]
    variables = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    return subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, env=variables)


def end_of(process):
    """Exit code and what it said on standard error."""
    errors = process.communicate()[1].decode("utf-8", "surrogateescape")
    assert "Traceback" not in errors, errors
    assert "Exception ignored" not in errors, errors
    return process.returncode, errors


@pytest.mark.parametrize("verb", VERBS)
def test_a_full_disk_behind_standard_output_is_an_error_of_one_line(verb, words):
    with Path("/dev/full").open("wb") as full:
        code, errors = end_of(started(words[verb], full))
    assert code == 1
    assert "error: standard output cannot be written: No space left on device\n  -> " in errors


@pytest.mark.parametrize("verb", VERBS)
def test_a_closed_pipe_ends_a_verb_silently(verb, words):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        code, errors = end_of(started(words[verb], writer))
    finally:
        os.close(writer)
    assert code == 141
    assert "error" not in errors


@pytest.mark.parametrize("verb", VERBS)
def test_symbols_are_replaced_for_an_encoding_without_them(verb, words):
    process = started(words[verb], subprocess.PIPE, PYTHONIOENCODING="ascii")
    text, errors = process.communicate()
    assert process.returncode == 0, errors
    text.decode("ascii")
    assert b"Traceback" not in errors
    if verb in {"run", "report"}:
        assert b"F1 +/- std" in text


def test_a_standard_output_that_was_closed_from_the_start_stops_nothing(words):
    command = [
        sys.executable,
        "-c",
        f"import os, sys; os.close(1); os.execv(sys.executable, {[*COMMAND, 'list', 'methods']!r})",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_lost_standard_error_changes_nothing(words, folder):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "report", "--out", folder / "none"], stdout=subprocess.PIPE, stderr=full, check=False
        )
    assert (done.returncode, done.stdout) == (2, b"")


def test_a_line_of_fifty_megabytes_gives_a_short_message(tmp_path, fixtures):
    data = tmp_path / "data" / "mine"
    shutil.copytree(fixtures / "tiny", data)
    (data / "card.toml").write_text(
        'name = "mine"\ntypes = ["PER"]\n[files]\ntrain = "train.txt"\ndev = "valid.txt"\ntest = "test.txt"\n'
    )
    (data / "train.txt").write_bytes(b"IMGID:1\n" + b"w" * 50_000_000 + b"\tB-[/red]\x1b[2J\n\n")
    process = started(["data", "check", "mine", "--data", data.parent], subprocess.PIPE)
    code, errors = end_of(process)
    assert code in {0, 1, 2}
    assert len(errors) < 20_000
    assert "\x1b" not in errors
