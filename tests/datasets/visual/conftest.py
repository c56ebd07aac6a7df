"""Fixtures of the importers' tests."""

import pytest

from mnerbench.datasets.visual.importers import region_memory, region_tsv


@pytest.fixture
def reads(monkeypatch):
    """Image payloads read, by file name, and tables looked through."""
    seen = []
    read, listed = region_memory.Item.read, region_tsv.list_tsv
    monkeypatch.setattr(region_memory.Item, "read", lambda item: seen.append(item.name) or read(item))
    looked = lambda path, *rest: seen.append(f"list {path.name}") or listed(path, *rest)  # noqa: E731
    monkeypatch.setattr("mnerbench.datasets.visual.importers.region_source.list_tsv", looked)
    return seen
