"""Vectors of whole pictures or of their cells that were made elsewhere, checked and brought into a store of ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.untrusted.files import read_bytes
from mnerbench.datasets.untrusted.json_text import parse_json
from mnerbench.datasets.visual.extractors.base import description_key
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.datasets.visual.importers.matching import refuse_strangers
from mnerbench.datasets.visual.importers.vector_file import VectorFile
from mnerbench.datasets.visual.importers.vector_files import open_vectors
from mnerbench.datasets.visual.importers.vector_shapes import FORMS, to_vectors
from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row

# Raise it when the same bytes would give other rows.
_VERSION = 1
_BATCH = 32


@dataclass(frozen=True)
class VectorImport:
    """Vectors of the pictures that were asked for.

    Attributes:
        store: holds them, in a field of the kind's name.
        keys: image id to key in the store; only pictures that have vectors.
        shape: the same for all of them.
        dtype: of the numbers.
        fingerprint: sha256 over shape, dtype, and content by image id: the same in whatever file they lie.
    """

    store: FeatureStore
    keys: Mapping[str, str]
    shape: FeatureShape
    dtype: str
    fingerprint: str


def import_vectors(kind: InputKind, path: Path, folder: Path, wanted: Collection[str], whose: str) -> VectorImport:
    """Check the vectors of some pictures and store them; nothing is read again while the files are unchanged.

    Args:
        kind: `global` or `grid`.
        path: a file or folder, see `open_vectors`.
        folder: where stores are.
        wanted: image ids.
        whose: name of the corpus, for messages.

    Raises:
        DataError: the file is of no such kind or broken, has none of the pictures, holds pickled objects, a number that
            is not finite, or arrays of a shape or type that is not that of the others (names the picture).
    """
    source = open_vectors(path)
    refuse_strangers(path, source.names, set(wanted), whose, "vectors")
    there = frozenset(source.names).intersection(wanted)
    memory = _Memory(folder, kind, source, there)
    if (recalled := memory.recall()) is not None:
        return recalled
    rows = _checked_rows(kind, source, there)
    first, array = next(rows)
    about = {"imported": kind.value, "version": _VERSION, "shape": list(array.shape), "dtype": array.dtype.name}
    store = FeatureStore(_folder(folder, about), [Field(kind.value, array.shape, array.dtype.name)])
    keys: dict[str, str] = {}
    with store.writing(about) as writer:
        rows = _chained((first, array), rows)
        while batch := list(islice(rows, _BATCH)):
            keyed = {image: hashlib.sha256(row.tobytes()).hexdigest() for image, row in batch}
            new = {keyed[image]: Row({kind.value: row}) for image, row in batch if keyed[image] not in store}
            writer.write(new)
            keys |= keyed
    memory.keep(about, keys)
    return _result(kind, store, about, keys)


def _chained(
    first: tuple[str, NDArray[Any]], others: Iterator[tuple[str, NDArray[Any]]]
) -> Iterator[tuple[str, NDArray[Any]]]:
    yield first
    yield from others


def _folder(folder: Path, about: Mapping[str, Any]) -> Path:
    return folder / f"own-{about['imported']}-{description_key(about)}"


def _checked_rows(kind: InputKind, source: VectorFile, images: Collection[str]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Image id and vectors in the shape that methods read, as they are stored."""
    first: tuple[str, NDArray[Any]] | None = None
    for image, array in source.read(images):
        name = source.names[image]
        if array.dtype.kind != "f":
            raise source.fault(f"holds {array.dtype}, not floating-point numbers", "save x.astype(np.float32)", name)
        try:
            vectors = to_vectors(kind, array)
        except ValueError as error:
            raise source.fault(str(error), FORMS[kind], name) from error
        # Twice the bytes of float64 would buy nothing: models compute in float32.
        with np.errstate(over="ignore"):
            row = np.ascontiguousarray(vectors, np.float16 if vectors.dtype.itemsize == 2 else np.float32)
        if not np.isfinite(row).all():
            reason = f"holds numbers that are not finite in {row.dtype}"
            raise source.fault(reason, "leave the picture out; its tweets then have no picture", name)
        first = first or (name, row)
        if (row.shape, row.dtype) != (first[1].shape, first[1].dtype):
            reason = f"is {_described(row)}, and {first[0]!r} is {_described(first[1])}"
            raise source.fault(reason, "make all vectors with one network, and save them in one type", name)
        yield image, row


def _described(row: NDArray[Any]) -> str:
    return f"{' x '.join(map(str, row.shape))} {row.dtype}"


def _result(kind: InputKind, store: FeatureStore, about: Mapping[str, Any], keys: Mapping[str, str]) -> VectorImport:
    *cells, width = about["shape"]
    content = json.dumps([about, sorted(keys.items())], sort_keys=True, separators=(",", ":"))
    shape = FeatureShape(width, cells[0] if cells else 1)
    return VectorImport(store, dict(keys), shape, about["dtype"], hashlib.sha256(content.encode()).hexdigest())


class _Memory:
    """Which rows the pictures of a source have, while its files are unchanged."""

    def __init__(self, folder: Path, kind: InputKind, source: VectorFile, images: Collection[str]) -> None:
        states = [[str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns] for path in source.files]
        asked = hashlib.sha256("\n".join(sorted(images)).encode()).hexdigest()
        key = description_key({"kind": kind.value, "version": _VERSION, "files": states, "images": asked})
        self._folder, self._kind, self._path = folder, kind, folder / f"own-{kind.value}-{key}.json"

    def recall(self) -> VectorImport | None:
        """The import, when all its rows are still there."""
        try:
            remembered = parse_json(read_bytes(self._path))
            about, keys = remembered["about"], remembered["keys"]
        except (MnerbenchError, ValueError, KeyError, TypeError):
            return None
        if not _is_memory(self._kind, about, keys):
            return None
        store = FeatureStore(_folder(self._folder, about))
        return _result(self._kind, store, about, keys) if all(key in store for key in keys.values()) else None

    def keep(self, about: Mapping[str, Any], keys: Mapping[str, str]) -> None:
        """Remember it."""
        write_atomically(self._path, json.dumps({"about": about, "keys": keys}))


def _is_memory(kind: InputKind, about: Any, keys: Any) -> bool:
    """Whether this is what `keep` writes: a damaged file of a cache only costs time."""
    if not isinstance(about, dict) or not isinstance(keys, dict):
        return False
    shape = about.get("shape")
    return (
        (about.get("imported"), about.get("version")) == (kind.value, _VERSION)
        and (isinstance(shape, list) and bool(shape) and all(type(size) is int for size in shape))
        and all(isinstance(key, str) for key in keys.values())
        and isinstance(about.get("dtype"), str)
    )
