"""Vectors of pictures in every form, the store that keeps them, what is remembered of their files, and pictures."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from fuzzer.special import put
from fuzzer.targets.target import PREPARED, SEEDS, Target
from fuzzer.targets.texts import tiny
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.decoding import BadPictureError, decode_picture
from mnerbench.datasets.visual.importers.regions import RegionImport, import_regions
from mnerbench.datasets.visual.importers.vectors import import_vectors
from mnerbench.datasets.visual.picture_check import check_pictures
from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row
from mnerbench.reports.render.thumbnails import thumbnails

_IMAGES = frozenset({"T_1001", "T_1002", "T_1005", "T_1011"})
_STORE = PREPARED / "store"
_TIME = (10**18, 10**18)  # of files that are remembered by it
_FIELDS = (Field("boxes", (-1, 4), "float32"), Field("grid", (3, 2), "float16"))


def _old(path: Path, seed: Path) -> Path:
    """A copy of a seed whose time of change is always the same."""
    put(path, seed.read_bytes())
    os.utime(path, ns=_TIME)
    return path


def _all_rows(store: FeatureStore, keys: list[str]) -> None:
    """Read as a run reads."""
    for key in keys:
        if store.fault(key) is None:
            store.facts(key)
            assert len(store.sizes(key)) == len(store.fields)
            for field in store.fields:
                np.isfinite(store.array(key, field.name).astype(np.float64)).all()


def _regions(source: Path, work: Path) -> RegionImport:
    imported = import_regions(source, work / "cache", _IMAGES)
    _all_rows(imported.store, list(imported.keys.values()))
    assert imported.shape.width >= 0
    return imported


def _region_npz(data: bytes, work: Path) -> None:
    put(work / "regions" / "T_1001.npz", data)
    _regions(work / "regions", work)


def _region_table(data: bytes, work: Path) -> None:
    _regions(put(work / "regions.tsv", data), work)


def _region_classes(data: bytes, work: Path) -> None:
    put(work / "regions" / "T_1001.npz", (SEEDS / "region-npz" / "one.npz").read_bytes())
    put(work / "regions" / "classes.txt", data)
    _regions(work / "regions", work)


def _region_memory(data: bytes, work: Path) -> None:
    """What an earlier import remembers, in this machine's own cache: damage must not be fatal, lies are believed."""
    source = _old(work / "regions.tsv", SEEDS / "region-table" / "six.tsv")
    _regions(source, work)
    [memory] = (work / "cache").glob("regions-*.jsonl")
    put(memory, data)
    _regions(source, work)


def _vectors(name: str) -> Callable[[bytes, Path], None]:
    def read(data: bytes, work: Path) -> None:
        path = put(work / name, data)
        imported = import_vectors(InputKind.GLOBAL, path, work / "cache", _IMAGES, "tiny")
        _all_rows(imported.store, list(imported.keys.values()))

    return read


def _vector_npy(data: bytes, work: Path) -> None:
    put(work / "vectors.txt", (SEEDS / "vector-ids" / "ids.txt").read_bytes())
    _vectors("vectors.npy")(data, work)


def _vector_ids(data: bytes, work: Path) -> None:
    put(work / "vectors.txt", data)
    _vectors("vectors.npy")((SEEDS / "vector-npy" / "matrix.npy").read_bytes(), work)


def _vector_memory(data: bytes, work: Path) -> None:
    path = _old(work / "vectors.npz", SEEDS / "vector-npz" / "named.npz")
    import_vectors(InputKind.GLOBAL, path, work / "cache", _IMAGES, "tiny")
    [memory] = (work / "cache").glob("own-*.json")
    put(memory, data)
    again = import_vectors(InputKind.GLOBAL, path, work / "cache", _IMAGES, "tiny")
    _all_rows(again.store, list(again.keys.values()))


def _store(name: str) -> Callable[[bytes, Path], None]:
    """A store one of whose files is damaged, read and then added to."""

    def read(data: bytes, work: Path) -> None:
        put(work / name, data)
        store = FeatureStore(work)
        _all_rows(store, [key for key in ("key0", "key1", "key2", "bad") if key in store])
        added = FeatureStore(work, _FIELDS)
        with added.writing({"family": "f"}) as writer:
            writer.write({"new": Row({"boxes": np.ones((1, 4)), "grid": np.ones((3, 2))}, {"size": [1, 1]})})
        _all_rows(added, ["new"])

    return read


def _picture(data: bytes, work: Path) -> None:
    """Decoded, shown on a page, and counted by `data check`; a bad one is never fatal."""
    path = put(work / "images" / "T_1001.jpg", data)
    corpus, _ = tiny()
    check_pictures(corpus, work)
    thumbnails({"T_1001": path})
    with suppress(BadPictureError):
        decode_picture(data)


def _picture_memory(data: bytes, work: Path) -> None:
    corpus, _ = tiny()
    _old(work / "images" / "T_1001.jpg", SEEDS / "picture" / "rgb.jpg")
    put(work / ".images-checked.json", data)
    check_pictures(corpus, work, remember=True)
    check_pictures(corpus, work)


TARGETS = [
    Target("region-npz", _region_npz),
    Target("region-table", _region_table),
    Target("region-classes", _region_classes, weight=3),
    Target("region-memory", _region_memory, weight=3),
    Target("vector-npz", _vectors("vectors.npz")),
    Target("vector-safetensors", _vectors("vectors.safetensors")),
    Target("vector-npy", _vector_npy),
    Target("vector-ids", _vector_ids, weight=3),
    Target("vector-memory", _vector_memory, weight=3),
    Target("store-index", _store("index.jsonl"), (_STORE / "index.jsonl",), _STORE),
    Target("store-about", _store("about.json"), (_STORE / "about.json",), _STORE, weight=3),
    Target("store-rows", _store("rows.bin"), (_STORE / "rows.bin",), _STORE, weight=3),
    Target("picture", _picture, weight=10),
    Target("picture-memory", _picture_memory, weight=3),
]
