"""Visual inputs of the sizes of published extractors, filled with noise, for timing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.picture_texts import Tag, Texts
from mnerbench.datasets.visual.features import Features, FeatureShape
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row

WIDTH, CELLS = 2048, 49  # last block of ResNet-152 at 224 pixels
_REGION_WIDTH, _REGIONS = 1024, 16  # Faster R-CNN
_DISTINCT = 64
_CAPTION = "a group of people standing in front of a large building"


def noise_inputs(images: Sequence[str], folder: Path, distinct: int = _DISTINCT) -> VisualInputs:
    """Noise inputs of every kind for some image ids, with vectors in a memory-mapped store like real ones.

    Args:
        images: image ids.
        folder: folder of the store.
        distinct: number of distinct pictures in the store, which image ids share.
    """
    store, random = FeatureStore(folder, _FIELDS), np.random.default_rng(0)
    with store.writing({"made": "for timing"}) as writer:
        for number in range(distinct):
            writer.write({f"p{number}": Row(_arrays(random), {"size": [640, 480]})})
    keys = {image: f"p{index % distinct}" for index, image in enumerate(images)}
    shapes = {
        InputKind.GLOBAL: FeatureShape(WIDTH),
        InputKind.GRID: FeatureShape(WIDTH, CELLS),
        InputKind.REGIONS: FeatureShape(_REGION_WIDTH, _REGIONS, tuple(f"class {n}" for n in range(91))),
    }
    features = {kind: Features(kind, store, keys, "noise", "0" * 64, shape) for kind, shape in shapes.items()}
    kinds = (InputKind.CAPTIONS, InputKind.OCR, InputKind.TEXT)
    texts = {kind: Texts(dict.fromkeys(images, (_CAPTION,)), "noise", "0" * 64) for kind in kinds}
    tags = tuple(Tag(name, 0.9) for name in ("person", "building", "street", "car", "sign"))
    return VisualInputs(texts, Texts(dict.fromkeys(images, tags), "noise", "0" * 64), features)


_FIELDS = (
    Field("global", (WIDTH,), "float16"),
    Field("grid", (CELLS, WIDTH), "float16"),
    Field("boxes", (-1, 4), "float32"),
    Field("labels", (-1,), "int64"),
    Field("scores", (-1,), "float32"),
    Field("features", (-1, _REGION_WIDTH), "float16"),
)


def _arrays(random: np.random.Generator) -> dict[str, np.ndarray]:
    corners = random.uniform(0, 300, (_REGIONS, 2))
    return {
        "global": random.normal(size=WIDTH),
        "grid": random.normal(size=(CELLS, WIDTH)),
        "boxes": np.concatenate([corners, corners + random.uniform(10, 170, (_REGIONS, 2))], 1),
        "labels": random.integers(0, 91, _REGIONS),
        "scores": np.sort(random.uniform(size=_REGIONS))[::-1],
        "features": random.normal(size=(_REGIONS, _REGION_WIDTH)),
    }
