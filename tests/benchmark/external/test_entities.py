"""Entities in the forms that systems write, matched to our words."""

from __future__ import annotations

import pytest

from mnerbench.benchmark.external.entities import Offsets, bounds_of, character_ranges, match_entities, token_labels
from mnerbench.benchmark.external.formats.entity_items import NoEntitiesError, parse_answer, read_entities_of
from mnerbench.benchmark.external.predicted import PredictedEntity

WORDS = ("Paris", "Hilton", "in", "paris", ",", "U.S.", "with", "PARIS", "@", "Rob")


def match(*items, words=WORDS, text=None, offsets=None):
    entities = [PredictedEntity(item[1], item[0], *item[2:]) for item in items]
    spans, unmatched = match_entities(entities, words, text, offsets)
    return [tuple(span) for span in spans], [item.text for item in unmatched]


@pytest.mark.parametrize(
    ("items", "spans", "unmatched"),
    [
        ([("Paris Hilton", "PER"), ("paris", "LOC")], [(0, 2, "PER"), (3, 4, "LOC")], []),
        # The first free occurrence, preferably in the same case.
        ([("PARIS", "LOC")], [(7, 8, "LOC")], []),
        ([("pARIS", "LOC")], [(0, 1, "LOC")], []),
        (
            [("Paris Hilton", "PER"), ("Paris", "LOC"), ("Paris", "LOC")],
            [(0, 2, "PER"), (3, 4, "LOC"), (7, 8, "LOC")],
            [],
        ),
        ([("Paris", "LOC")] * 4, [(0, 1, "LOC"), (3, 4, "LOC"), (7, 8, "LOC")], ["Paris"]),
        # White space is ignored, but entities are whole words.
        ([("U. S.", "LOC"), ("@Rob", "PER")], [(5, 6, "LOC"), (8, 10, "PER")], []),
        ([("Hil", "PER"), ("Hilton in Paris", "LOC"), ("", "PER")], [(1, 4, "LOC")], ["Hil", ""]),
        ([("Paris Hilton", "PER"), ("Hilton", "ORG")], [(0, 2, "PER")], ["Hilton"]),
    ],
)
def test_texts_are_matched_to_words(items, spans, unmatched):
    assert match(*items) == (spans, unmatched)


def test_offsets_are_used_if_consistent_with_the_text():
    joined = " ".join(WORDS)
    start = joined.rindex("PARIS")
    assert match(("PARIS", "LOC", start, start + 5)) == ([(7, 8, "LOC")], [])
    assert match(("paris", "LOC", start, start + 5)) == ([(7, 8, "LOC")], [])  # an uncased model's text
    assert match(("Paris", "LOC", 7, 8)) == ([(7, 8, "LOC")], [])
    assert match(("Paris Hilton", "PER", 0, 1)) == ([(0, 2, "PER")], [])  # the last word included
    assert match(("paris", "LOC", 400, 405)) == ([(3, 4, "LOC")], [])  # inconsistent offsets are ignored
    assert match(("in", "LOC", -3, 2)) == ([(2, 3, "LOC")], [])


def test_offsets_in_a_text_with_other_white_space():
    text = "Paris Hilton   in paris, U.S. with PARIS @Rob"
    assert match(("Rob", "PER", text.index("Rob"), len(text)), text=text) == ([(9, 10, "PER")], [])
    assert [text[begin:end] for begin, end in character_ranges(WORDS, text)] == list(WORDS)
    joined = " ".join(WORDS)
    assert [joined[begin:end] for begin, end in character_ranges(WORDS, "of another tweet")] == list(WORDS)


def test_offsets_without_text_delimit_whole_words():
    entity = PredictedEntity("PER", None, 0, 12)
    assert bounds_of(entity, WORDS, None, Offsets.CHARACTERS) == (0, 2)
    assert bounds_of(entity, WORDS, None, Offsets.WORDS) is None
    assert bounds_of(PredictedEntity("PER", None, 0, 11), WORDS, None, Offsets.CHARACTERS) is None
    assert bounds_of(PredictedEntity("PER", None, 8, 9), WORDS, None, Offsets.WORDS_INCLUSIVE) == (8, 10)


def test_labelled_tokens_give_a_word_the_label_of_its_first_subword():
    items = [PredictedEntity("B-PER", "Par"), PredictedEntity("I-PER", "##is"), PredictedEntity("I-PER", "Hilton")]
    labels, rest = token_labels(items, WORDS, None)
    assert labels[:3] == ["B-PER", "I-PER", "O"]
    assert rest == []
    with_offsets = [
        PredictedEntity("B-LOC", "is", 3, 5),
        PredictedEntity("B-PER", "hil", 6, 9),
        PredictedEntity("I-PER", "ton", 9, 12),
    ]
    labels, rest = token_labels(with_offsets, WORDS, None)
    assert labels[:3] == ["O", "B-PER", "O"]
    assert [item.text for item in rest] == ["is"]


@pytest.mark.parametrize(
    "value",
    [
        [{"text": "Rob", "type": "PER"}],
        [{"entity": "Rob", "type": "PER"}],
        [{"word": "Rob", "entity_group": "PER", "score": 0.9}],
        [{"word": "Rob", "entity": "PER"}],
        [{"Text": "Rob", "Label": "PER"}],
        {"PER": ["Rob"], "LOC": [], "ORG": None},
        {"PER": "Rob"},
        {"PER": [{"text": "Rob"}]},
        {"entities": [{"name": "Rob", "category": "PER"}]},
        {"entities": {"PER": ["Rob"]}},
        {"text": "Rob", "type": "PER"},
        [["Rob", "PER"]],
    ],
)
def test_ways_to_write_an_entity(value):
    assert [(item.text, item.type) for item in read_entities_of(value)] == [("Rob", "PER")]


def test_ways_to_write_offsets():
    for value in (
        [{"start": 0, "end": 3, "label": "PER"}],
        [{"span": [0, 3], "type": "PER"}],
        [{"start_offset": 0, "end_offset": 3, "label": "PER"}],
        [[0, 3, "PER"]],
    ):
        assert [(item.start, item.end, item.type) for item in read_entities_of(value)] == [(0, 3, "PER")]
    assert read_entities_of([["Rob", 0, 3, "PER"], ["Rob", "PER", 0, 3]]) == (PredictedEntity("PER", "Rob", 0, 3),) * 2


@pytest.mark.parametrize(
    "value", [[{"text": "Rob"}], [{"type": "PER"}], ["Rob"], "Rob", 3, [[1, 2, 3]], {"PER": 3}, [None]]
)
def test_values_that_are_not_entities_are_refused(value):
    with pytest.raises(NoEntitiesError):
        read_entities_of(value)


@pytest.mark.parametrize(
    "text",
    [
        '[{"text": "Rob", "type": "PER"}]',
        'Here they are:\n```json\n[{"text": "Rob", "type": "PER"}]\n```\nAnything else?',
        'Entities: [{"text": "Rob", "type": "PER"}]. Done.',
    ],
)
def test_the_json_in_an_answer(text):
    assert parse_answer(text) == [{"text": "Rob", "type": "PER"}]


@pytest.mark.parametrize("text", ["None", "null", "No entities.", "```\nnone\n```"])
def test_an_answer_may_state_that_there_are_no_entities(text):
    assert read_entities_of(parse_answer(text)) == ()


@pytest.mark.parametrize("text", ["", "Rob is a person", "[", '[{"text": "Rob"', "[" * 10_000, '["\\ud800"]'])
def test_an_answer_without_json_is_refused(text):
    with pytest.raises(NoEntitiesError):
        parse_answer(text)
