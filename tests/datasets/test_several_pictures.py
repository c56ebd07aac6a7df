"""Tweets with several pictures: read, written, counted and viewed; those with one are unchanged."""

import hashlib
import json

import pytest

from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.corpus import Corpus, Example, fingerprint, ids_of, image_ref
from mnerbench.datasets.health import health_report
from mnerbench.datasets.importing.conversion import ImportOptions, convert
from mnerbench.datasets.importing.writing import write_corpus
from mnerbench.datasets.inputs import BLANK, InputKind, View, viewed_images
from mnerbench.datasets.leakage import overlaps
from mnerbench.datasets.picture_texts import match_texts
from mnerbench.datasets.readers import Reading, open_split, read_split
from mnerbench.datasets.visual.inputs import VisualInputs

TYPES = ("PER", "LOC")


def corpus_of(*images, lost=()):
    examples = tuple(Example(str(n), (f"w{n}",), ("O",), image) for n, image in enumerate(images))
    return Corpus("c", {"train": examples[:2], "test": examples[2:]}, TYPES, frozenset(lost))


def write(path, *rows):
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_a_reference_to_one_picture_is_its_id():
    assert [image_ref(ids) for ids in ((), ("a",), ("a", "b"))] == [None, "a", ("a", "b")]
    assert [ids_of(image) for image in (None, "a", ("a", "b"))] == [(), ("a",), ("a", "b")]


def test_the_fingerprint_of_a_tweet_with_one_picture_is_that_of_its_words_labels_and_id():
    def digest(image):
        return hashlib.sha256(f'[["w"],["O"],{image}]\n'.encode()).hexdigest()

    prints = [fingerprint([Example("0", ("w",), ("O",), image)]) for image in (None, "a", ("a", "b"), ("b", "a"))]
    assert prints == [digest("null"), digest('"a"'), digest('["a","b"]'), digest('["b","a"]')]


def test_lists_of_pictures_are_read_in_order_each_once(tmp_path):
    path = write(
        tmp_path / "train.txt",
        {"id": 1, "text": ["a"], "images": ["1_0.jpg", "1_1.png", "1_0.jpg"], "label": ["O"], "url": "https://x"},
        {"id": 2, "text": ["b"], "images": ["2_0.jpg"], "label": ["B-PER"], "url": ""},
        {"id": 3, "text": ["c"], "images": [], "label": ["O"]},
        {"id": 4, "text": ["d"], "images": None, "label": ["O"]},
        {"id": 5, "text": ["e"], "images": [{"path": "in/5_0.jpg"}, 7], "label": ["O"]},
    )
    reading = open_split(path, Reading(), types=TYPES)
    assert [tweet.image_id for tweet in reading.examples] == [("1_0", "1_1"), "2_0", None, None, ("5_0", "7")]
    assert reading.policies == {"repeated_images_of_a_tweet_dropped": 1}


def test_an_imported_corpus_names_the_same_pictures(tmp_path):
    tagged = {"tokens": ["Ada"], "label": ["B-PER"]}
    path = write(tmp_path / "train.jsonl", {"image_id": ["x/1", "2"], **tagged}, {"image_id": "3", **tagged}, tagged)
    imported = convert("mine", {"train": [path]}, ImportOptions())
    write_corpus(imported, health_report(imported.corpus), tmp_path / "mine")
    again = load_corpus("mine", tmp_path)
    assert [tweet.image_id for tweet in again["train"]] == [("x/1", "2"), "3", None]
    assert again.fingerprints == imported.corpus.fingerprints
    assert read_split(tmp_path / "mine" / "train.jsonl", types=("PER",)) == imported.corpus["train"]


def test_tweets_are_counted_once_whatever_the_number_of_their_pictures(tmp_path):
    corpus = corpus_of(("a", "b"), None, ("a", "c"), "d", ("e", "lost"), lost=("lost",))
    (tmp_path / "a.jpg").touch()
    (tmp_path / "e.jpg").touch()
    captions = match_texts({"a": ("one",), "lost": ("grey",), "d": ()}, corpus, "made")
    report = health_report(corpus, image_folder=tmp_path, unusable_images={"a"}, captions=captions).splits["test"]
    assert (report.several_images, report.without_image_id, report.lost_images) == (2, 0, 1)
    assert (report.absent_pictures, report.unusable_pictures, report.without_caption) == (2, 1, 2)
    assert health_report(corpus_of(None, None, ("a", "b"), "b", ("c", "a"), "d")).splits["test"].repeated_images == 2
    assert [pair.images for pair in overlaps([corpus])] == [1]
    assert corpus.image_ids == {"a", "b", "c", "d", "e", "lost"}
    assert corpus.tweets_without({"b", "d"}) == 3


def test_texts_of_all_pictures_are_joined_in_order():
    corpus = corpus_of(("b", "a"), ("c", "b"), ("c", "lost"), "lost", "d", None, lost=("lost",))
    texts = match_texts({"a": ("a1", "a2"), "b": ("b1", "b2"), "c": (), "lost": ("grey",)}, corpus, "made")
    assert (texts.empty, texts.dropped, texts.missing, texts.blank) == (1, 1, 2, 1)
    inputs = VisualInputs({InputKind.CAPTIONS: texts})
    tweets = [tweet for split in corpus.splits.values() for tweet in split]
    assert [inputs.texts_of(InputKind.CAPTIONS, tweet.image_id, 1) for tweet in tweets] == [
        ("b1", "a1"),
        ("b1",),
        (),
        (),
        (),
        (),
    ]
    assert texts.of(("a", "b")) == ("a1", "a2", "b1", "b2")


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_views_exchange_whole_sets_of_pictures(seed):
    images = [("a", "b"), "c", ("d", "e", "f"), None]
    shuffled = viewed_images(View.IT_SHUFFLED, images, seed)
    assert sorted(map(repr, shuffled)) == sorted(map(repr, images))
    assert all(new != old for new, old in zip(shuffled, images, strict=True))
    assert viewed_images(View.IT, images, seed) == tuple(images)
    assert viewed_images(View.IT_BLANK, images, seed) == (BLANK,) * 4
