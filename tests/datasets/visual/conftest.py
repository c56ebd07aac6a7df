"""Fixtures of the tests of visual inputs."""

import pytest
from small_probe import write_small_probe

from mnerbench.datasets.catalog import dataset_folder, load_card, load_corpus
from mnerbench.datasets.visual.importers import region_memory, region_tsv
from mnerbench.datasets.visual.sources.base import Setting


@pytest.fixture
def reads(monkeypatch):
    """Records the files whose regions are read, and `list NAME` for every table that is scanned."""
    names = []
    read, list_tsv = region_memory.Item.read, region_tsv.list_tsv

    def recorded(path, *rest):
        names.append(f"list {path.name}")
        return list_tsv(path, *rest)

    monkeypatch.setattr(region_memory.Item, "read", lambda item: names.append(item.name) or read(item))
    monkeypatch.setattr("mnerbench.datasets.visual.importers.region_source.list_tsv", recorded)
    return names


@pytest.fixture
def setting(tmp_path):
    """A small probe with its files."""
    write_small_probe(tmp_path / "data", "relation", "object", sizes=(12, 4, 6))
    card = load_card("small", tmp_path / "data")
    folder = dataset_folder(card, tmp_path / "data", tmp_path / "cache")
    return Setting(card, load_corpus("small", tmp_path / "data"), folder, tmp_path / "cache", None)
