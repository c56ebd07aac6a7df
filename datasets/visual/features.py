"""Feature vectors of a corpus' pictures, read lazily from a memory-mapped store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.corpus import ImageRef, ids_of
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
    """Feature vectors of one kind for the pictures of a corpus, stored by picture and read by tweet.

    A tweet with one picture has the vectors of that picture as stored. One with several has, of those with vectors,
    the mean of their `global` vectors; cell by cell the mean of their `grid` vectors, so that all tweets have the same
    number of cells; and all their `regions`, by descending score.

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

    def has(self, image: ImageRef) -> bool:
        """Whether a tweet's picture has vectors, or one of its pictures."""
        return any(picture in self.keys for picture in ids_of(image))

    def array(self, image_id: str, name: str) -> NDArray[Any]:
        """One stored array of a picture; read-only."""
        return self.store.array(self.keys[image_id], name)

    def facts(self, image_id: str) -> Mapping[str, Any]:
        """JSON data stored with a picture's arrays."""
        return self.store.facts(self.keys[image_id])

    def vectors(self, image: ImageRef) -> NDArray[Any]:
        """The vectors of a tweet, [cells, width] (`global`: one cell); read-only.

        Args:
            image: a picture with vectors, or several of which some have vectors.
        """
        pictures = self._available(image)
        if self.kind is InputKind.REGIONS:
            return self._by_score(pictures, [self.array(picture, "features") for picture in pictures])
        arrays = [np.atleast_2d(self.array(picture, self.kind.value)) for picture in pictures]
        return arrays[0] if len(arrays) == 1 else np.mean(arrays, axis=0, dtype=np.float32).astype(arrays[0].dtype)

    def regions(self, image: ImageRef) -> dict[str, NDArray[Any]]:
        """`boxes` [regions, 4], `labels` and `scores` [regions] of `vectors`, and `sizes` [2]: width and height.

        Boxes are in pixels of a picture of this size: the tweet's first with regions. Those of its other pictures are
        scaled from their own size to this one, so that box over size is always the position in the region's picture.
        """
        pictures = self._available(image)
        sizes = [np.array(self.facts(picture)["size"], np.float32) for picture in pictures]
        boxes = [self.array(picture, "boxes") for picture in pictures]
        boxes[1:] = [box * np.tile(sizes[0] / size, 2) for box, size in zip(boxes[1:], sizes[1:], strict=True)]
        labels, scores = ([self.array(picture, name) for picture in pictures] for name in ("labels", "scores"))
        arrays = {"boxes": boxes, "labels": labels, "scores": scores}
        return {"sizes": sizes[0], **{name: self._by_score(pictures, values) for name, values in arrays.items()}}

    def _available(self, image: ImageRef) -> list[str]:
        """The pictures of a tweet that have vectors, in order."""
        return [picture for picture in ids_of(image) if picture in self.keys]

    def _by_score(self, pictures: Sequence[str], arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """Join arrays of regions; those of several pictures by descending score, equal ones in order."""
        if len(pictures) == 1:
            return arrays[0]
        scores = np.concatenate([self.array(picture, "scores") for picture in pictures])
        return np.concatenate(arrays)[np.argsort(-scores, kind="stable")]

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
