"""A session over a grid of six short runs, and the undisturbed results of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnerbench.benchmark.cli.flags import GridFlags
from mnerbench.benchmark.cli.session import open_session

SUITE = """
title = "short runs"
datasets = ["tiny"]
methods = ["lookup", "bert-crf", "ita-ga+cva"]
baseline = "lookup"
seeds = 2
encoder = "scratch"
[training]
epochs = 3
batch_size = 4
lr_encoder = 1e-3
"""
_UNSET = dict.fromkeys(
    ("methods", "datasets", "seeds", "encoder", "protocol", "hide_pictures", "train_tweets", "baseline", "models")
)


@pytest.fixture
def session_in(fixtures, tmp_path):
    """Opens a session whose results go into a folder; further arguments are settings of the suite."""

    def opened(out, *settings, suite=SUITE, **machine):
        path = tmp_path / "short.toml"
        path.write_text(suite, encoding="utf-8")
        flags = {**_UNSET, "suite_name": str(path), "data": Path(fixtures), "cache": tmp_path / "cache", "inputs": ()}
        return open_session(
            GridFlags(**flags, out=Path(out), rerun="missing", settings=settings), **{"threads": 1, **machine}
        )

    return opened


@pytest.fixture
def predictions():
    """Every prediction file of a results folder, as bytes."""

    def found(out):
        return {path.relative_to(out): path.read_bytes() for path in sorted(Path(out).glob("*/predictions/*.jsonl"))}

    return found
