"""The example method of CONTRIBUTING.md is discovered, passes the conformance cases, and is trained by `run`."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest
from small_probe import write_small_probe


@pytest.fixture(scope="module")
def environment(root, tmp_path_factory):
    """Environment of a process that imports a copy of the package with the example."""
    spec = importlib.util.spec_from_file_location("example_method", root / "tests" / "packaging" / "example_method.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.example().keys() == {"card.py", "model.py"}
    copy = module.write_example(tmp_path_factory.mktemp("copy"))
    paths = [copy.parent, root / "tests" / "shared"]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "OMP_NUM_THREADS": "1"}


def python(*words, environment, cwd):
    done = subprocess.run(
        [sys.executable, "-P", *map(str, words)], env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_the_example_passes_the_conformance_cases(environment, tmp_path):
    code = (
        "from small_methods import train; from mnerbench.methods.registry import methods; "
        "from mnerbench.methods.conformance import Case, check_all; "
        "assert methods()['mine'].configure({}).inputs; check_all(Case(methods()['mine'], train))"
    )
    python("-c", code, environment=environment, cwd=tmp_path)


@pytest.mark.slow
def test_the_example_is_a_method_of_the_command_line(environment, tmp_path):
    write_small_probe(tmp_path / "data", "object", sizes=(40, 20, 20))
    benchmark = ("-m", "mnerbench.benchmark")
    assert "mine-wide" in python(*benchmark, "list", "methods", environment=environment, cwd=tmp_path)
    words = ["--suite", "demo", "--data", "data", "--datasets", "small", "--methods", "mine", "--seeds", 1]
    words += ["--set", "training.epochs=1", "--no-mlflow", "--out", "out", "--cache", "cache"]
    python(*benchmark, "run", *words, environment=environment, cwd=tmp_path)
    [record] = [json.loads(path.read_text()) for path in (tmp_path / "out").glob("*/record.json")]
    assert (record["status"], record["spec"]["family"]) == ("done", "mine")
    assert {"it", "t", "it-shuffled", "it-blank"} == record["metrics"]["test"].keys()
    assert "mnerbench.methods.mine.model" in record["code"]
