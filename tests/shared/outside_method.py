"""An external package with a method, registered by an entry point, whose files tests can edit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from forked_commands import ForkedCommand, forked

CARD = """
from mnerbench.methods.base.family import MethodConfig, MethodFamily, Variant

MINE = MethodFamily(
    name="mine",
    target="mine_ner.model:Mine",
    config=MethodConfig,
    citation="none",
    variants={"mine": Variant("capital letters")},
    is_count_based=True,
)
"""
MODEL = """
from mine_ner import rules
from mnerbench.methods.base.family import CountingMethod


class Mine(CountingMethod):
    def fit(self, train):
        pass

    def tag(self, words):
        return [rules.label(word) for word in words]
"""
RULES = """
def label(word):
    return "B-PER" if word.istitle() else "O"
"""
OTHER = "NOBODY_IMPORTS_THIS = 1\n"
SUITE = """
title = "a method that is being written"
datasets = ["tiny"]
methods = ["majority", "mine"]
baseline = "majority"
seeds = 2
train_tweets = [5]
"""


class OutsideMethod:
    """The package `mine_ner` in a folder on the path, and commands in processes that import it.

    Args:
        folder: the folder of the package, a suite and the results.
        fixtures: the data folder.
        files: files of the package that replace or extend the default ones.
        suite: the suite file.
    """

    def __init__(self, folder, fixtures, files=None, suite=SUITE):
        self.folder, self.package, self.out = Path(folder), Path(folder) / "mine_ner", Path(folder) / "runs"
        usual = {"__init__.py": "", "card.py": CARD, "model.py": MODEL, "rules.py": RULES, "other.py": OTHER}
        for name, text in {**usual, **(files or {})}.items():
            self.write(name, text)
        about = self.folder / "mine_ner-0.1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: mine-ner\nVersion: 0.1\n", encoding="utf-8")
        (about / "entry_points.txt").write_text("[mnerbench.methods]\nmine = mine_ner.card:MINE\n", encoding="utf-8")
        self.suite = self.folder / "mine.toml"
        self.suite.write_text(suite, encoding="utf-8")
        self.flags = ["--suite", self.suite, "--data", fixtures, "--cache", self.folder / "cache", "--out", self.out]

    def write(self, name, text):
        """Write a file of the package."""
        path = self.package / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, name, old, new):
        """Change a file of the package."""
        text = (self.package / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    @property
    def environment(self):
        """Environment of processes that import the package; no bytecode, since two edits may have the same mtime."""
        path = os.pathsep.join([str(self.folder), *filter(None, sys.path)])
        quiet = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1", "COLUMNS": "220"}
        return {**os.environ, **quiet, "PYTHONPATH": path}

    def python(self, code):
        """Run code in a new process; return its output."""
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def started(self, *arguments):
        """A command that has been started."""
        return ForkedCommand(*arguments, variables=self.environment, path=[self.folder])

    def benchmark(self, *arguments, code=0):
        """Run a command line; return stdout and stderr as one text."""
        return forked(*arguments, code=code, variables=self.environment, path=[self.folder])

    def run(self, *arguments, code=0):
        """`run` with the usual flags."""
        return self.benchmark("run", *self.flags, "--no-mlflow", *arguments, code=code)

    def plan(self, *arguments):
        """`plan` with the usual flags."""
        return self.benchmark("plan", *self.flags, *arguments)
