"""Vectors of a corpus' pictures, read from a memory-mapped store when a batch asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.store.in_memory import InMemoryRows, hold
from mnerbench.datasets.visual.store.store import FeatureStore


@dataclass(frozen=True)
class FeatureShape:
    """What a method has to know of its input before it sees any.

    Attributes:
        width: numbers per vector.
        cells: vectors per picture (`grid`), the most that a picture has (`regions`), or 1 (`global`).
        labels: names of the classes that regions can have, in the order of their numbers.
        parts: widths of the maps that lie side by side in a vector, the first stage's first; () where there is one.
    """

    width: int
    cells: int = 1
    labels: tuple[str, ...] = ()
    parts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Features:
    """One kind of vectors for the pictures of a corpus.

    Attributes:
        kind: `global`, `grid` or `regions`.
        store: of the extractor or import.
        keys: image id to the picture's key in the store; only pictures that have vectors.
        source: the name they go by.
        fingerprint: sha256 over pictures and extractor.
        shape: of what a method gets.
        missing: tweets without a picture file.
        bad: reason by image id, for pictures that could not be used.
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
        """Whether there are vectors of a picture."""
        return image_id is not None and image_id in self.keys

    def array(self, image_id: str, name: str) -> NDArray[Any]:
        """One array of a picture, as stored; not to be changed."""
        return self.store.array(self.keys[image_id], name)

    def facts(self, image_id: str) -> Mapping[str, Any]:
        """What was found in a picture besides arrays."""
        return self.store.facts(self.keys[image_id])

    def vectors(self, image_id: str) -> NDArray[Any]:
        """The vectors of a picture as stored, [cells, width] (`global`: one cell); not to be changed."""
        return np.atleast_2d(self.array(image_id, "features" if self.kind is InputKind.REGIONS else self.kind.value))

    def packed(self) -> Features:
        """The same with all vectors in memory, to be sent elsewhere."""
        if isinstance(self.store, InMemoryRows):
            return self
        return replace(self, store=hold(self.store, set(self.keys.values())))
