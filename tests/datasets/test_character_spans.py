"""Entities as offsets: every entity consists of whole words, and conflicts are resolved and counted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.datasets.character_spans import (
    CUT_WORDS,
    OVERLAPPING,
    REPEATED,
    TRIMMED,
    CharacterSpan,
    Offsets,
    tag_text,
    to_characters,
)
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.readers import Reading, open_split
from mnerbench.datasets.tagging import conll_spans

TEXTS = st.text(st.sampled_from("ab é😀\u00a0\t "), min_size=1, max_size=20).filter(str.strip)


@st.composite
def tagged(draw):
    text = draw(TEXTS)
    edge = st.integers(0, len(text))
    pairs = draw(st.lists(st.tuples(edge, edge, st.sampled_from(["PER", "LOC"])), max_size=4))
    spans = [CharacterSpan(min(a, b), max(a, b), kind) for a, b, kind in pairs]
    return text, [span for span in spans if text[span.start : span.end].strip()]


@given(tagged())
def test_no_character_is_lost_and_every_entity_is_kept_or_counted(example):
    text, spans = example
    words, labels, policies = tag_text(text, spans)
    assert "".join(words) == "".join(text.split())
    assert all(word and not any(map(str.isspace, word)) for word in words)
    entities = conll_spans(labels)
    assert len(entities) + policies[OVERLAPPING] + policies[REPEATED] == len(spans)
    expected = {("".join(text[span.start : span.end].split()), span.type) for span in spans}
    assert {("".join(words[span.start : span.end]), span.type) for span in entities} <= expected


@given(tagged())
def test_apart_entities_on_white_space_change_nothing(example):
    text, _ = example
    words = text.split()
    start = text.index(words[0])
    result = tag_text(text, [CharacterSpan(start, start + len(words[0]), "PER")])
    assert result == (words, ["B-PER", *["O"] * (len(words) - 1)], {})


def test_words_are_cut_where_entities_begin_and_end():
    result = tag_text("@Ada's in Rome!", [CharacterSpan(1, 4, "PER"), CharacterSpan(10, 14, "LOC")])
    assert result.words == ["@", "Ada", "'s", "in", "Rome", "!"]
    assert result.labels == ["O", "B-PER", "O", "O", "B-LOC", "O"]
    assert result.policies == {CUT_WORDS: 2}


def test_of_overlapping_entities_the_longest_is_kept():
    spans = [
        CharacterSpan(0, 3, "LOC"),
        CharacterSpan(0, 8, "ORG"),
        CharacterSpan(4, 12, "PER"),
        CharacterSpan(0, 8, "ORG"),
    ]
    result = tag_text("New York City", spans)
    assert result.labels == ["B-ORG", "I-ORG", "O"]
    assert result.policies == {OVERLAPPING: 2, REPEATED: 1}


def test_white_space_at_the_edges_of_an_entity_is_no_part_of_it():
    result = tag_text("in Rome now", [CharacterSpan(2, 8, "LOC")])
    assert (result.labels, dict(result.policies)) == (["O", "B-LOC", "O"], {TRIMMED: 1})


@given(st.text(min_size=1, max_size=12), st.data())
def test_offsets_of_other_units_are_those_of_characters(text, data):
    position = data.draw(st.integers(0, len(text)))
    assert to_characters(text, len(text[:position].encode("utf-8")), Offsets.BYTES) == position
    assert to_characters(text, len(text[:position].encode("utf-16-le")) // 2, Offsets.UTF16) == position
    assert to_characters(text, position, Offsets.CHARACTERS) == position


def write(tmp_path, *rows):
    path = tmp_path / "spans.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(
    "entities",
    [
        {"entities": [{"start": 2, "end": 5, "label": "PER"}]},
        {"entities": [[2, 5, "PER"]]},
        {"label": [[2, 5, "PER"]]},
        {"spans": [{"start": 2, "end": 5, "type": "PER", "text": "Ada"}]},
        {"entities": [{"start_offset": 2, "end_offset": 5, "label": "PER", "id": 7}]},
    ],
)
def test_the_forms_of_annotation_tools(tmp_path, entities):
    path = write(
        tmp_path, {"text": "😀 Ada", "image": "images/3.jpg", **entities}, {"text": "no", **dict.fromkeys(entities)}
    )
    examples = open_split(path, Reading(), types=("PER",)).examples
    assert [(tweet.id, tweet.words, tweet.labels, tweet.image_id) for tweet in examples] == [
        ("0", ("😀", "Ada"), ("O", "B-PER"), "3"),
        ("1", ("no",), ("O",), None),
    ]


def test_a_first_tweet_without_entities_may_say_null(tmp_path):
    path = write(tmp_path, {"text": "no", "entities": None}, {"text": "Ada", "entities": [[0, 3, "PER"]]})
    assert [tweet.labels for tweet in open_split(path, Reading(), types=("PER",)).examples] == [("O",), ("B-PER",)]


def test_offsets_in_utf16_are_read_when_the_card_says_so_and_recognised_when_not(tmp_path):
    path = write(tmp_path, {"text": "😀 Ada", "entities": [{"start": 3, "end": 6, "label": "PER", "text": "Ada"}]})
    split = open_split(path, Reading(offsets=Offsets.UTF16), types=("PER",))
    assert split.examples[0].labels == ("O", "B-PER")
    with pytest.raises(DataError, match=r"spans.jsonl:1: .*\n.*offsets = \"utf-16\""):
        open_split(path, Reading(), types=("PER",))


@pytest.mark.parametrize(
    ("entity", "reason"),
    [
        ({"start": 2, "end": 9, "label": "PER"}, "outside the text of 5 characters"),
        ({"start": -1, "end": 2, "label": "PER"}, "outside the text"),
        ({"start": 1, "end": 2, "label": "PER"}, "covers ' ', no word"),
        ({"start": 2, "end": 2, "label": "PER"}, "covers '', no word"),
        ({"start": 2, "end": 4, "label": "PER", "text": "Ada"}, "last character"),
        ({"start": 0, "end": 1, "label": "PER", "text": "Ada"}, "covers"),
        ({"start": "2", "end": 5, "label": "PER"}, "whole numbers"),
        ({"start": 2, "label": "PER"}, "lacks"),
        ({"start": 2, "end": 5, "label": ""}, "lacks"),
        ([2, 5], "is not an entity"),
        ({"start": 2, "end": 5, "label": "LOC"}, "unknown label 'B-LOC'"),
    ],
)
def test_entities_that_make_no_sense_are_refused_with_the_line(tmp_path, entity, reason):
    path = write(tmp_path, {"text": "x Ada", "entities": []}, {"text": "x Ada", "entities": [entity]})
    with pytest.raises(DataError, match=r"spans\.jsonl:2: ") as caught:
        open_split(path, Reading(), types=("PER",))
    assert reason in str(caught.value)
