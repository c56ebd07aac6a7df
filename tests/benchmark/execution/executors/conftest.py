"""A session over a grid of short runs, and its results."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from short_grid import session_for


@pytest.fixture
def session_in(fixtures, tmp_path):
    """Opens a session whose results go into a folder; further arguments are settings of the suite."""
    return partial(session_for, tmp_path, fixtures)


@pytest.fixture(scope="session")
def predictions():
    """Every prediction file of a results folder, as bytes."""

    def read(out):
        return {path.relative_to(out): path.read_bytes() for path in sorted(Path(out).glob("*/predictions/*.jsonl"))}

    return read
