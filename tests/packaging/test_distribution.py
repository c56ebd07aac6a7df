"""The distribution contains all packages of the four folders and nothing of the tests."""

from __future__ import annotations

import runpy
from importlib.metadata import PackageNotFoundError, files

import pytest

FOLDERS = {"benchmark", "datasets", "methods", "reports"}


def test_setup_finds_the_packages_and_no_tests(root, monkeypatch):
    setuptools = pytest.importorskip("setuptools")
    arguments = {}
    monkeypatch.setattr(setuptools, "setup", arguments.update)
    monkeypatch.chdir(root)
    runpy.run_path(str(root / "setup.py"))
    packages = set(arguments["packages"])
    assert "mnerbench" in packages
    assert {name.split(".")[1] for name in packages - {"mnerbench"}} == FOLDERS
    assert {"mnerbench.benchmark.perf", "mnerbench.benchmark.perf.gpu"} <= packages
    assert not [name for name in packages if {"tests", "harness_perf"} & {*name.split(".")}]


def test_an_installed_wheel_has_no_tests_and_no_benchmarks_of_the_harness():
    try:
        paths = [path.parts for path in files("mnerbench") or ()]
    except PackageNotFoundError:
        pytest.skip("the package is not installed")
    if ("mnerbench", "benchmark", "perf", "crf.py") not in paths:
        pytest.skip("the package is installed in editable mode")
    assert {top for top, *rest in paths if rest and not top.endswith(".dist-info") and top != ".."} == {"mnerbench"}
    folders = {parts[1] for parts in paths if parts[0] == "mnerbench" and len(parts) > 2}
    assert folders - {"__pycache__"} == FOLDERS
    root = {parts[1] for parts in paths if parts[0] == "mnerbench" and len(parts) == 2}
    assert root == {"__init__.py", "hf.py", "py.typed"}
    assert ("mnerbench", "datasets", "references.bib") in paths
    names = {"plain_loop.py", "synthetic_runs.py", "synthetic_predictions.py", "growth.py", "overhead.py", "epochs.py"}
    assert not [parts for parts in paths if parts[-1] in names or "harness_perf" in parts]
