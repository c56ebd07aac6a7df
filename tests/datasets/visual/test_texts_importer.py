"""OCR and other texts: published formats, order, empty texts, and rejected lines."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError
from mnerbench.datasets.visual.importers.captions import load_context, read_context
from mnerbench.datasets.visual.importers.ocr import load_ocr, read_ocr

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def write(folder: Path, *rows: object) -> Path:
    path = folder / "ocr.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(
    ("row", "texts"),
    [
        ({"text": " STOP "}, ("STOP",)),
        ({"text": ""}, ()),
        ({"text": None}, ()),
        ({"texts": ["A", " ", "B"]}, ("A", "B")),
        ({"words": ["no", "", "way"]}, ("no way",)),
        ({"words": []}, ()),
        ({"ocr": "A B"}, ("A B",)),
        ({"ocr": ["A", {"text": "B", "box": [1, 2]}]}, ("A", "B")),
        ({"ocr": [[[[0, 0], [9, 9]], "A", 0.9], [[[0, 0], [9, 9]], ["B", 0.8]]]}, ("A", "B")),
        ({"words": ["A", "B"], "text": "A B"}, ("A B",)),
    ],
)
def test_published_formats(tmp_path, row, texts):
    assert read_ocr(write(tmp_path, {"image_id": "12.jpg", **row})) == {"12": texts}


def test_lines_of_the_same_image_are_concatenated_in_order(tmp_path):
    path = write(tmp_path, {"image_id": 2, "text": "b"}, {"image_id": "1", "text": "x"}, {"image_id": "2", "text": "a"})
    assert read_ocr(path) == {"2": ("b", "a"), "1": ("x",)}


@pytest.mark.parametrize(
    "row",
    [
        "STOP",
        "[]",
        {"text": "x"},
        {"image_id": "", "text": "x"},
        {"image_id": "2"},
        {"image_id": "2", "text": 3},
        {"image_id": "2", "texts": ["a", None]},
        {"image_id": "2", "ocr": [{"txt": "a"}]},
        {"image_id": "2", "ocr": [[0.5, "a"]]},
        {"image_id": "2", "ocr": [[[], []]]},
        '{"image_id": "2", "text": "\\ud83d"}',
    ],
)
def test_invalid_lines_are_rejected_with_file_and_line(tmp_path, row):
    path = write(tmp_path, {"image_id": "1", "text": "x"}, row)
    with pytest.raises(DataError) as caught:
        read_ocr(path)
    assert str(caught.value).startswith(f"{path}:2: ")


@given(st.dictionaries(st.sampled_from(["image_id", "text", "texts", "ocr", "words"]), JSON))
def test_any_object_is_read_or_rejected(tmp_path_factory, row):
    path = write(tmp_path_factory.mktemp("ocr"), row)
    texts_by_image = {}
    with suppress(DataError):
        texts_by_image = read_ocr(path)
    assert all(text and text == text.strip() for texts in texts_by_image.values() for text in texts)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.lists(TEXT, max_size=3)), min_size=1, max_size=5))
def test_round_trip(tmp_path_factory, rows):
    path = write(tmp_path_factory.mktemp("ocr"), *({"image_id": f"{i}.jpg", "texts": texts} for i, texts in rows))
    expected = {}
    for image, texts in rows:
        expected.setdefault(image, []).extend(text.strip() for text in texts if text.strip())
    assert read_ocr(path) == {image: tuple(texts) for image, texts in expected.items()}


def test_ocr_of_a_corpus(own_data):
    card, corpus = load_card("tiny", own_data), load_corpus("tiny", own_data)
    with pytest.raises(MissingInputError) as caught:
        load_ocr(corpus, card, own_data / card.name)
    assert str(own_data / "tiny" / "ocr.jsonl") in str(caught.value)
    assert "image_id and text" in str(caught.value)
    first, second = (example.image_id for example in corpus["train"][:2])
    write(own_data / "tiny", {"image_id": f"{first}.jpg", "text": "STOP"}, {"image_id": second, "text": ""})
    texts = load_ocr(corpus, card, own_data / card.name)
    assert (dict(texts.items), texts.source, texts.empty) == ({first: ("STOP",)}, "file", 1)
    write(own_data / "tiny", {"image_id": "stranger", "text": "STOP"})
    with pytest.raises(DataError, match="none of its 1 image ids is in tiny"):
        load_ocr(corpus, card, own_data / card.name)


def test_context_has_the_formats_of_captions(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("1.jpg :a : b\n1 :c\n2.jpg :\n")
    assert read_context(path) == {"1": ("a : b", "c"), "2": ()}
    path.write_text(
        '{"image_id": 1, "text": "a"}\n{"image_id": "2", "texts": ["b", "c"]}\n{"image_id": "1", "caption": "d"}'
    )
    assert read_context(path) == {"1": ("a", "d"), "2": ("b", "c")}
    path.write_text('{"image_id": 1, "texts": "a"}')
    with pytest.raises(DataError, match=r"no text \(a string\) and no texts"):
        read_context(path)


def test_context_of_a_corpus(own_data):
    card, corpus = load_card("tiny", own_data), load_corpus("tiny", own_data)
    path = own_data / "tiny" / "text.gpt-4.1.txt"
    with pytest.raises(MissingInputError, match=r"ID\.jpg :text") as caught:
        load_context(corpus, card, own_data / card.name, "gpt-4.1")
    assert str(path) in str(caught.value)
    image = corpus["test"][0].image_id
    path.write_text(f"{image}.jpg :somebody wrote this\n")
    texts = load_context(corpus, card, own_data / card.name, "gpt-4.1")
    assert (dict(texts.items), texts.source) == ({image: ("somebody wrote this",)}, "gpt-4.1")
    with pytest.raises(ConfigError):
        load_context(corpus, card, own_data / card.name, "../gpt")
