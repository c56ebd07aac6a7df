"""Fixtures of the data tests."""

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# Examples share slow machines with other work, so how long one takes says nothing.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture
def fixtures() -> Path:
    """The data folder that holds the made corpus `tiny`."""
    return FIXTURES


@pytest.fixture
def own_data(tmp_path: Path) -> Path:
    """A data folder with a copy of `tiny` that a test may change."""
    shutil.copytree(FIXTURES / "tiny", tmp_path / "data" / "tiny")
    return tmp_path / "data"
