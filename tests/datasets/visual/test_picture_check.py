"""Usable, missing, unusable and lost pictures; each is decoded once while it does not change."""

import json
import os

import pytest
from archive_server import jpeg

from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.visual import picture_check
from mnerbench.datasets.visual.decoding import TransientPictureError
from mnerbench.datasets.visual.picture_check import check_pictures

IDS = ("a", "b", "c", "d", "lost", None)
CORPUS = Corpus(
    "c",
    {"train": tuple(Example(str(n), ("x",), ("O",), image) for n, image in enumerate(IDS))},
    ("PER",),
    frozenset({"lost", "elsewhere"}),
)
CACHE = ".images-checked.json"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images" / "more").mkdir(parents=True)
    (tmp_path / "images" / "a.jpg").write_bytes(jpeg(1))
    (tmp_path / "images" / "more" / "b.png").write_bytes(jpeg(2))
    (tmp_path / "images" / "c.jpg").write_bytes(jpeg(3, 200)[:-200])
    (tmp_path / "images" / "d.jpg.part").write_bytes(jpeg(4))
    (tmp_path / "images" / "lost.jpg").write_bytes(b"a placeholder")
    return tmp_path


@pytest.fixture
def decoded(monkeypatch):
    """The names of the files that are decoded."""
    names, read = [], picture_check.read_picture
    monkeypatch.setattr(picture_check, "read_picture", lambda path: (names.append(path.name), read(path)))
    return names


def test_every_named_picture_is_in_one_of_four_states(folder):
    check = check_pictures(CORPUS, folder)
    assert (check.usable, check.missing, check.lost) == ({"a", "b"}, ("d",), ("lost",))
    assert list(check.unusable) == ["c"]
    assert "truncated" in check.unusable["c"]
    assert check.named == 5
    assert CORPUS.image_ids == {"a", "b", "c", "d", "lost"}


def test_without_a_folder_all_pictures_are_missing(tmp_path):
    check = check_pictures(CORPUS, tmp_path)
    assert (len(check.missing), check.usable, check.unusable) == (4, frozenset(), {})


def test_nothing_is_written_by_default(folder):
    before = sorted(folder.rglob("*"))
    check_pictures(CORPUS, folder)
    assert sorted(folder.rglob("*")) == before


def test_a_picture_is_not_decoded_again_until_it_changes(folder, decoded):
    first = check_pictures(CORPUS, folder, remember=True)
    assert sorted(decoded) == ["a.jpg", "b.png", "c.jpg"]
    decoded.clear()
    assert check_pictures(CORPUS, folder) == first
    assert decoded == []
    (folder / "images" / "c.jpg").write_bytes(jpeg(3))
    assert check_pictures(CORPUS, folder, remember=True).usable == {"a", "b", "c"}
    assert decoded == ["c.jpg"]


def test_a_change_of_equal_size_is_detected_by_modification_time(folder, decoded):
    check_pictures(CORPUS, folder, remember=True)
    path = folder / "images" / "a.jpg"
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    decoded.clear()
    check_pictures(CORPUS, folder)
    assert decoded == ["a.jpg"]


@pytest.mark.parametrize("text", ["", "[]", '{"rules": "other", "reasons": {}}', '{"reasons": 1}'])
def test_an_invalid_cache_is_rebuilt(folder, decoded, text):
    (folder / CACHE).write_text(text)
    check_pictures(CORPUS, folder, remember=True)
    assert len(decoded) == 3
    assert len(json.loads((folder / CACHE).read_text())["reasons"]) == 3


def test_a_transient_error_is_reported_and_not_cached(folder, monkeypatch):
    def refuse(_):
        raise TransientPictureError("cannot be read: busy")

    monkeypatch.setattr(picture_check, "read_picture", refuse)
    assert check_pictures(CORPUS, folder, remember=True).unusable["a"] == "cannot be read: busy"
    monkeypatch.undo()
    assert check_pictures(CORPUS, folder).usable == {"a", "b"}


def test_progress_counts_the_pictures_that_are_decoded(folder):
    steps = []
    check_pictures(CORPUS, folder, advance=lambda *step: steps.append(step))
    assert steps == [(1, 3), (2, 3), (3, 3)]
