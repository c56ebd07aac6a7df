"""Equal results on every device: the precision of the computation is a setting and part of the key."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from switches import seen_inside

from mnerbench.benchmark.perf.gpu.speed import same_vectors
from mnerbench.datasets.visual.extractors.backbone_card import BackboneCard
from mnerbench.datasets.visual.extractors.vision_card import VisionCard


def grid(extractor):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8))
    return extractor.extract([extractor.prepare(picture)])[0].arrays["grid"].astype(np.float32)


def error(actual, expected):
    return np.abs(actual - expected).max() / np.abs(expected).max()


def card(**settings):
    return BackboneCard(model="resnet18", weights="random", size=64, **settings)


@pytest.fixture(scope="module")
def exact():
    return grid(card(dtype="float32").load(None, "cpu"))


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_the_stored_dtype_does_not_affect_the_computation(exact, dtype):
    extractor = card(dtype=dtype).load(None, "cpu")
    assert seen_inside(extractor.network, lambda: grid(extractor)) == {(None, False, True)}
    assert error(grid(extractor), exact) < 1e-3


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_lower_precision_is_used_if_configured(exact, precision):
    extractor = card(dtype="float32", precision=precision).load(None, "cpu")
    assert seen_inside(extractor.network, lambda: grid(extractor)) == {(getattr(torch, precision), False, True)}
    assert 1e-5 < error(grid(extractor), exact) < 0.1


def test_the_precision_is_part_of_the_key():
    assert len({card(precision=precision).key(None) for precision in ("float32", "float16", "bfloat16")}) == 3
    assert VisionCard(model="x").precision == card().precision == "float32"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_gives_the_same_vectors():
    same_vectors("cuda")
