"""Fixtures of the tests of pictures: a server on this machine, and what Drive hands out."""

import types
from pathlib import Path

import pytest
from archive_server import archive_server
from image_corpus import ImageCorpus

from mnerbench.datasets import image_download
from mnerbench.datasets.http_redirects import TransferError


@pytest.fixture
def server():
    with archive_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr("mnerbench.datasets.transfer.time.sleep", lambda _: None)


@pytest.fixture(autouse=True)
def drive(monkeypatch):
    """What Drive hands out; nothing until a test says so."""
    state = types.SimpleNamespace(body=None, asked=0)

    def fetch(_, path: Path, *__: object) -> None:
        state.asked += 1
        if state.body is None:
            raise TransferError("too many users")
        path.write_bytes(state.body)

    monkeypatch.setattr(image_download, "fetch_drive_file", fetch)
    return state


@pytest.fixture
def dataset(own_data):
    return ImageCorpus(own_data)
