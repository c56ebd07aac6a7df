"""Matching of picture files to tweets, absent pictures, and replacements of lost ones."""

import numpy as np
import pytest
from PIL import Image

from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.visual import decoding, pictures
from mnerbench.datasets.visual.decoding import TransientPictureError
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.datasets.visual.lost_pictures import LostPictures
from mnerbench.datasets.visual.pictures import UMT_REPLACEMENT, corpus_pictures


def corpus_of(*images, lost=()):
    examples = tuple(Example(str(n), ("x",), ("O",), image) for n, image in enumerate(images))
    return Corpus("c", {"train": examples[:1], "test": examples[1:]}, ("PER",), frozenset(lost))


def draw(path, size=(300, 300), colour="red"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


def test_pictures_are_found_by_id_in_any_folder_and_with_any_extension(tmp_path):
    draw(tmp_path / "images" / "train" / "a.jpg")
    draw(tmp_path / "images" / "b.PNG")
    (tmp_path / "images" / "c.txt").write_text("no picture")
    matched = corpus_pictures(corpus_of("a", "b", "c", None), tmp_path)
    assert {image: picture.path.name for image, picture in matched.files.items()} == {"a": "a.jpg", "b": "b.PNG"}
    assert matched.absent == 2


def test_a_lost_picture_is_absent_even_if_there_is_a_placeholder(tmp_path):
    draw(tmp_path / "images" / "a.jpg")
    draw(tmp_path / "images" / "b.jpg")
    assert set(corpus_pictures(corpus_of("a", "b", lost=("b",)), tmp_path).files) == {"a"}


def test_the_fingerprint_covers_content_but_not_paths(tmp_path):
    draw(tmp_path / "one" / "images" / "a.png")
    draw(tmp_path / "two" / "images" / "deep" / "a.png")
    draw(tmp_path / "three" / "images" / "a.png", colour="blue")
    first, second, third = (corpus_pictures(corpus_of("a"), tmp_path / n).fingerprint for n in ("one", "two", "three"))
    assert first == second != third


def test_different_pictures_of_the_same_name_are_rejected_but_copies_are_not(tmp_path):
    draw(tmp_path / "images" / "a.png")
    draw(tmp_path / "images" / "copy" / "a.png")
    assert len(corpus_pictures(corpus_of("a"), tmp_path).files) == 1
    draw(tmp_path / "images" / "other" / "a.png", colour="blue")
    with pytest.raises(DataError, match="another picture of the same name"):
        corpus_pictures(corpus_of("a"), tmp_path)


def test_missing_pictures_are_reported_with_every_way_to_get_them(tmp_path):
    with pytest.raises(MissingInputError) as caught:
        corpus_pictures(corpus_of("a"), tmp_path)
    for part in ("'c'", "1 image ids", str(tmp_path / "images"), "benchmark data get c --images", "a.jpg"):
        assert part in str(caught.value)


def test_umts_policy_replaces_lost_absent_broken_and_small_pictures(tmp_path):
    draw(tmp_path / "images" / "good.png")
    draw(tmp_path / "images" / "small.png", size=(300, 223))
    (tmp_path / "images" / "broken.png").write_bytes(b"no picture")
    corpus = corpus_of("good", "small", "broken", "lost", "absent", None, lost=("lost",))
    with pytest.raises(MissingInputError, match=UMT_REPLACEMENT):
        corpus_pictures(corpus, tmp_path, LostPictures.UMT)
    draw(tmp_path / "images" / f"{UMT_REPLACEMENT}.jpg", colour="white")
    matched = corpus_pictures(corpus, tmp_path, LostPictures.UMT)
    stems = {image: picture.path.stem for image, picture in matched.files.items()}
    assert stems == {"good": "good"} | dict.fromkeys(("small", "broken", "lost", "absent"), UMT_REPLACEMENT)
    assert (matched.absent, matched.replaced) == (1, 4)
    assert matched.fingerprint != corpus_pictures(corpus, tmp_path).fingerprint


def test_tweets_with_several_pictures_count_once(tmp_path):
    for name in ("a", "b", UMT_REPLACEMENT):
        draw(tmp_path / "images" / f"{name}.png")
    corpus = corpus_of(("a", "b"), ("a", "lost"), ("absent", "lost"), "a", None, lost=("lost",))
    masked, replaced = (corpus_pictures(corpus, tmp_path, policy) for policy in LostPictures)
    assert (set(masked.files), masked.absent) == ({"a", "b"}, 2)
    assert (set(replaced.files), replaced.absent, replaced.replaced) == ({"a", "b", "lost", "absent"}, 1, 2)


def test_umts_policy_replaces_exactly_what_extraction_cannot_use(tmp_path, monkeypatch):
    draw(tmp_path / "images" / f"{UMT_REPLACEMENT}.jpg", colour="white")
    for name, side in (("good", 300), ("cut", 300), ("large", 500)):
        noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / "images" / f"{name}.jpg")
    cut = tmp_path / "images" / "cut.jpg"
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    monkeypatch.setattr(decoding, "PIXEL_LIMIT", 100_000)
    files = corpus_pictures(corpus_of("good", "cut", "large"), tmp_path, LostPictures.UMT).files
    stems = {image: picture.path.stem for image, picture in files.items()}
    assert stems == {"good": "good", "cut": UMT_REPLACEMENT, "large": UMT_REPLACEMENT}
    for picture in files.values():
        read_picture(picture.path, picture.digest)


def test_pictures_are_only_decoded_under_umts_policy(tmp_path, monkeypatch):
    for name in ("a", "b", UMT_REPLACEMENT):
        draw(tmp_path / "images" / f"{name}.png")
    decoded = []
    monkeypatch.setattr(pictures, "read_picture", lambda path, digest: decoded.append(path.stem) or read_picture(path))
    corpus_pictures(corpus_of("a", "b"), tmp_path)
    assert decoded == []
    corpus_pictures(corpus_of("a", "b"), tmp_path, LostPictures.UMT)
    assert sorted(decoded) == ["a", "b"]


def test_a_picture_with_a_transient_error_is_not_replaced(tmp_path, monkeypatch):
    draw(tmp_path / "images" / "a.png")
    draw(tmp_path / "images" / f"{UMT_REPLACEMENT}.png")

    def fail(*_):
        raise TransientPictureError("cannot be read: Input/output error")

    monkeypatch.setattr(pictures, "read_picture", fail)
    with pytest.raises(DataError, match=r"a.png: cannot be read: Input/output error\n  -> run again"):
        corpus_pictures(corpus_of("a"), tmp_path, LostPictures.UMT)


def test_a_corpus_without_image_ids_is_rejected_first(tmp_path):
    draw(tmp_path / "images" / "a.jpg")
    for policy in LostPictures:
        with pytest.raises(MissingInputError, match="no tweet of 'c' names a picture\n  -> write the id"):
            corpus_pictures(corpus_of(None, None), tmp_path, policy)
