"""Finished runs with kept taggers."""

import pytest
from kept_runs import write_kept_runs


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """Runs of every kind of method on a small probe."""
    return write_kept_runs(tmp_path_factory.mktemp("kept"))
