"""Parsing of extractor names and settings, and its errors."""

from __future__ import annotations

import subprocess
import sys

import pytest
from torchvision.models import detection, get_model_weights, list_models

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.visual.extractors.backbone_card import BackboneCard
from mnerbench.datasets.visual.extractors.captioner_card import CaptionerCard
from mnerbench.datasets.visual.extractors.catalog import (
    CROPS,
    extractor_rows,
    is_extractor,
    parse_crops,
    parse_extractor,
)
from mnerbench.datasets.visual.extractors.crops_card import CropCard
from mnerbench.datasets.visual.extractors.detector_card import DETECTORS, DetectorCard
from mnerbench.datasets.visual.extractors.ocr_card import OcrCard
from mnerbench.datasets.visual.extractors.random_weights import MEAN
from mnerbench.datasets.visual.extractors.vision_card import VisionCard


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("resnet152", BackboneCard(model="resnet152", weights="IMAGENET1K_V1", size=224, dtype="float16")),
        ("resnet18@weights=random,seed=3,size=96", BackboneCard(model="resnet18", weights="random", seed=3, size=96)),
        ("resnet18@weights=/a/b=c:d.pth", BackboneCard(model="resnet18", weights="/a/b=c:d.pth")),
        (" vit_b_16@dtype=float32 ", BackboneCard(model="vit_b_16", dtype="float32")),
        (
            "maskrcnn_resnet50_fpn@top=15,threshold=0.3",
            DetectorCard(model="maskrcnn_resnet50_fpn", top=15, threshold=0.3),
        ),
        ("vision@model=openai/clip-vit-base-patch32", VisionCard(model="openai/clip-vit-base-patch32")),
        ("captioner@model=NAME, count=5", CaptionerCard(model="NAME", count=5)),
        ("tesseract", OcrCard()),
        ("tesseract@mode=6,language=eng+deu,confidence=70", OcrCard(mode=6, language="eng+deu", confidence=70)),
    ],
)
def test_parsing(text, card):
    assert parse_extractor(text) == card
    assert is_extractor(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("resnet15@size=64", r"unknown extractor 'resnet15' in 'resnet15@size=64'; did you mean.*resnet1"),
        ("", "unknown extractor '' in ''; valid: .*resnet152.*tesseract"),
        ("resnet18@sise=64", r"'resnet18' has no setting 'sise'; did you mean 'size'"),
        ("resnet18@model=resnet34", "has no setting 'model'"),
        ("resnet18@size=big", "setting size = 'big': Input should be a valid integer"),
        ("resnet18@size=5", "setting size = '5': .*greater than or equal to 64"),
        ("resnet18@dtype=float64", "setting dtype = 'float64': .*'float16' or 'float32'"),
        ("resnet18@size", r"'size' is not a setting\n  -> resnet18@setting=value"),
        ("resnet18@size=64,size=96", "size is given twice"),
        ("vision", r"'vision' needs the setting model\n  -> vision@model="),
        ("captioner@model=a,beams=2,count=3", "count 3 is more than beams 2"),
        ("tesseract@language=eng;rm", "setting language = 'eng;rm'"),
    ],
)
def test_invalid_texts_are_rejected_with_the_reason(text, message):
    with pytest.raises(ConfigError, match=message):
        parse_extractor(text)


def test_crops_name_their_backbone():
    backbone = BackboneCard(model="resnet18", weights="random", size=96)
    assert parse_crops("crops@model=resnet18,weights=random,size=96") == CropCard(backbone=backbone)
    with pytest.raises(ConfigError, match="no backbone 'resnet15'; did you mean"):
        parse_crops("crops@model=resnet15")
    with pytest.raises(ConfigError, match="has no setting 'top'"):
        parse_crops("crops@model=resnet18,top=3")


def test_files_are_not_extractors():
    assert not is_extractor("blip2")
    assert not is_extractor("file")


def test_every_name_exists_in_torchvision():
    assert set(BackboneCard.names) <= set(list_models())
    assert set(DetectorCard.names) <= set(list_models(module=detection))


def test_names_of_weights_match_torchvision():
    """The names listed without importing torchvision equal its catalog."""
    for name in BackboneCard.names:
        members = get_model_weights(name).__members__
        entries = {weights: entry for weights, entry in members.items() if weights != "DEFAULT"}
        assert BackboneCard(model=name, weights="random").published == tuple(entries)
        for weights, entry in entries.items():
            if tuple(entry.transforms().mean) == MEAN:
                assert BackboneCard(model=name, weights=weights).describe(None)["weights"] == {"published": weights}
            else:
                with pytest.raises(ConfigError, match="not normalised"):
                    BackboneCard(model=name, weights=weights)


def test_rows_name_everything_and_nothing_loads_torch():
    rows = extractor_rows()
    assert [list(row) for row in rows] == [["extractor", "what", "inputs", "needs"]] * len(rows)
    names = [name for row in rows for name in row["extractor"]]
    assert len(names) == len(set(names)) > 80
    assert [name for name in names if not is_extractor(name)] == [CROPS], "its boxes come from a file"
    assert {kind for row in rows for kind in row["inputs"]} == {"global", "grid", "regions", "tags", "captions", "ocr"}
    probe = (
        "import sys; from mnerbench.datasets.visual.extractors.catalog import *; extractor_rows(); "
        "[parse_extractor(text) for text in ('resnet18', 'vision@model=x', 'captioner@model=x', 'tesseract')]; "
        "assert not {'torch', 'torchvision', 'transformers', 'pytesseract', 'PIL'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", probe], check=True)


def test_missing_weights_are_detected_without_torch(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    card = parse_extractor("resnet18")
    assert card.needs_fetch(None)
    assert not parse_extractor("resnet18@weights=random").needs_fetch(None)
    assert not parse_extractor("tesseract").needs_fetch(None)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "resnet18-f37072fd.pth").touch()
    assert not card.needs_fetch(tmp_path / "models")
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    (tmp_path / "hub" / "checkpoints" / "resnet18-f37072fd.pth").touch()
    assert not card.needs_fetch(None)
    assert parse_extractor("resnet152").needs_fetch(None)


# Their default weights are not published, or need another normalisation.
WITHOUT_DEFAULT_WEIGHTS = {"efficientnet_v2_l", "regnet_y_128gf", "vit_h_14"}


def test_every_published_file_would_be_recognised(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "nothing"))
    for name in (*BackboneCard.names, *DETECTORS):
        if name in WITHOUT_DEFAULT_WEIGHTS:
            with pytest.raises(ConfigError):
                parse_extractor(name)
            continue
        for weights in get_model_weights(name):
            folder = tmp_path / name / weights.name
            folder.mkdir(parents=True)
            (folder / weights.url.rpartition("/")[2]).touch()
            assert not parse_extractor(name).needs_fetch(folder), (name, weights.url)
