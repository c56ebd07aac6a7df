"""Regions whose boxes come from `boxes.jsonl`; vectors are made here, of what a box shows or of its name alone."""

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
from mnerbench.datasets.visual.importers.matching import absent, refuse_strangers
from mnerbench.datasets.visual.importers.region_rows import check_boxes
from mnerbench.datasets.visual.pictures import Picture
from mnerbench.datasets.visual.sources.base import Loaded, Setting
from mnerbench.datasets.visual.sources.stored import StoredSource
from mnerbench.datasets.visual.store.store import Field, Row

if TYPE_CHECKING:
    from mnerbench.datasets.visual.extractors.crops import CropFeatures

_FILE = "boxes.jsonl"
# The name of the source whose vectors say nothing but what a box is called.
NAMES = "names"
_GEOMETRY = (
    Field("boxes", (-1, 4), "float32"),
    Field("labels", (-1,), "int64"),
    Field("scores", (-1,), "float32"),
)


class BoxedRegions(StoredSource):
    """Boxes of a file with vectors of what they show.

    Args:
        name: of the source, with its settings, as given.
        card: how vectors are made; None for a one in the place of the box's name and zeros elsewhere.
        setting: of the dataset.

    Raises:
        MissingInputError: no boxes, no pictures, or no weights.
        DataError: the file breaks its format.
    """

    def __init__(self, name: str, card: CropCard | None, setting: Setting) -> None:
        self.kind, self.name, self._card, self._setting = InputKind.REGIONS, name, card, setting
        path = setting.folder / _FILE
        about, pictures, boxes = collected(
            (
                lambda: card.describe(setting.models) if card is not None else {"family": NAMES, "version": 1},
                lambda: setting.pictures,
                lambda: _boxes_of(setting, path),
            )
        )
        files = pictures.files
        refuse_strangers(path, boxes, files, setting.card.name, "boxes")
        self._boxes = {image: boxes[image] for image in files if image in boxes}
        self._labels = tuple(sorted({box.name for found in self._boxes.values() for box in found.boxes}))
        self._about = {**about, "labels": self._labels}
        self._keys = {
            image: row_key(files[image].digest, _corners(found)) + _facts_digest(found)
            for image, found in self._boxes.items()
        }
        key = description_key(self._about)
        rows = "".join(f"{image} {own}\n" for image, own in sorted(self._keys.items()))
        self.fingerprint = hashlib.sha256(f"{key} {rows}".encode()).hexdigest()
        self._folder = setting.cache / "features" / f"{about['family']}-{key}"

    def _pictures_by_key(self) -> Mapping[str, Callable[[], Any]]:
        """Pictures with their boxes."""
        files = self._setting.pictures.files
        return {key: partial(_read, files[image], self._boxes[image]) for image, key in self._keys.items()}

    def _extractor(self, device: str) -> Extractor:
        if self._card is None:
            return _NameExtractor(self._labels)
        return _CropExtractor(self._card.load(self._setting.models, device), self._labels)

    @property
    def to_fetch(self) -> bool:
        """Whether weights have to be fetched before the pictures can be looked at."""
        return self._card is not None and self.missing > 0 and self._card.backbone.to_fetch(self._setting.models)

    def fetch(self) -> None:
        """See the base."""
        if self._card is not None:
            self._card.backbone.fetch(self._setting.models)

    @property
    def carries(self) -> frozenset[InputKind]:
        """What the boxes say, and all that is drawn inside them where that is looked at."""
        return frozenset({InputKind.REGIONS} if self._card is None else {InputKind.REGIONS, InputKind.GRID})

    @property
    def summary(self) -> str:
        """How much is there, in words."""
        regions = sum(len(found.boxes) for found in self._boxes.values())
        return f"{len(self._boxes):,} pictures with {regions:,} boxes, {len(self.bad):,} unusable"

    def load(self) -> Loaded:
        """The regions; there are none of a grey picture."""
        self._require_made()
        bad = self.bad
        keys = {image: key for image, key in self._keys.items() if image not in bad}
        named = [example.image_id for examples in self._setting.corpus.splits.values() for example in examples]
        width = next(own.shape[-1] for own in self._store.fields if own.name == "features")
        most = max((self._store.sizes(key)[0] for key in keys.values()), default=0)
        parts = self._card.backbone.parts if self._card is not None else ()
        shape = FeatureShape(width, most, self._labels, parts)
        missing = sum(image not in keys for image in named)
        return Features(self.kind, self._store, keys, self.name, self.fingerprint, shape, missing, bad)


class _BoxExtractor(Extractor):
    """Pictures with boxes to rows of regions; a subclass makes the vectors."""

    def __init__(self, labels: Sequence[str], vectors: Sequence[Field], batch_size: int) -> None:
        self._numbers = {name: number for number, name in enumerate(labels)}
        self.fields = (*_GEOMETRY, *vectors)
        self.batch_size = batch_size

    @abstractmethod
    def _vectors(self, prepared: Sequence[Any]) -> list[Row]:
        """A row of vectors per picture, in the order of its boxes."""

    def prepare(self, picture: Any) -> Any:
        """The picture with its boxes, as they are.

        Raises:
            BadPictureError: the boxes are of a picture of another size.
        """
        image, found = picture
        if found.size not in (None, image.size):
            meant, there = (" x ".join(map(str, size)) for size in (found.size, image.size))
            raise BadPictureError(f"its boxes are of a picture of {meant} pixels, the picture has {there}")
        check_boxes(_corners(found), image.size)
        return picture

    def extract(self, prepared: Sequence[Any]) -> list[Row]:
        rows = self._vectors(prepared)
        return [self._row(image.size, found, row) for (image, found), row in zip(prepared, rows, strict=True)]

    def _row(self, size: tuple[int, int], found: PictureBoxes, vectors: Row) -> Row:
        arrays: dict[str, NDArray[Any]] = {
            "boxes": _corners(found),
            "labels": np.array([self._numbers[box.name] for box in found.boxes], np.int64),
            "scores": np.array([box.score for box in found.boxes], np.float32),
        }
        return Row({**arrays, **vectors.arrays}, {"size": list(size)})


class _CropExtractor(_BoxExtractor):
    """Vectors of what boxes show."""

    def __init__(self, crops: CropFeatures, labels: Sequence[str]) -> None:
        super().__init__(labels, crops.fields, crops.backbone.batch_size)
        self._crops = crops

    def _vectors(self, prepared: Sequence[Any]) -> list[Row]:
        return self._crops.rows([(image, _corners(found)) for image, found in prepared])


class _NameExtractor(_BoxExtractor):
    """Vectors of what boxes are called."""

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__(labels, [Field("features", (-1, max(1, len(labels))), "float16")], batch_size=64)

    def _vectors(self, prepared: Sequence[Any]) -> list[Row]:
        one_hot = np.eye(max(1, len(self._numbers)), dtype=np.float16)
        return [Row({"features": one_hot[[self._numbers[box.name] for box in found.boxes]]}) for _, found in prepared]


def _boxes_of(setting: Setting, path: Path) -> dict[str, PictureBoxes]:
    if not path.is_file():
        raise absent("boxes", setting.card.name, path, "docs/inputs.md has it")
    return read_boxes(path)


def _read(picture: Picture, found: PictureBoxes) -> tuple[Any, PictureBoxes]:
    return read_picture(picture.path, picture.digest), found


def _corners(found: PictureBoxes) -> NDArray[np.float32]:
    return np.array([box.box for box in found.boxes], np.float32).reshape(-1, 4)


def _facts_digest(found: PictureBoxes) -> str:
    """What a row holds besides vectors, or what makes it a bad one, is part of its key."""
    content = repr([[(box.name, box.score) for box in found.boxes], found.size])
    return "-" + hashlib.sha256(content.encode()).hexdigest()[:16]
