"""Synthetic visual inputs of every kind for the conformance cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mnerbench.datasets.inputs import BLANK, InputKind
from mnerbench.datasets.picture_texts import Tag, Texts
from mnerbench.datasets.untrusted.files import sha256_of
from mnerbench.datasets.visual.features import Features, FeatureShape
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.visual.picture_files import PictureFiles
from mnerbench.datasets.visual.pictures import Picture
from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row
from mnerbench.methods.encoders.word_table import WordTable

_SIDE = 200  # pixels


@cache
def pictures() -> VisualInputs:
    """Inputs of every kind for the pictures of `sentences` and the grey picture; one picture has none."""
    images = [f"p{n}" for n in range(6)]
    lines = {image: (f"a photo of thing {n}", "two people outside") for n, image in enumerate(images)}
    tags = {image: (Tag("person", 0.9, (("tall", 0.8),)), Tag(f"thing{n}", 0.5)) for n, image in enumerate(images)}
    kinds = (InputKind.CAPTIONS, InputKind.OCR, InputKind.TEXT)
    texts = {kind: Texts(lines, "made", "0" * 64, missing=1) for kind in kinds}
    return VisualInputs(texts, Texts(tags, "made", "0" * 64, missing=1), _vectors([*images, BLANK]))


def picture_texts() -> list[str]:
    """All texts and object names of the pictures, for the vocabulary of a scratch encoder."""
    inputs = pictures()
    lines = [line for texts in inputs.texts.values() for items in texts.items.values() for line in items]
    tags = inputs.tags.items.values() if inputs.tags is not None else ()
    return lines + [tag.name for items in tags for tag in items]


def word_table(words: Iterable[str]) -> WordTable:
    """Random vectors of every other word, so that some words have none."""
    random = np.random.default_rng(0)
    known = sorted({word.lower() for word in words})[::2]
    return WordTable({word: random.normal(size=6).astype(np.float32) for word in known})


@cache
def picture_files() -> PictureFiles:
    """Files of the pictures, of one colour each; one picture has none, as in `pictures`."""
    from PIL import Image

    files = {}
    for number in range(6):
        path = Path(_folder().name) / f"p{number}.png"
        Image.new("RGB", (_SIDE, _SIDE // 2), (40 * number, 90, 200)).save(path)
        files[f"p{number}"] = Picture(path, sha256_of(path))
    return PictureFiles(files, "0" * 64, missing=1)


@cache
def _folder() -> TemporaryDirectory[str]:
    """Temporary folder, deleted when the process ends."""
    return TemporaryDirectory(prefix="mnerbench-conformance-")


def _vectors(images: Sequence[str]) -> dict[InputKind, Features]:
    """Random vectors per picture, with one to three regions, in a store in a temporary folder."""
    fields = (
        Field("global", (8,), "float32"),
        Field("grid", (4, 8), "float32"),
        Field("boxes", (-1, 4), "float32"),
        Field("labels", (-1,), "int64"),
        Field("scores", (-1,), "float32"),
        Field("features", (-1, 8), "float32"),
    )
    store = FeatureStore(Path(_folder().name), fields)
    random = np.random.default_rng(0)
    with store.writing({"made": "for conformance"}) as writer:
        for index, image in enumerate(images):
            count = 1 + index % 3
            corners = random.uniform(0, 100, (count, 2))
            arrays = {
                "global": random.normal(size=8),
                "grid": random.normal(size=(4, 8)),
                "boxes": np.concatenate([corners, corners + random.uniform(10, 90, (count, 2))], 1),
                "labels": random.integers(0, 3, count),
                "scores": np.sort(random.uniform(size=count))[::-1],
                "features": random.normal(size=(count, 8)),
            }
            writer.write({image: Row(arrays, {"size": [200, 200]})})
    keys = dict(zip(images, images, strict=True))
    shapes = {
        InputKind.GLOBAL: FeatureShape(8),
        InputKind.GRID: FeatureShape(8, 4, parts=(3, 5)),
        InputKind.REGIONS: FeatureShape(8, 3, ("person", "house", "dog"), parts=(3, 5)),
    }
    return {kind: Features(kind, store, keys, "made", "0" * 64, shape, 1) for kind, shape in shapes.items()}
