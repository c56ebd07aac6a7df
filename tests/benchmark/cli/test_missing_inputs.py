"""Missing inputs: the methods that need them are listed with a remedy before the start, and the others run."""

from __future__ import annotations

import json
import shutil
from urllib.error import URLError

import pytest
from click.testing import CliRunner
from PIL import Image

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.manifest import load_manifests
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets import pretrained
from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.errors import MissingInputError

METHODS = "majority,bert-crf,bert-grid,ita-la,ita-ga,ita-oca"


@pytest.fixture
def data(tmp_path, fixtures, monkeypatch):
    """A data folder with `tiny` on a machine without a network, without Tesseract and without torch's cache."""
    import pytesseract

    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", "no-such-program")
    monkeypatch.setattr(pretrained, "_from_hub", lambda *_: (None, "no network"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    shutil.copytree(fixtures / "tiny", tmp_path / "data" / "tiny")
    return tmp_path / "data"


@pytest.fixture
def pictures(data):
    """A picture of every tweet whose picture is not lost."""
    corpus = load_corpus("tiny", data)
    (data / "tiny" / "images").mkdir()
    for examples in corpus.splits.values():
        for example in examples:
            if example.image_id is not None and example.image_id not in corpus.missing_images:
                Image.new("RGB", (64, 64), "teal").save(data / "tiny" / "images" / f"{example.image_id}.png")
    return data


def call(verb, data, *words, methods=METHODS):
    base = [verb, "--methods", methods, "--seeds", "1", "--out", data.parent / "runs"]
    folders = ["--data", data, "--cache", data.parent / "cache", "--models", data.parent / "models"]
    for flag, value in (("--encoder", "scratch"), ("--datasets", "tiny")):
        words = words if flag in words else (*words, flag, value)
    return CliRunner().invoke(cli, list(map(str, [*base, *folders, *words])))


def needs(data, *words, **how):
    """What each row needs, by `method on dataset`: things and remedies."""
    result = call("plan", data, "--format", "json", *words, **how)
    assert result.exit_code == 0, result.output + str(result.exception)
    plan = json.loads(result.output)
    return {row: {need["what"]: need["ways"][0] for need in missing} for row, missing in plan["needs"].items()}


def test_without_pictures(data):
    way = f"put or link pictures into {data / 'tiny' / 'images'}, named by image id (T_1001.jpg)"
    assert needs(data) == {
        "bert-grid on tiny": {"pictures of tiny": way},
        "ita-la on tiny": {"pictures of tiny": way},
        "ita-oca on tiny": {"pictures of tiny": way, "the program tesseract": "apt-get install tesseract-ocr"},
    }
    text = call("plan", data).output
    assert "3 of 6 rows cannot run; the other 3 run." in text
    assert "not run: bert-grid, ita-la, ita-oca on tiny: pictures of 'tiny' are " in text


def test_without_a_program_captions_or_an_encoder(pictures):
    (pictures / "tiny" / "captions.blip2.txt").unlink()
    encoder = "hf download org/bert   # where there is a network"
    missing = needs(pictures, "--encoder", "org/bert", methods=METHODS + ",bilstm-crf")
    assert missing == {
        "bert-crf on tiny": {"encoder org/bert": encoder},
        "bert-grid on tiny": {"encoder org/bert": encoder},
        "ita-la on tiny": {"encoder org/bert": encoder},
        "ita-ga on tiny": {
            "captions 'blip2' of tiny": f"put a file there: {pictures / 'tiny' / 'captions.blip2.txt'}",
            "encoder org/bert": encoder,
        },
        "ita-oca on tiny": {
            "the program tesseract": "apt-get install tesseract-ocr",
            "encoder org/bert": encoder,
        },
    }


def test_without_word_vectors(data):
    missing = needs(data, "--word-vectors", data / "glove.txt", methods="bert-crf,bilstm-crf,hbilstm-crf")
    assert set(missing) == {"bilstm-crf on tiny", "hbilstm-crf on tiny"}
    assert missing["bilstm-crf on tiny"][f"word vectors {data / 'glove.txt'}"].startswith("--word-vectors FILE")


def test_a_file_of_weights_and_boxes(pictures):
    missing = needs(
        pictures,
        "--input",
        "grid=resnet18@weights=gone.pth",
        "--input",
        "regions=names",
        methods=f"{METHODS},hamlearning",
    )
    assert set(missing["bert-grid on tiny"]) == {"weights gone.pth of resnet18"}
    assert set(missing["hamlearning on tiny"]) == {"boxes of tiny"}


def test_one_corpus_of_two(data):
    result = call("plan", data, "--datasets", "tiny,twitter15", "--format", "json", methods="lookup,bert-grid,ita-ga")
    plan = json.loads(result.output)
    assert {run["dataset"]["name"] for run in plan["runs"]} == {"tiny"}
    missing = {row: [need["ways"][0] for need in needs] for row, needs in plan["needs"].items()}
    text, images = "benchmark data get twitter15", "benchmark data get twitter15 --images"
    assert missing["lookup on twitter15"] == [text]
    assert missing["bert-grid on twitter15"] == [text, images]
    assert missing["ita-ga on twitter15"] == [text, text]


def test_if_nothing_can_run_the_error_lists_everything(data):
    for verb in ("plan", "run"):
        result = call(verb, data, "--encoder", "org/bert", "--datasets", "twitter15", methods="bert-crf,ita-oca")
        assert isinstance(result.exception, MissingInputError)
        text = str(result.exception)
        assert text.startswith("nothing of this suite can be run:\n")
        for part in ("benchmark data get twitter15\n", "twitter15 --images", "apt-get install", "hf download org/bert"):
            assert part in text
        assert all(len(line) <= 80 or str(data.parent) in line or "hf download" in line for line in text.splitlines())
    assert not (data.parent / "runs").exists()


def test_a_data_folder_one_level_too_deep_is_the_only_complaint(data):
    shutil.copytree(data / "tiny", data / "twitter15")
    (data / "twitter15" / "card.toml").unlink()
    result = call("plan", data / "twitter15", "--datasets", "twitter15", methods="lookup,bert-grid")
    text = " ".join(str(result.exception).split())  # a long path has a line of its own
    assert f"-> --data {data}" in text
    assert "pictures" not in text


def test_the_others_run_and_missing_inputs_are_stored_for_the_report(data):
    result = call("run", data, "--no-mlflow", methods="majority,bert-grid,ita-oca")
    assert result.exit_code == 0, result.output
    assert [record.spec.method for record in RunStore(data.parent / "runs").records()] == ["majority"]
    (grid,) = load_manifests(data.parent / "runs")
    assert set(grid.not_run) == {"bert-grid on tiny", "ita-oca on tiny"}
    assert "apt-get install tesseract-ocr" in grid.not_run["ita-oca on tiny"].reason
    strict = call("run", data, "--no-mlflow", "--require-all", methods="majority,bert-grid")
    assert "--require-all" in str(strict.exception)


def test_weights_are_announced_and_downloaded_before_any_picture_is_processed(pictures, monkeypatch):
    import torch

    def offline(*_, **__):
        raise URLError("no network")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", offline)
    words = ("--input", "grid=resnet18", "--input", "global=resnet18@weights=random,size=64")
    planned = call("plan", pictures, *words, methods="majority,bert-grid,maf").output
    assert "with weights to download (they are not on this machine)" in planned
    result = call("run", pictures, "--no-mlflow", *words, methods="majority,bert-grid,maf")
    assert result.exit_code == 0, result.output
    assert "preparing" not in result.output, "maf, which reads both, cannot run either"
    assert "not run: bert-grid, maf on tiny: resnet18: weights IMAGENET1K_V1 are not here" in result.output
    assert [record.spec.method for record in RunStore(pictures.parent / "runs").records()] == ["majority"]
