"""OCR with the installed Tesseract, and messages for what is not installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from PIL import Image, ImageDraw, ImageFont

from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.decoding import BadPictureError, TransientPictureError
from mnerbench.datasets.visual.extractors import ocr
from mnerbench.datasets.visual.extractors.ocr_card import OcrCard

installed = pytest.mark.skipif(shutil.which("tesseract") is None, reason="the program tesseract is not installed")


def sign(text, pixels=40, size=(640, 400), at=(60, 150)):
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).text(at, text, fill="black", font=ImageFont.load_default(pixels))
    return picture


def read(*pictures, **settings):
    loaded = OcrCard(**settings).load(None, "cpu")
    rows = loaded.extract([loaded.prepare(picture) for picture in pictures])
    assert all(not row.arrays for row in rows)
    return [row.facts for row in rows]


@installed
def test_words_are_read_in_order_of_the_pictures():
    assert [facts["text"] for facts in read(sign("Welcome to London"), sign("Lakers win"), sign(""))] == [
        "Welcome to London",
        "Lakers win",
        "",
    ]


@installed
@pytest.mark.parametrize("size", [(640, 400), (1300, 1000), (4400, 600)])
def test_boxes_are_in_pixels_of_the_picture(size):
    """Also for enlarged and downscaled pictures."""
    picture = sign("London", pixels=60, size=size)
    left, top, right, lower = ImageDraw.Draw(picture).textbbox((60, 150), "London", font=ImageFont.load_default(60))
    ((word, confidence, x, y, width, height),) = read(picture)[0]["words"]
    assert word == "London"
    assert 50 <= confidence <= 100
    for actual, drawn in ((x, left), (y, top), (x + width, right), (y + height, lower)):
        assert abs(actual - drawn) <= 6


@installed
def test_small_letters_are_read_because_the_picture_is_enlarged():
    pictures = [sign(text, pixels=10, at=(60, 90)) for text in ("Welcome to London", "breaking news today")]
    words = {"Welcome", "to", "London", "breaking", "news", "today"}
    doubled = {word for facts in read(*pictures) for word in facts["text"].split()}
    unscaled = {word for facts in read(*pictures, enlarge_below=0) for word in facts["text"].split()}
    assert len(doubled & words) > len(unscaled & words)


@installed
def test_filtered_words():
    picture = sign("A London 7")
    assert read(picture)[0]["text"] == "London"
    assert read(picture, least_letters=1)[0]["text"] == "A London 7"
    assert read(picture, least_letters=7)[0] == {"text": "", "words": []}
    confidences = [word[1] for word in read(picture, confidence=0, least_letters=1)[0]["words"]]
    assert max(confidences) < 100
    assert read(picture, confidence=100)[0]["text"] == ""


@installed
@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 2)])
def test_pictures_without_room_for_text(size):
    assert read(Image.new("RGB", size, "white"))[0] == {"text": "", "words": []}


LARGE = 'if [ "$(wc -c < "$1")" -gt 1000 ]; then {}; fi; exec tesseract "$@"'


@installed
@pytest.mark.parametrize(
    ("script", "error", "reason"),
    [
        (LARGE.format("echo no >&2; exit 1"), BadPictureError, r"on 1280 x 800 pixels: \(1, 'no'\)"),
        (LARGE.format("kill -SEGV $$"), BadPictureError, "-11"),
        (LARGE.format("echo what: std::bad_alloc >&2; kill -ABRT $$"), TransientPictureError, "bad_alloc"),
        (LARGE.format("kill -KILL $$"), TransientPictureError, "-9"),
        (LARGE.format("exec sleep 9"), TransientPictureError, "timeout"),
        ("echo no disk >&2; exit 1", TransientPictureError, "no disk"),
    ],
)
def test_a_picture_is_bad_only_if_it_causes_the_failure(tmp_path, monkeypatch, script, error, reason):
    """Programs that fail on large files, or always."""
    import pytesseract

    program = tmp_path / "fake"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    loaded = OcrCard().load(None, "cpu")
    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", str(program))
    if "sleep" in script:
        monkeypatch.setattr(ocr, "_TIMEOUT", 1)
    results = loaded.extract([loaded.prepare(sign("Welcome to London")) for _ in range(2)])
    for result in results:
        assert type(result) is error
        assert re.search(reason, str(result)), result


@installed
def test_a_full_disk_is_a_transient_error(monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    loaded = OcrCard().load(None, "cpu")
    monkeypatch.setattr("tempfile.NamedTemporaryFile", full)
    monkeypatch.setattr("pytesseract.pytesseract.NamedTemporaryFile", full)
    (result,) = loaded.extract([loaded.prepare(sign("London"))])
    assert type(result) is TransientPictureError


@installed
def test_the_environment_is_restored(monkeypatch):
    monkeypatch.delenv("OMP_THREAD_LIMIT", raising=False)
    read(sign("London"))
    assert "OMP_THREAD_LIMIT" not in os.environ
    monkeypatch.setenv("OMP_THREAD_LIMIT", "3")
    read(sign("London"))
    assert os.environ["OMP_THREAD_LIMIT"] == "3"


@installed
def test_the_description_names_program_and_data():
    about = OcrCard().describe(None)
    printed = subprocess.run(["tesseract", "--version"], capture_output=True, text=True, check=True)
    assert about["program"] in (printed.stdout + printed.stderr).splitlines()[0]
    assert about["data"]
    changes = ({}, {"mode": 6}, {"confidence": 60}, {"least_letters": 1}, {"enlarge_below": 0})
    assert len({OcrCard(**change).key(None) for change in changes}) == len(changes)
    assert OcrCard.kinds == (InputKind.OCR,)


@installed
def test_a_language_that_is_not_installed():
    with pytest.raises(MissingInputError, match=r"'chr_sim'; .*\n  -> apt-get install tesseract-ocr-chr-sim"):
        OcrCard(language="eng+chr_sim").load(None, "cpu")


def test_a_program_that_is_not_installed(monkeypatch):
    import pytesseract

    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", "no-such-program")
    for ask in (OcrCard().describe, lambda models: OcrCard().load(models, "cpu")):
        with pytest.raises(MissingInputError) as caught:
            ask(None)
        assert "apt-get install tesseract-ocr" in str(caught.value)
        assert "ocr.jsonl" in str(caught.value)
