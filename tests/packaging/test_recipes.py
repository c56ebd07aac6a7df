"""The files of docs/recipes: linted, and the scripts for Slurm executed with stand-ins for its commands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from small_probe import write_small_probe

SCRIPTS = ("slurm-array.sh", "slurm-nodes.sh", "slurm-seeds.sh")
METHODS = ("--methods", "majority,lookup", "--datasets", "small", "--data", "data")
# Executes its command once per node, at the same time, and fails if one fails, as `srun` does.
SRUN = """#!/bin/bash
while [ "${1#--}" != "$1" ]; do echo "srun $1" >> "$TRACE"; shift; done
pids=()
for rank in $(seq 0 $((${SLURM_NNODES:-1} - 1))); do
  SLURM_PROCID=$rank "$@" & pids+=($!)
done
status=0
for pid in "${pids[@]}"; do wait "$pid" || status=$?; done
exit $status
"""


def linter(name):
    """A linter of the extra `lint`, beside the interpreter or on the path."""
    path = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    return path or pytest.skip(f"{name} is not installed; `tox -e lint` runs it")


def lint(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def recipes(root):
    return root / "docs" / "recipes"


def test_every_recipe_is_tested_and_named_in_the_documentation(root, recipes):
    assert sorted(path.name for path in recipes.iterdir()) == sorted([*SCRIPTS, "Dockerfile"])
    page = (root / "docs" / "recipes.md").read_text(encoding="utf-8")
    assert all(f"recipes/{path.name})" in page for path in recipes.iterdir())
    environment = (root / "tox.ini").read_text(encoding="utf-8").partition("[testenv:lint]")[2].partition("[")[0]
    assert all(f"docs/recipes/{path.name}" in environment for path in recipes.iterdir())


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_linted(recipes, name):
    lint(linter("shellcheck"), recipes / name)


def test_the_dockerfile_is_linted(recipes):
    lint(linter("hadolint"), recipes / "Dockerfile")


def test_the_citation_file_is_valid(root):
    lint(linter("check-jsonschema"), "--builtin-schema", "vendor.citation-file-format", root / "CITATION.cff")


def test_the_citation_file_agrees_with_the_package(root):
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert citation["keywords"] == project["keywords"]
    assert citation["authors"] == project["authors"]


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """A folder with data, and `benchmark` and `srun` on the path."""
    commands = {"srun": SRUN, "benchmark": f'#!/bin/bash\nexec "{sys.executable}" -P -m mnerbench.benchmark "$@"\n'}
    (tmp_path / "bin").mkdir()
    for name, text in commands.items():
        path = tmp_path / "bin" / name
        path.write_text(text)
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TRACE", str(tmp_path / "trace"))
    monkeypatch.setenv("SUITE", "demo")
    monkeypatch.setenv("MNERBENCH_CACHE", str(tmp_path / "cache"))
    for name in [name for name in os.environ if name.startswith("SLURM_")]:
        monkeypatch.delenv(name)
    write_small_probe(tmp_path / "data", "object", sizes=(40, 20, 20))
    return tmp_path


def submit(script, *arguments, cwd, **variables):
    """Start a script with Slurm's variables."""
    environment = {**os.environ, **{name: str(value) for name, value in variables.items()}}
    return subprocess.Popen(
        ["bash", str(script), *arguments],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def outputs(*jobs):
    """What jobs printed; every one has to succeed."""
    texts = [job.communicate(timeout=1200)[0] for job in jobs]
    assert [job.returncode for job in jobs] == [0] * len(jobs), "\n".join(texts)
    return texts


def records(folder):
    """Method, seed and status of every record."""
    read = [json.loads(path.read_text()) for path in folder.glob("*/record.json")]
    return sorted((record["spec"]["method"], record["spec"]["seed"], record["status"]) for record in read)


def executed(text):
    """Titles of the runs that a job executed."""
    return [line for line in text.splitlines() if line.startswith(("majority on small", "lookup on small"))]


BOTH = [("lookup", 0, "done"), ("majority", 0, "done")]


@pytest.mark.slow
def test_tasks_of_an_array_share_a_folder(recipes, cluster):
    script = recipes / "slurm-array.sh"
    jobs = [submit(script, *METHODS, cwd=cluster, SLURM_ARRAY_TASK_ID=n, SLURM_CPUS_PER_TASK=1) for n in range(2)]
    texts = outputs(*jobs)
    assert records(cluster / "runs") == BOTH
    titles = [title.partition("  ")[0] for text in texts for title in executed(text)]
    assert sorted(titles) == ["lookup on small, seed 0", "majority on small, seed 0"], (
        texts
    )  # each was executed by one task only


@pytest.mark.slow
def test_nodes_of_a_job_share_a_folder(recipes, cluster):
    [text] = outputs(submit(recipes / "slurm-nodes.sh", *METHODS, cwd=cluster, SLURM_NNODES=2))
    assert records(cluster / "runs") == BOTH
    assert len(executed(text)) == 2, text
    assert (cluster / "trace").read_text() == "srun --kill-on-bad-exit=0\n"


@pytest.mark.slow
def test_nodes_with_gpus_use_them_all(recipes, cluster):
    (cluster / "bin" / "benchmark").write_text('#!/bin/bash\necho "$@"\n')
    [text] = outputs(submit(recipes / "slurm-nodes.sh", "--seeds", "2", cwd=cluster, SLURM_GPUS_ON_NODE=4))
    assert text.split() == ["run", "--suite", "demo", "--out", "runs", "--no-mlflow", "--per-gpu", "1", "--seeds", "2"]


@pytest.mark.slow
def test_tasks_with_a_seed_each_are_merged(recipes, cluster):
    script = recipes / "slurm-seeds.sh"
    methods = ["--methods", "bert-crf", *METHODS[2:], "--set", "training.epochs=1"]
    jobs = [submit(script, *methods, cwd=cluster, SLURM_ARRAY_TASK_ID=n, SLURM_CPUS_PER_TASK=1) for n in range(2)]
    outputs(*jobs)
    assert [records(cluster / f"runs.{n}") for n in range(2)] == [[("bert-crf", n, "done")] for n in range(2)]
    merge = ["benchmark", "merge", "runs.0", "runs.1", "--out", "runs"]
    subprocess.run(merge, cwd=cluster, check=True, capture_output=True)
    assert records(cluster / "runs") == [("bert-crf", 0, "done"), ("bert-crf", 1, "done")]


def test_a_seed_needs_an_array(recipes, cluster):
    job = submit(recipes / "slurm-seeds.sh", cwd=cluster)
    text, _ = job.communicate(timeout=60)
    assert job.returncode != 0
    assert "submit this script with sbatch --array" in text


@pytest.mark.slow
def test_a_failed_job_is_reported(recipes, cluster):
    """The exit code of the harness is that of the job."""
    job = submit(
        recipes / "slurm-array.sh", "--methods", "majority", "--datasets", "smal", "--data", "data", cwd=cluster
    )
    text, _ = job.communicate(timeout=600)
    assert job.returncode == 2, text
    assert "no dataset 'smal'" in text
