"""Our `datasets` does not shadow Hugging Face's, and listing and planning do not import torch."""

from __future__ import annotations

import multiprocessing
import shutil
import subprocess
import sys

import pytest

PROBE = (
    "import datasets; assert hasattr(datasets, 'load_dataset'), datasets; "
    "import mnerbench.datasets.corpus; print('both')"
)


def run(*command, cwd):
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_python_from_the_repository_root(root):
    assert run(sys.executable, "-c", PROBE, cwd=root).strip() == "both"


def test_a_module_run_from_the_repository_root(root):
    """`python -m` puts the working directory first on the path."""
    probe = "import runpy, sys; sys.argv = ['benchmark', '--version']; sys.path.insert(0, ''); " + PROBE
    assert run(sys.executable, "-c", probe, cwd=root).strip() == "both"
    assert "benchmark, version" in run(sys.executable, "-m", "mnerbench.benchmark", "--version", cwd=root)


def test_the_console_scripts(root):
    for name in ("benchmark", "mnerbench"):
        script = shutil.which(name, path=str(sys.executable).rpartition("/")[0])
        if script is None:
            pytest.skip("the package is not installed here")
        assert "benchmark, version" in run(script, "--version", cwd=root)


def look():
    import datasets
    import mnerbench.datasets.corpus  # noqa: F401

    return hasattr(datasets, "load_dataset")


def test_a_spawned_worker(root, monkeypatch):
    monkeypatch.chdir(root)
    monkeypatch.syspath_prepend(str(root))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        answer = pool.apply(eval, ("hasattr(__import__('datasets'), 'load_dataset')",))
    assert answer


def test_under_the_tests():
    assert look()


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["run", "--help"], ["list", "methods"], ["list", "suites"], ["list", "datasets"], ["plan", "--help"]],
    ids=" ".join,
)
def test_listing_never_imports_torch(arguments, root):
    probe = (
        "import sys; from mnerbench.benchmark.cli import cli; "
        f"cli.main({arguments!r}, standalone_mode=False); "
        "assert not {'torch', 'transformers', 'mlflow'} & set(sys.modules), 'heavy import'"
    )
    run(sys.executable, "-c", probe, cwd=root)


def test_planning_never_imports_torch(fixtures, root, tmp_path):
    arguments = ["plan", "--suite", "tiny", "--data", str(fixtures), "--out", str(tmp_path)]
    probe = (
        f"import sys; from mnerbench.benchmark.cli import cli; cli.main({arguments!r}, standalone_mode=False); "
        "assert 'torch' not in sys.modules"
    )
    run(sys.executable, "-c", probe, cwd=root)


def test_planning_without_pictures_does_not_import_numpy(root, tmp_path):
    arguments = ["plan", "--suite", "demo", "--methods", "lookup", "--datasets", "probe-object", "--out", str(tmp_path)]
    probe = (
        f"import sys; from mnerbench.benchmark.cli import cli; cli.main({arguments!r}, standalone_mode=False); "
        "assert not {'numpy', 'scipy', 'PIL', 'jinja2'} & set(sys.modules)"
    )
    run(sys.executable, "-c", probe, cwd=root)


def test_help_imports_almost_nothing(root):
    """`--help` is instant because no verb and no library of ours is imported."""
    probe = (
        "import sys; from mnerbench.benchmark.cli import cli; cli.main(['--help'], standalone_mode=False); "
        "heavy = {'rich', 'pydantic', 'numpy', 'torch', 'scipy', 'mlflow', 'transformers'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    run(sys.executable, "-c", probe, cwd=root)
