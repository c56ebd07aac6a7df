"""Damage to the files of a results folder, and the commands that read it."""

from __future__ import annotations

import json
import os

from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.datasets.errors import StoreError

RUN = "29bc7442a87db6e8"  # bert-crf, seed 0, trained on small and scored on tiny too
DEEP = b"[" * 100_000
# Commands that read a results folder, without `--out FOLDER`.
VERBS = {
    "report": ["report", "--format", "markdown"],
    "status": ["status"],
    "compare": ["compare", "bert-crf", "lookup", "--dataset", "small"],
    "cite": ["cite"],
}


def call(*arguments):
    """Exit code and output of a command that ends without a traceback."""
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments], standalone_mode=True)
    assert done.exception is None or isinstance(done.exception, SystemExit | StoreError), done.exception
    return done.exit_code, done.output + (str(done.exception) if isinstance(done.exception, StoreError) else "")


def edited(path, change):
    """Change a JSON file; `change` modifies its content in place."""
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def in_place_of(path, kind):
    """Replace a file by a folder, a FIFO or a link."""
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(kind)


def to(**fields):
    """A change that sets fields of a record."""
    return lambda data: data.update(fields)
