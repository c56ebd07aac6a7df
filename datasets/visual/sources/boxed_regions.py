"""Regions with boxes from `boxes.jsonl`; vectors are computed from the cropped pixels or from the class name alone."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.errors import collected
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.datasets.visual.extractors.base import Extractor, description_key
from mnerbench.datasets.visual.extractors.crops_card import CropCard, row_key
from mnerbench.datasets.visual.features import Features, FeatureShape
from mnerbench.datasets.visual.importers.boxes import PictureBoxes, read_boxes
from mnerbench.datasets.visual.importers.matching import missing_file, require_overlap
from mnerbench.datasets.visual.importers.region_rows import check_boxes
from mnerbench.datasets.visual.pictures import Picture
from mnerbench.datasets.visual.sources.base import Loaded, Setting
from mnerbench.datasets.visual.sources.stored import StoredSource
from mnerbench.datasets.visual.store.store import Field, Row

if TYPE_CHECKING:
    from mnerbench.datasets.visual.extractors.crops import CropFeatures

_FILE = "boxes.jsonl"
# Name of the source whose vectors encode only the class names of boxes.
NAMES = "names"
_GEOMETRY = (
    Field("boxes", (-1, 4), "float32"),
    Field("labels", (-1,), "int64"),
    Field("scores", (-1,), "float32"),
)


class BoxedRegions(StoredSource):
    """Boxes of a file with a vector per box.

    Args:
        name: name of the source with its settings, as the user typed it.
        card: how crops are encoded; None for one-hot vectors of class names.
        setting: the dataset.

    Raises:
        MissingInputError: there are no boxes, no pictures, or no weights.
        DataError: the file is invalid.
    """

    def __init__(self, name: str, card: CropCard | None, setting: Setting) -> None:
        self.kind, self.name, self._card, self._setting = InputKind.REGIONS, name, card, setting
        path = setting.folder / _FILE
        about, pictures, boxes = collected(
            (
                lambda: card.describe(setting.models) if card is not None else {"family": NAMES, "version": 1},
                lambda: setting.pictures,
                lambda: _read_boxes(setting, path),
            )
        )
        files = pictures.files
        require_overlap(path, boxes, files, setting.card.name, "boxes")
        self._boxes = {image: boxes[image] for image in files if image in boxes}
        self._labels = tuple(sorted({box.name for picture in self._boxes.values() for box in picture.boxes}))
        self._about = {**about, "labels": self._labels}
        self._keys = {
            image: row_key(files[image].digest, _corners(picture_boxes)) + _annotations_digest(picture_boxes)
            for image, picture_boxes in self._boxes.items()
        }
        key = description_key(self._about)
        rows = "".join(f"{image} {row}\n" for image, row in sorted(self._keys.items()))
        self.fingerprint = hashlib.sha256(f"{key} {rows}".encode()).hexdigest()
        self._folder = setting.cache / "features" / f"{about['family']}-{key}"

    def _pictures_by_key(self) -> Mapping[str, Callable[[], Any]]:
        """See the base; the extractor's input is a picture with its boxes."""
        files = self._setting.pictures.files
        return {key: partial(_read_with_boxes, files[image], self._boxes[image]) for image, key in self._keys.items()}

    def _extractor(self, device: str) -> Extractor:
        if self._card is None:
            return _NameExtractor(self._labels)
        return _CropExtractor(self._card.load(self._setting.models, device), self._labels)

    @property
    def needs_fetch(self) -> bool:
        """See the base."""
        return self._card is not None and self.missing > 0 and self._card.backbone.needs_fetch(self._setting.models)

    def fetch(self) -> None:
        """See the base."""
        if self._card is not None:
            self._card.backbone.fetch(self._setting.models)

    @property
    def evidence_kinds(self) -> frozenset[InputKind]:
        """The boxes, and everything drawn inside them if crops are encoded."""
        return frozenset({InputKind.REGIONS} if self._card is None else {InputKind.REGIONS, InputKind.GRID})

    @property
    def summary(self) -> str:
        """See the base."""
        regions = sum(len(picture_boxes.boxes) for picture_boxes in self._boxes.values())
        return f"{len(self._boxes):,} pictures with {regions:,} boxes, {len(self.bad):,} unusable"

    def load(self) -> Loaded:
        """The regions, without any for the blank picture."""
        self._require_complete()
        bad = self.bad
        keys = {image: key for image, key in self._keys.items() if image not in bad}
        width = next(field.shape[-1] for field in self._store.fields if field.name == "features")
        most = max((self._store.sizes(key)[0] for key in keys.values()), default=0)
        parts = self._card.backbone.parts if self._card is not None else ()
        shape = FeatureShape(width, most, self._labels, parts)
        missing = self._setting.corpus.tweets_without(keys)
        return Features(self.kind, self._store, keys, self.name, self.fingerprint, shape, missing, bad)


class _BoxExtractor(Extractor):
    """Converts pictures with boxes to rows of regions; a subclass computes the vectors."""

    def __init__(self, labels: Sequence[str], vectors: Sequence[Field], batch_size: int) -> None:
        self._class_indices = {name: index for index, name in enumerate(labels)}
        self.fields = (*_GEOMETRY, *vectors)
        self.batch_size = batch_size

    @abstractmethod
    def _vectors(self, prepared: Sequence[Any]) -> list[Row]:
        """One row per picture, with a vector per box in the order of the boxes."""

    def prepare(self, picture: Any) -> Any:
        """Check the boxes and return the picture with its boxes unchanged.

        Raises:
            BadPictureError: the boxes do not fit the picture's size.
        """
        image, picture_boxes = picture
        if picture_boxes.size not in (None, image.size):
            expected, actual = (" x ".join(map(str, size)) for size in (picture_boxes.size, image.size))
            raise BadPictureError(f"its boxes are of a picture of {expected} pixels, the picture has {actual}")
        check_boxes(_corners(picture_boxes), image.size)
        return picture

    def extract(self, prepared: Sequence[Any]) -> list[Row]:
        rows = self._vectors(prepared)
        return [self._row(image.size, boxes, row) for (image, boxes), row in zip(prepared, rows, strict=True)]

    def _row(self, size: tuple[int, int], picture_boxes: PictureBoxes, vectors: Row) -> Row:
        arrays: dict[str, NDArray[Any]] = {
            "boxes": _corners(picture_boxes),
            "labels": np.array([self._class_indices[box.name] for box in picture_boxes.boxes], np.int64),
            "scores": np.array([box.score for box in picture_boxes.boxes], np.float32),
        }
        return Row({**arrays, **vectors.arrays}, {"size": list(size)})


class _CropExtractor(_BoxExtractor):
    """Vectors of cropped pixels."""

    def __init__(self, crops: CropFeatures, labels: Sequence[str]) -> None:
        super().__init__(labels, crops.fields, crops.backbone.batch_size)
        self._crops = crops

    def _vectors(self, prepared: Sequence[Any]) -> list[Row]:
        return self._crops.rows([(image, _corners(picture_boxes)) for image, picture_boxes in prepared])


class _NameExtractor(_BoxExtractor):
    """One-hot vectors of class names."""

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__(labels, [Field("features", (-1, max(1, len(labels))), "float16")], batch_size=64)

    def _vectors(self, prepared: Sequence[Any]) -> list[Row]:
        one_hot = np.eye(max(1, len(self._class_indices)), dtype=np.float16)
        indices = [[self._class_indices[box.name] for box in picture_boxes.boxes] for _, picture_boxes in prepared]
        return [Row({"features": one_hot[row]}) for row in indices]


def _read_boxes(setting: Setting, path: Path) -> dict[str, PictureBoxes]:
    if not path.is_file():
        raise missing_file("boxes", setting.card.name, path, "see docs/inputs.md")
    return read_boxes(path)


def _read_with_boxes(picture: Picture, picture_boxes: PictureBoxes) -> tuple[Any, PictureBoxes]:
    return read_picture(picture.path, picture.digest), picture_boxes


def _corners(picture_boxes: PictureBoxes) -> NDArray[np.float32]:
    return np.array([box.box for box in picture_boxes.boxes], np.float32).reshape(-1, 4)


def _annotations_digest(picture_boxes: PictureBoxes) -> str:
    """The part of a row's key that covers class names, scores and the expected picture size."""
    content = repr([[(box.name, box.score) for box in picture_boxes.boxes], picture_boxes.size])
    return "-" + hashlib.sha256(content.encode()).hexdigest()[:16]
