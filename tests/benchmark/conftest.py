"""Finished runs with kept taggers."""

import pytest
from kept_runs import kept_runs, write_kept_runs
from made_once import made_once


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """Runs of every kind of method on a small probe."""
    return kept_runs(made_once(tmp_path_factory, "kept", write_kept_runs))
