"""The whole command, rehearsed on a CPU, without any package that a bare GPU machine may lack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnerbench.benchmark.perf.gpu import __main__ as command
from mnerbench.benchmark.perf.gpu import facts
from mnerbench.benchmark.perf.gpu.parts import PARTS

pytestmark = pytest.mark.slow

# Packages that a GPU machine may lack; torchvision is used if installed.
_LACKING = (
    "mlflow",
    "optuna",
    "ray",
    "seqeval",
    "click",
    "rich",
    "scipy",
    "matplotlib",
    "pytest",
    "hypothesis",
    "pytesseract",
)
_BLOCK = f"""
import sys


class Lacking:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {_LACKING!r}:
            return None
        return self.finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self.finder, name)


sys.meta_path[:] = map(Lacking, sys.meta_path)
"""


@pytest.fixture
def lacking(tmp_path):
    """An environment in which no process can import what a GPU machine may lack."""
    folder = tmp_path / "lacking"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_BLOCK)
    return {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}


def test_it_runs_from_a_checkout_that_is_not_installed(tmp_path, lacking, root):
    link = tmp_path / "a folder of any name"
    link.symlink_to(root, target_is_directory=True)
    script = link / "benchmark" / "perf" / "gpu" / "from_checkout.py"
    parts = ("crf", "run", "grid")
    flags = ["--device", "cpu", "--tiny", "--out", tmp_path / "gpu.json", *(f"--only={part}" for part in parts)]
    command_line = [sys.executable, script, *flags]
    done = subprocess.run(command_line, env=lacking, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    saved = json.loads((tmp_path / "gpu.json").read_text())
    status = {part["name"]: part["status"] for part in saved["parts"]}
    assert {name for name, value in status.items() if value == "passed"} == {"materials", *parts}
    assert set(status.values()) == {"passed", "skipped"}
    assert saved["ended"]
    assert saved["facts"]["packages"]["torch"]
    assert saved["facts"]["gpu"] is None
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "no GPU was used" in done.stdout
    figures = {figure["name"]: figure for part in saved["parts"] for figure in part["figures"]}
    assert figures["6 runs, 3 at a time"]["ours"]["unit"] == "s"
    assert figures["whole run, bf16"]["ours"]["value"] > 0


def test_invalid_input_is_refused_before_anything_starts(tmp_path, capsys):
    out = tmp_path / "gpu.json"
    for flags, message in (
        (["--device", "gpu"], "--device 'gpu' is not a device"),
        (["--device", "auto"], "--device auto: name a device"),
        (["--device", "cpu", "--minutes", "0"], "--minutes 0"),
        (["--device", "cpu", "--encoder", str(tmp_path)], "contains no config.json"),
        (["--device", "cpu", "--data", str(tmp_path)], "contains no twitter15/train.txt"),
    ):
        assert command.main([*flags, "--out", str(out)]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert "  -> " in error
    assert not out.exists()


def test_every_part_is_in_the_help(capsys):
    with pytest.raises(SystemExit):
        command.main(["--help"])
    output = " ".join(capsys.readouterr().out.split()).replace("- ", "-")
    assert all(name in output for name in PARTS)


def test_the_driver_version_is_read_from_either_source(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(facts, "_VERSION_FILE", tmp_path / "version")
    assert facts.driver() == ""
    (tmp_path / "version").write_text(
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build\n"
    )
    assert facts.driver() == "580.159.04"
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 580.1\necho 580.1\n")
    program.chmod(0o755)
    assert facts.driver() == "580.1"


def test_no_file_of_the_check_imports_packages_that_may_be_missing():
    folder = Path(command.__file__).parent
    for path in folder.glob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        imported = {line.split()[1].partition(".")[0] for line in lines if line.startswith(("import ", "from "))}
        assert not imported & set(_LACKING), path.name
