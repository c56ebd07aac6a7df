"""A session over a grid of a few short runs, opened as the command line does."""

from __future__ import annotations

from pathlib import Path

from mnerbench.benchmark.execution.session import open_session
from mnerbench.benchmark.planning.overrides import GridFlags

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
    (
        *("methods", "datasets", "seeds", "encoder", "word_vectors", "protocol", "hide_pictures"),
        *("train_tweets", "baseline", "models"),
    )
)


def flags_for(folder, fixtures, out, *settings, suite=SUITE):
    """Command-line flags for a suite whose file and cache are in a folder."""
    path = folder / "short.toml"
    path.write_text(suite, encoding="utf-8")
    flags = {**_UNSET, "suite_name": str(path), "data": Path(fixtures), "cache": folder / "cache", "inputs": ()}
    return GridFlags(**flags, out=Path(out), rerun="missing", settings=settings)


def session_for(folder, fixtures, out, *settings, suite=SUITE, **machine):
    """A session over the suite; one thread by default."""
    return open_session(flags_for(folder, fixtures, out, *settings, suite=suite), **{"threads": 1, **machine})
