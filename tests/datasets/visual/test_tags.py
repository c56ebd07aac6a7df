"""Tags: long and short forms, order, scores, and rejected lines."""

import json
import pickle
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.picture_texts import Tag
from mnerbench.datasets.visual.importers.tags import load_tags, read_tags

NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).map(str.strip).filter(bool)
SCORE = st.floats(0, 1)
TAGS = st.lists(st.builds(Tag, NAME, SCORE, st.lists(st.tuples(NAME, SCORE), max_size=3).map(tuple)), max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | NAME,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "score", "attributes"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def write(folder: Path, *rows: object) -> Path:
    path = folder / "tags.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def test_all_forms_keep_their_order(tmp_path):
    long = {"name": "dog", "score": 0.93, "attributes": [{"name": "brown", "score": 0.8}, ["wet", 0.9], "old"]}
    path = write(
        tmp_path,
        {"image_id": "1.jpg", "tags": [{"name": "cat", "score": 0}, long]},
        {"image_id": 2, "tags": ["dog", " cat "]},
        {"image_id": "3", "tags": [["dog", 0.93], ["cat", 1]]},
        {"image_id": "4", "tags": [], "model": "ignored"},
    )
    assert read_tags(path) == {
        "1": (Tag("cat", 0.0), Tag("dog", 0.93, (("brown", 0.8), ("wet", 0.9), ("old", 1.0)))),
        "2": (Tag("dog"), Tag("cat")),
        "3": (Tag("dog", 0.93), Tag("cat", 1.0)),
        "4": (),
    }


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        (3, "no name"),
        ("  ", "no name"),
        (["dog"], "no name"),
        (["dog", 0.5, 1], "no name"),
        ({"score": 0.5}, "no name"),
        ({"name": "dog"}, "the score None"),
        ({"name": "dog", "conf": 0.5}, "the score None"),
        (["dog", "cat"], "the score 'cat'"),
        (["dog", True], "the score True"),
        (["dog", 1.01], "the score 1.01"),
        (["dog", -0.1], "the score -0.1"),
        (["dog", float("nan")], "the score nan"),
        (["dog", float("inf")], "the score inf"),
        ({"name": "dog", "score": 1, "attributes": "brown"}, "not a list"),
        ({"name": "dog", "score": 1, "attributes": [["brown", 2]]}, r"tags\[1\].attributes\[0\] has the score 2"),
    ],
)
def test_invalid_tags_are_rejected_with_file_and_line(tmp_path, tag, reason):
    path = write(tmp_path, {"image_id": "1", "tags": []}, {"image_id": "2", "tags": ["x", tag]})
    with pytest.raises(DataError, match=reason) as caught:
        read_tags(path)
    assert str(caught.value).startswith(f"{path}:2: tags[1]")


@pytest.mark.parametrize(
    "row",
    [{"tags": []}, {"image_id": "2"}, {"image_id": "2", "tags": "dog"}, {"image_id": "1.png", "tags": []}, "dog"],
)
def test_invalid_lines_are_rejected_with_file_and_line(tmp_path, row):
    path = write(tmp_path, {"image_id": "1", "tags": []}, row)
    with pytest.raises(DataError) as caught:
        read_tags(path)
    assert str(caught.value).startswith(f"{path}:2: ")


@given(st.lists(TAGS, min_size=1, max_size=4))
def test_round_trip(tmp_path_factory, images):
    rows = [
        {
            "image_id": f"{number}.jpg",
            "tags": [
                {"name": name, "score": score, "attributes": [{"name": a, "score": s} for a, s in attributes]}
                for name, score, attributes in tags
            ],
        }
        for number, tags in enumerate(images, start=1)
    ]
    parsed = read_tags(write(tmp_path_factory.mktemp("tags"), *rows))
    assert parsed == {str(number): tuple(tags) for number, tags in enumerate(images, start=1)}


@given(JSON)
def test_any_value_is_read_or_rejected(tmp_path_factory, value):
    path = write(tmp_path_factory.mktemp("tags"), {"image_id": "1", "tags": value})
    tags_by_image = {}
    with suppress(DataError):
        tags_by_image = read_tags(path)
    assert all(tag.name and 0 <= tag.score <= 1 for tags in tags_by_image.values() for tag in tags)


def test_tags_of_a_corpus(own_data):
    card, corpus = load_card("tiny", own_data), load_corpus("tiny", own_data)
    with pytest.raises(MissingInputError) as caught:
        load_tags(corpus, card, own_data / card.name)
    assert str(own_data / "tiny" / "tags.jsonl") in str(caught.value)
    image = corpus["valid"][0].image_id
    lost = sorted(corpus.missing_images)[0]
    write(own_data / "tiny", {"image_id": image, "tags": [["dog", 0.5]]}, {"image_id": lost, "tags": ["placeholder"]})
    tags = load_tags(corpus, card, own_data / card.name)
    assert (dict(tags.items), tags.source, tags.dropped) == ({image: (Tag("dog", 0.5),)}, "file", 1)
    assert pickle.loads(pickle.dumps(tags)) == tags
    before = tags.fingerprint
    write(own_data / "tiny", {"image_id": image, "tags": [["dog", 0.25]]})
    assert load_tags(corpus, card, own_data / card.name).fingerprint != before
