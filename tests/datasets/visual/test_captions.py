"""Captions: published formats, dropped and missing ones, and a fingerprint of exactly what is used."""

import json
import pickle
from pathlib import Path

import pytest

from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.importers.captions import caption_sources, load_captions, read_captions
from mnerbench.datasets.visual.importers.matching import match_file
from mnerbench.datasets.visual.inputs import VisualInputs


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "captions.txt"
    path.write_bytes(text.encode())
    return path


def corpus_of(*images: str | None, missing: tuple[str, ...] = ()) -> Corpus:
    examples = tuple(Example(str(number), ("x",), ("O",), image) for number, image in enumerate(images))
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
def test_invalid_lines_are_rejected_with_file_and_line(tmp_path, text, line):
    path = write(tmp_path, text)
    with pytest.raises(DataError) as caught:
        read_captions(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_each_tweet_without_a_caption_has_one_reason():
    corpus = corpus_of("a", "lost", "empty", "absent", None, "lost-unnamed", missing=("lost", "lost-unnamed"))
    items = {"a": ("x",), "lost": ("a placeholder",), "empty": (), "nobody": ("y",)}
    captions = match_file(items, corpus, "s", Path("f"), "captions")
    assert dict(captions.items) == {"a": ("x",)}
    assert (captions.dropped, captions.empty, captions.missing) == (1, 1, 2)


def test_fingerprint_covers_what_is_used_and_nothing_else():
    corpus = corpus_of("a", "b")
    used = {"a": ("x",), "b": ("y", "z")}

    def digest(items):
        return match_file(items, corpus, "s", Path("f"), "captions").fingerprint

    assert digest({"nobody": ("q",), "b": ("y", "z"), "a": ("x",)}) == digest(used)
    assert match_file(used, corpus_of("b", "a"), "s", Path("f"), "captions").fingerprint == digest(used)
    assert digest({"a": ("x",), "b": ("z", "y")}) != digest(used)
    assert digest({"a": ("x",)}) != digest(used)


def test_fingerprints_match_those_of_stored_results(tmp_path):
    """Values of the first release: a changed digest would change the identity of every run with captions."""
    text = (
        '12.jpg :a caf\u00e9 : two\u2028dogs\n7.png :one \n12 : again "quoted"\nO_3 :\nlost.jpg :grey\nother.jpg :z\n'
    )
    path = write(tmp_path, text)
    corpus = corpus_of("7", "12", "O_3", None, "absent", "lost", "12", missing=("lost",))
    captions = match_file(read_captions(path), corpus, "s", path, "captions")
    assert captions.fingerprint == "3d07099cb90fd7887fc69e99118582663eaa6f2c769e5a9d106ec0f88253d393"
    assert (captions.dropped, captions.missing, captions.empty, captions.blank) == (1, 2, 1, 1)


def test_the_amount_of_text_is_counted_by_picture(tmp_path):
    path = write(tmp_path, "12.jpg :a café : two dogs\n7.png :one \n12 :again\nO_3 :\nlost.jpg :grey\nother.jpg :z\n")
    # Two tweets each share a picture with text and one without; the lost picture and that of no tweet do not count.
    corpus = corpus_of("7", "12", "12", "O_3", "O_3", None, "absent", "lost", missing=("lost",))
    captions = match_file(read_captions(path), corpus, "s", path, "captions")
    inputs = VisualInputs({InputKind.CAPTIONS: captions})
    assert inputs.text_amounts() == {InputKind.CAPTIONS: (3, 2, 5 + 1 + 1)}
    assert pickle.loads(pickle.dumps(captions)).blank == 1


def test_captions_without_any_for_available_pictures_are_rejected():
    corpus = corpus_of("a", "lost", missing=("lost",))
    with pytest.raises(DataError, match="all empty or of images that are lost"):
        match_file({"a": (), "lost": ("x",)}, corpus, "s", Path("f"), "captions")


def test_captions_of_another_dataset_are_rejected():
    with pytest.raises(DataError, match="none of its 1 image ids"):
        match_file({"z": ("x",)}, corpus_of("a", "b"), "s", Path("f"), "captions")


def test_captions_of_tiny_cover_every_special_case(fixtures):
    corpus = load_corpus("tiny", fixtures)
    captions = load_captions(corpus, load_card("tiny", fixtures), fixtures / "tiny", "blip2")
    assert captions.fingerprint == "c1402dffed184d28100fa56f4ed9d40046254070055dfff2fb8241410cd2c2ef"
    assert (len(captions.items), captions.dropped, captions.missing, captions.empty) == (94, 4, 1, 1)
    assert not captions.items.keys() & corpus.missing_images
    assert max(map(len, captions.items.values())) == 2
    assert "a grey placeholder" not in {text for texts in captions.items.values() for text in texts}
    assert pickle.loads(pickle.dumps(captions)) == captions


def test_a_source_not_in_the_card_is_found_by_name(own_data):
    card, corpus = load_card("tiny", own_data), load_corpus("tiny", own_data)
    (own_data / "tiny" / "captions.mine.txt").write_text(f"{corpus['train'][0].image_id}.jpg :a cat\n")
    captions = load_captions(corpus, card, own_data / card.name, "mine")
    assert captions.source == "mine"
    assert list(captions.items.values()) == [("a cat",)]


def test_a_missing_file_is_reported_with_path_and_card_sources(own_data):
    card, corpus = load_card("tiny", own_data), load_corpus("tiny", own_data)
    with pytest.raises(MissingInputError) as caught:
        load_captions(corpus, card, own_data / card.name, "blip3")
    assert str(own_data / "tiny" / "captions.blip3.txt") in str(caught.value)
    assert "listed in the card of tiny: blip2" in str(caught.value)


def test_a_missing_file_with_a_url_is_reported_with_the_fetch_command(tmp_path):
    with pytest.raises(MissingInputError, match="benchmark data get twitter15"):
        load_captions(corpus_of("a"), load_card("twitter15"), tmp_path / "twitter15", "blip2")


@pytest.mark.parametrize("source", ["", "../x", "a/b", "a\\b", ".x", "A", "a b", "a\n", "a\0", "\u00e9", "a" * 101])
def test_a_source_name_that_could_leave_its_folder_is_rejected(own_data, source):
    card, corpus = load_card("tiny", own_data), load_corpus("tiny", own_data)
    with pytest.raises(ConfigError, match="not the name of a source"):
        load_captions(corpus, card, own_data / card.name, source)


def test_a_file_of_blank_lines_is_empty(tmp_path):
    with pytest.raises(DataError, match="the file contains only white space"):
        read_captions(write(tmp_path, "\u00a0\n \n"))


def test_a_lone_surrogate_is_rejected_with_its_line(tmp_path):
    path = write(tmp_path, '{"image_id": "1", "caption": "x"}\n{"image_id": "2", "caption": "\\ud83d"}\n')
    with pytest.raises(DataError, match=r":2: .*lone surrogate"):
        read_captions(path)


@pytest.mark.parametrize(
    "row",
    [
        {"image_id": "1.jpg", "caption": "a dog"},
        {"image": "images/1.jpg", "caption": "a dog", "text": "the prompt"},
        {"file_name": "1.png", "captions": ["a dog"]},
        {"img_id": 1, "text": "a dog"},
        {"id": 1, "generated_text": "a dog"},
        {"image_path": "C:\\pictures\\1.jpg", "caption": [{"generated_text": "a dog"}]},
    ],
)
def test_keys_that_captioners_write(tmp_path, row):
    path = tmp_path / "captions.git.jsonl"
    path.write_text(json.dumps(row) + "\n")
    assert read_captions(path) == {"1": ("a dog",)}
    path.write_text(json.dumps([row, row], indent=1))
    assert read_captions(path) == {"1": ("a dog", "a dog")}


def test_an_error_in_an_array_names_the_object(tmp_path):
    path = tmp_path / "captions.git.json"
    path.write_text(json.dumps([{"id": 1, "caption": "a"}, {"id": 2}], indent=1))
    with pytest.raises(DataError, match=r"captions\.git\.json: object 2 of the array: no caption"):
        read_captions(path)
    path.write_text('[{"id": 1, "caption": "a"}')
    with pytest.raises(DataError, match=r"captions\.git\.json:1: begins like a JSON array but is not valid"):
        read_captions(path)


def test_captions_of_any_extension_are_found_and_offered_for_a_misspelt_source(own_data):
    folder, (corpus, card) = own_data / "tiny", (load_corpus("tiny", own_data), load_card("tiny", own_data))
    image = next(tweet.image_id for tweet in corpus["train"] if tweet.image_id not in corpus.missing_images)
    (folder / "captions.git.jsonl").write_text(json.dumps({"image_id": image, "caption": "x"}))
    assert load_captions(corpus, card, folder, "git").items == {image: ("x",)}
    assert caption_sources(card, folder) == ["blip2", "git"]
    with pytest.raises(MissingInputError, match="--input captions=blip2; available captions: blip2, git"):
        load_captions(corpus, card, folder, "gti")
    (folder / "captions.git.txt").write_text("1.jpg :x\n")
    with pytest.raises(ConfigError, match=r"captions\.git\.txt and captions\.git\.jsonl are of the same source"):
        load_captions(corpus, card, folder, "git")
