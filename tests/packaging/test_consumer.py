"""A user's typed script against the installed package: strict checkers accept it, report misuse, and it runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parent


@pytest.fixture
def project(tmp_path):
    """A folder with the scripts, outside the repository."""
    try:
        paths = [path.as_posix() for path in files("mnerbench") or ()]
    except PackageNotFoundError:
        pytest.skip("the package is not installed")
    if "mnerbench/benchmark/api/running.py" not in paths:
        pytest.skip("the package is installed in editable mode")
    for name in ("consumer.py", "misuse.py"):
        shutil.copy(FOLDER / name, tmp_path)
    return tmp_path


def python(*words, cwd):
    """Run the interpreter without this checkout on its path."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "MYPYPATH"}}
    words = [sys.executable, "-P", *map(str, words)]
    return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def marked_lines():
    lines = (FOLDER / "misuse.py").read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, start=1) if "# error" in line}


def require_only_misuse(errors):
    """Errors, as pairs of file and line, are exactly the marked lines."""
    assert {number for name, number in errors if name == "misuse.py"} == marked_lines()
    assert {name for name, _ in errors} == {"misuse.py"}


def test_every_public_name_is_used():
    import mnerbench

    text = (FOLDER / "consumer.py").read_text(encoding="utf-8")
    assert [name for name in mnerbench.__all__ if f"mnerbench.{name}" not in text] == []


def test_mypy_strict(project):
    pytest.importorskip("mypy")
    done = python("-m", "mypy", "--strict", "--output", "json", "consumer.py", "misuse.py", cwd=project)
    reports = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert reports, done.stdout + done.stderr
    require_only_misuse(
        [(Path(report["file"]).name, report["line"]) for report in reports if report["severity"] == "error"]
    )


def test_pyright_strict(project):
    pytest.importorskip("pyright")
    settings = {"typeCheckingMode": "strict", "include": ["consumer.py", "misuse.py"]}
    (project / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    done = python("-m", "pyright", "--pythonpath", sys.executable, "--outputjson", cwd=project)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == 2
    require_only_misuse(
        [(Path(error["file"]).name, error["range"]["start"]["line"] + 1) for error in report["generalDiagnostics"]]
    )


def test_the_script_runs(project):
    done = python("consumer.py", "out", cwd=project)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "no dataset 'no-such-corpus'" in done.stdout
    assert list(project.glob("out/*/record.json"))
