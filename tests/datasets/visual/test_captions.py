"""Captions: both published forms, what is dropped or missing, and a fingerprint of just what is used."""

import pickle
from pathlib import Path

import pytest

from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.visual.importers import load_captions, match_captions, read_captions


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "captions.txt"
    path.write_bytes(text.encode())
    return path


def corpus_of(*images: str | None, missing: tuple[str, ...] = ()) -> Corpus:
    examples = tuple(Example(str(place), ("x",), ("O",), image) for place, image in enumerate(images))
    return Corpus("c", {"train": examples[:1], "test": examples[1:]}, ("PER",), frozenset(missing))


def test_plain_lines_keep_order_colons_and_unicode(tmp_path):
    text = "b.jpg :two : dogs\r\na.png :\u2028a caf\u00e9\u00a0\nb.jpg : three dogs \n\nc :no extension\nd.jpg :"
    assert read_captions(write(tmp_path, text)) == {
        "b": ("two : dogs", "three dogs"),
        "a": ("a caf\u00e9",),
        "c": ("no extension",),
        "d": (),
    }


def test_json_lines_take_one_caption_or_a_list(tmp_path):
    text = (
        '{"id": "1", "image_id": "1.jpg", "caption": "a dog"}\n'
        '{"image_id": 2, "captions": ["a", "b"]}\n{"image_id": "1", "caption": "again"}\n'
    )
    assert read_captions(write(tmp_path, text)) == {"1": ("a dog", "again"), "2": ("a", "b")}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a.jpg :x\nb.jpg a dog\n", 2),
        ("a.jpg :x\n :a dog\n", 2),
        ('{"image_id": "1", "caption": "x"}\n{"image_id": "2"}\n', 2),
        ('{"image_id": "1", "caption": "x"}\n{"caption": "x"}\n', 2),
        ('{"image_id": "1", "caption": "x"}\n{"image_id": "1", "captions": ["a", 3]}\n', 2),
        ('{"image_id": "1", "caption": "x"}\nb.jpg :a dog\n', 2),
    ],
)
def test_other_lines_are_refused_with_file_and_line(tmp_path, text, line):
    path = write(tmp_path, text)
    with pytest.raises(DataError) as caught:
        read_captions(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_each_tweet_without_a_caption_has_one_reason():
    corpus = corpus_of("a", "lost", "empty", "absent", None, "lost-unnamed", missing=("lost", "lost-unnamed"))
    found = {"a": ("x",), "lost": ("a placeholder",), "empty": (), "nobody": ("y",)}
    captions = match_captions(found, corpus, "s", Path("f"))
    assert dict(captions.texts) == {"a": ("x",)}
    assert (captions.dropped, captions.empty, captions.missing) == (1, 1, 2)


def test_fingerprint_covers_what_is_used_and_nothing_else():
    corpus = corpus_of("a", "b")
    used = {"a": ("x",), "b": ("y", "z")}

    def digest(found):
        return match_captions(found, corpus, "s", Path("f")).fingerprint

    assert digest({"nobody": ("q",), "b": ("y", "z"), "a": ("x",)}) == digest(used)
    assert match_captions(used, corpus_of("b", "a"), "s", Path("f")).fingerprint == digest(used)
    assert digest({"a": ("x",), "b": ("z", "y")}) != digest(used)
    assert digest({"a": ("x",)}) != digest(used)


def test_captions_of_another_dataset_are_refused():
    with pytest.raises(DataError, match="none of its 1 image ids"):
        match_captions({"z": ("x",)}, corpus_of("a", "b"), "s", Path("f"))


def test_tiny_has_captions_with_every_trap(fixtures):
    corpus = load_corpus("tiny", fixtures)
    captions = load_captions(corpus, load_card("tiny", fixtures), fixtures, "blip2")
    assert (len(captions.texts), captions.dropped, captions.missing, captions.empty) == (94, 4, 1, 1)
    assert not captions.texts.keys() & corpus.missing_images
    assert max(map(len, captions.texts.values())) == 2
    assert "a grey placeholder" not in {text for texts in captions.texts.values() for text in texts}
    assert pickle.loads(pickle.dumps(captions)) == captions


def test_a_source_the_card_does_not_know_is_looked_for_by_name(own_data):
    card, corpus = load_card("tiny", own_data), load_corpus("tiny", own_data)
    (own_data / "tiny" / "captions.mine.txt").write_text(f"{corpus['train'][0].image_id}.jpg :a cat\n")
    captions = load_captions(corpus, card, own_data, "mine")
    assert captions.source == "mine"
    assert list(captions.texts.values()) == [("a cat",)]


def test_absence_names_the_file_and_what_the_card_knows(own_data):
    card, corpus = load_card("tiny", own_data), load_corpus("tiny", own_data)
    with pytest.raises(MissingInputError) as caught:
        load_captions(corpus, card, own_data, "blip3")
    assert str(own_data / "tiny" / "captions.blip3.txt") in str(caught.value)
    assert "the card of tiny knows: blip2" in str(caught.value)


def test_absence_offers_to_fetch_what_has_an_address(tmp_path):
    with pytest.raises(MissingInputError, match="benchmark data get twitter15"):
        load_captions(corpus_of("a"), load_card("twitter15"), tmp_path, "blip2")
