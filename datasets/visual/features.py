"""Feature vectors of a corpus' pictures, read lazily from a memory-mapped store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.store.store import FeatureStore, Row


@dataclass(frozen=True)
class FeatureShape:
    """Dimensions and labels of a visual input, which a method needs to build its layers.

    Attributes:
        width: dimensions per vector.
        cells: vectors per picture (`grid`), the maximum over pictures (`regions`), or 1 (`global`).
        labels: class names of regions, ordered by class index.
        parts: widths of the feature maps concatenated in a vector, first stage first; () for a single map.
    """

    width: int
    cells: int = 1
    labels: tuple[str, ...] = ()
    parts: tuple[int, ...] = ()


@dataclass(frozen=True)
class InMemoryRows:
    """Selected rows of a store, with the same read interface.

    Attributes:
        rows: rows by key.
    """

    rows: Mapping[str, Row]

    def array(self, key: str, name: str) -> NDArray[Any]:
        """One array of a picture; read-only."""
        return self.rows[key].arrays[name]

    def facts(self, key: str) -> Mapping[str, Any]:
        """JSON data stored with a picture's arrays."""
        return self.rows[key].facts


@dataclass(frozen=True)
class Features:
    """Feature vectors of one kind for the pictures of a corpus.

    Attributes:
        kind: `global`, `grid` or `regions`.
        store: the feature store of the extractor or import.
        keys: image id to key in the store; only pictures that have vectors.
        source: name of the source.
        fingerprint: sha256 over pictures and extractor.
        shape: dimensions of the vectors.
        missing: number of tweets without a picture file.
        bad: reason by image id, for unusable pictures.
    """

    kind: InputKind
    store: FeatureStore | InMemoryRows
    keys: Mapping[str, str]
    source: str
    fingerprint: str
    shape: FeatureShape
    missing: int = 0
    bad: Mapping[str, str] = field(default_factory=dict)

    def has(self, image_id: str | None) -> bool:
        """Whether a picture has vectors."""
        return image_id is not None and image_id in self.keys

    def array(self, image_id: str, name: str) -> NDArray[Any]:
        """One stored array of a picture; read-only."""
        return self.store.array(self.keys[image_id], name)

    def facts(self, image_id: str) -> Mapping[str, Any]:
        """JSON data stored with a picture's arrays."""
        return self.store.facts(self.keys[image_id])

    def vectors(self, image_id: str) -> NDArray[Any]:
        """The stored vectors of a picture, [cells, width] (`global`: one cell); read-only."""
        return np.atleast_2d(self.array(image_id, "features" if self.kind is InputKind.REGIONS else self.kind.value))

    def packed(self) -> Features:
        """A copy with all vectors in memory, for transfer to another machine."""
        if isinstance(self.store, InMemoryRows):
            return self
        return replace(self, store=_load_rows(self.store, set(self.keys.values())))


def _load_rows(store: FeatureStore, keys: Iterable[str]) -> InMemoryRows:
    """Copy rows of a store into memory."""
    return InMemoryRows(
        {
            key: Row({field.name: store.array(key, field.name).copy() for field in store.fields}, store.facts(key))
            for key in keys
        }
    )
