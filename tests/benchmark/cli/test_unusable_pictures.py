"""Picture files that cannot be used are named by `run`; without a single usable one a picture method is not run."""

from __future__ import annotations

import re
import shutil

import pytest
from archive_server import jpeg
from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.catalog import load_corpus

GRID = "grid=resnet18@weights=random,size=64"


@pytest.fixture
def data(fixtures, tmp_path):
    """The corpus `tiny` with an empty file for each picture."""
    folder = tmp_path / "data" / "tiny"
    shutil.copytree(fixtures / "tiny", folder)
    (folder / "images").mkdir()
    corpus = load_corpus("tiny", tmp_path / "data")
    for image in corpus.image_ids - corpus.missing_images:
        (folder / "images" / f"{image}.jpg").touch()
    return tmp_path / "data"


def run(verb, data, *words):
    out = data.parent
    base = [verb, "--suite", "tiny", "--data", data, "--seeds", "1", "--input", GRID]
    words = words if "--methods" in words else (*words, "--methods", "lookup,bert-grid")
    more = ["--out", out / "runs", "--cache", out / "cache", "--set", "training.epochs=1", *words]
    return CliRunner().invoke(cli, list(map(str, [*base, *more])))


def flat(output):
    return " ".join(output.split())


def test_without_any_usable_picture_the_method_is_left_out_before_training(data):
    result = run("run", data, "--no-mlflow")
    assert result.exit_code == 0, result.output + str(result.exception)
    output = flat(result.output)
    assert re.search(
        r"not run: bert-grid on tiny: .*none of \d+ pictures can be used \(.*jpg: the file is empty\)", output
    )
    assert {record.spec.method for record in RunStore(data.parent / "runs").records()} == {"lookup"}
    alone = run("run", data, "--no-mlflow", "--methods", "bert-grid")
    assert "nothing of this suite can be run" in str(alone.exception)
    assert "pictures cannot be used" in flat(run("plan", data).output)


def test_the_first_few_are_named_with_reasons_and_the_rest_counted(data):
    images = sorted((data / "tiny" / "images").iterdir())
    for number, path in enumerate(images[7:]):
        path.write_bytes(jpeg(number))
    images[0].write_bytes(b"<html>")
    result = run("run", data, "--no-mlflow")
    output = flat(result.output)
    assert f"grid of tiny: 7 of {len(images)} pictures cannot be used; their tweets have none:" in output
    assert "images/" in output
    assert "not a picture in JPEG" in output
    assert output.count("the file is empty") == 4
    assert "and 2 more; to list all: benchmark data prepare tiny --input grid=resnet18@weights=random,size=64" in output
    records = {record.spec.method: record for record in RunStore(data.parent / "runs").records()}
    assert records["bert-grid"].policies["pictures_unusable_for_grid"] == 7


def test_a_damaged_cache_is_rebuilt_with_a_notice(data):
    for number, path in enumerate(sorted((data / "tiny" / "images").iterdir())):
        path.write_bytes(jpeg(number))
    words = ["data", "prepare", "tiny", "--input", GRID, "--data", data, "--cache", data.parent / "cache"]
    first = CliRunner().invoke(cli, list(map(str, words)))
    (index,) = (data.parent / "cache" / "features").glob("*/index.jsonl")
    lines = index.read_bytes().split(b"\n")
    index.write_bytes(b"\n".join([lines[0], b"[" * 100_000, *lines[2:]]))
    planned = run("plan", data)
    assert "pictures to process first" in flat(planned.output)
    again = CliRunner().invoke(cli, list(map(str, words)))
    assert again.exit_code == 0, again.output
    assert "not a line of a feature index; computed again, the existing files are kept as *.damaged" in flat(
        again.output
    )
    assert len(index.read_bytes().split(b"\n")) == len(lines)
    assert "pictures processed" in first.output
