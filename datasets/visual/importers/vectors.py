"""Import of precomputed `global` and `grid` vectors into a feature store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
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
from mnerbench.datasets.visual.importers.matching import require_overlap
from mnerbench.datasets.visual.importers.vector_file import VectorFile
from mnerbench.datasets.visual.importers.vector_files import open_vectors
from mnerbench.datasets.visual.importers.vector_shapes import FORMS, to_vectors
from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row

# Increment when the rows for the same bytes change.
_VERSION = 1
_BATCH = 32


@dataclass(frozen=True)
class VectorImport:
    """Imported vectors of the requested pictures.

    Attributes:
        store: the feature store, with a field named after the kind.
        keys: store key by image id; only pictures that have vectors.
        shape: shape of every picture's vectors.
        dtype: data type of the vectors.
        fingerprint: sha256 over shape, dtype, and content by image id; independent of the file format.
    """

    store: FeatureStore
    keys: Mapping[str, str]
    shape: FeatureShape
    dtype: str
    fingerprint: str


def import_vectors(kind: InputKind, path: Path, folder: Path, requested: Collection[str], corpus: str) -> VectorImport:
    """Validate and store the vectors of the requested pictures; unchanged files are not read again.

    Args:
        kind: `global` or `grid`.
        path: a file or folder, see `open_vectors`.
        folder: parent folder of stores.
        requested: image ids.
        corpus: name of the corpus, for messages.

    Raises:
        DataError: the file is unsupported or broken, has none of the pictures, or contains pickled objects, values that
            are not finite, or arrays that differ from the others in shape or dtype (names the picture).
    """
    source = open_vectors(path)
    require_overlap(path, source.names, set(requested), corpus, "vectors")
    available = frozenset(source.names).intersection(requested)
    cache = _ImportCache(folder, kind, source, available)
    if (cached := cache.load()) is not None:
        return cached
    rows = _checked_rows(kind, source, available)
    first, array = next(rows)
    about = {"imported": kind.value, "version": _VERSION, "shape": list(array.shape), "dtype": array.dtype.name}
    store = FeatureStore(_store_folder(folder, about), [Field(kind.value, array.shape, array.dtype.name)])
    keys: dict[str, str] = {}
    with store.writing(about) as writer:
        rows = chain([(first, array)], rows)
        while batch := list(islice(rows, _BATCH)):
            batch_keys = {image: hashlib.sha256(row.tobytes()).hexdigest() for image, row in batch}
            new = {batch_keys[image]: Row({kind.value: row}) for image, row in batch if batch_keys[image] not in store}
            writer.write(new)
            keys |= batch_keys
    cache.save(about, keys)
    return _result(kind, store, about, keys)


def _store_folder(folder: Path, about: Mapping[str, Any]) -> Path:
    return folder / f"own-{about['imported']}-{description_key(about)}"


def _checked_rows(kind: InputKind, source: VectorFile, images: Collection[str]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Image ids and validated vectors in stored form."""
    first: tuple[str, NDArray[Any]] | None = None
    for image, array in source.read(images):
        name = source.names[image]
        if array.dtype.kind != "f":
            raise source.fault(f"has {array.dtype}, not floating-point numbers", "save x.astype(np.float32)", name)
        try:
            vectors = to_vectors(kind, array)
        except ValueError as error:
            raise source.fault(str(error), FORMS[kind], name) from error
        # float64 is stored as float32, in which models compute.
        with np.errstate(over="ignore"):
            row = np.ascontiguousarray(vectors, np.float16 if vectors.dtype.itemsize == 2 else np.float32)
        if not np.isfinite(row).all():
            reason = f"has numbers that are not finite in {row.dtype}"
            raise source.fault(reason, "omit the picture; its tweets then have no picture", name)
        first = first or (name, row)
        if (row.shape, row.dtype) != (first[1].shape, first[1].dtype):
            reason = f"is {_describe(row)}, and {first[0]!r} is {_describe(first[1])}"
            raise source.fault(reason, "compute all vectors with one network, and save them with one dtype", name)
        yield image, row


def _describe(row: NDArray[Any]) -> str:
    return f"{' x '.join(map(str, row.shape))} {row.dtype}"


def _result(kind: InputKind, store: FeatureStore, about: Mapping[str, Any], keys: Mapping[str, str]) -> VectorImport:
    *cells, width = about["shape"]
    content = json.dumps([about, sorted(keys.items())], sort_keys=True, separators=(",", ":"))
    shape = FeatureShape(width, cells[0] if cells else 1)
    return VectorImport(store, dict(keys), shape, about["dtype"], hashlib.sha256(content.encode()).hexdigest())


class _ImportCache:
    """Cached store keys of a source's pictures, valid while its files are unchanged."""

    def __init__(self, folder: Path, kind: InputKind, source: VectorFile, images: Collection[str]) -> None:
        states = [[str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns] for path in source.files]
        requested = hashlib.sha256("\n".join(sorted(images)).encode()).hexdigest()
        key = description_key({"kind": kind.value, "version": _VERSION, "files": states, "images": requested})
        self._folder, self._kind, self._path = folder, kind, folder / f"own-{kind.value}-{key}.json"

    def load(self) -> VectorImport | None:
        """The cached import; None if it is invalid or rows are missing from the store."""
        try:
            content = parse_json(read_bytes(self._path))
            about, keys = content["about"], content["keys"]
        except (MnerbenchError, ValueError, KeyError, TypeError):
            return None
        if not _is_valid(self._kind, about, keys):
            return None
        store = FeatureStore(_store_folder(self._folder, about))
        return _result(self._kind, store, about, keys) if all(key in store for key in keys.values()) else None

    def save(self, about: Mapping[str, Any], keys: Mapping[str, str]) -> None:
        """Write the cache file."""
        write_atomically(self._path, json.dumps({"about": about, "keys": keys}))


def _is_valid(kind: InputKind, about: Any, keys: Any) -> bool:
    """Whether the content of a cache file is valid; a damaged cache is ignored."""
    if not isinstance(about, dict) or not isinstance(keys, dict):
        return False
    shape = about.get("shape")
    return (
        (about.get("imported"), about.get("version")) == (kind.value, _VERSION)
        and (isinstance(shape, list) and bool(shape) and all(type(size) is int for size in shape))
        and all(isinstance(key, str) for key in keys.values())
        and isinstance(about.get("dtype"), str)
    )
