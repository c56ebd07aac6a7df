"""Fixtures of the data tests."""

import shutil
from pathlib import Path

import pytest
from archive_server import archive_server


@pytest.fixture
def own_data(tmp_path: Path, fixtures: Path) -> Path:
    """A data folder with a copy of `tiny` that a test may change."""
    shutil.copytree(fixtures / "tiny", tmp_path / "data" / "tiny")
    return tmp_path / "data"


@pytest.fixture
def server():
    """A server on this machine; its files are in `server.routes`."""
    with archive_server() as running:
        yield running


@pytest.fixture
def no_pause(monkeypatch):
    """Try downloads again at once."""
    monkeypatch.setattr("mnerbench.datasets.fetching.http_download.time.sleep", lambda _: None)
