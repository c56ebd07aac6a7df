"""Fixtures of the tests of pictures: a corpus without pictures, and a fake Google Drive."""

import types
from pathlib import Path

import pytest
from image_corpus import ImageCorpus

from mnerbench.datasets.fetching import image_download
from mnerbench.datasets.http_requests import TransferError


@pytest.fixture(autouse=True)
def drive(monkeypatch, no_pause):
    """A fake Google Drive that refuses every request until a test sets a body."""
    state = types.SimpleNamespace(body=None, requests=0)

    def fetch(_, path: Path, *__: object) -> None:
        state.requests += 1
        if state.body is None:
            raise TransferError("too many users")
        path.write_bytes(state.body)

    monkeypatch.setattr(image_download, "fetch_drive_file", fetch)
    return state


@pytest.fixture
def dataset(own_data):
    return ImageCorpus(own_data)
