"""Answers of language models become labels, whatever they are; what is lost is counted."""

from __future__ import annotations

import json
import random

import pytest

from mnerbench.benchmark.external.type_names import TypeNames
from mnerbench.benchmark.training.answers import MATCHED, NOT_IN_TWEET, UNKNOWN_TYPE, UNREADABLE, AnswerCounts
from mnerbench.datasets.chat.answer import Answer, Outcome
from mnerbench.datasets.tagging import conll_spans, is_label

TYPES = TypeNames(("PER", "LOC", "ORG", "MISC"), {})
WORDS = ("Bo", "met", "Ada", "Kern", "and", "Bo", "in", "U.S.", "!")


def labels_of(text, outcome=Outcome.ANSWERED):
    counts = AnswerCounts()
    return counts.labels(Answer(outcome=outcome, text=text), WORDS, TYPES), counts


def spans_of(text):
    labels, counts = labels_of(text)
    return [(" ".join(WORDS[span.start : span.end]), span.start, span.type) for span in conll_spans(labels)], counts


@pytest.mark.parametrize(
    "text",
    [
        '{"entities": [{"text": "Ada Kern", "type": "PER"}, {"text": "U.S.", "type": "LOC"}]}',
        '```json\n{"entities": [{"text": "Ada Kern", "type": "person"}, {"text": "U.S.", "type": "Location"}]}\n```',
        'Here they are: [{"entity": "Ada Kern", "type": "PER"}, {"entity": "U. S.", "type": "LOC"}] Hope it helps!',
        '<think>Maybe {"entities": []}?</think>[["Ada Kern", "PER"], ["U.S.", "LOC"]]',
        '{"PER": ["Ada Kern"], "LOC": ["u.s."]}',
        '{"entities": [{"text": "ada kern", "label": "per"}, {"text": "U.S.", "label": "loc"}]}',
    ],
)
def test_forms_of_an_answer(text):
    spans, counts = spans_of(text)
    assert spans == [("Ada Kern", 2, "PER"), ("U.S.", 7, "LOC")]
    assert counts.entities == {MATCHED: 2, NOT_IN_TWEET: 0}
    assert counts.outcomes == {"answered": 1}


@pytest.mark.parametrize(
    "text",
    [
        'I think [PER] fits Bo.</think>{"entities": [{"text": "Ada Kern", "type": "PER"}]}',
        'Maybe {"entities": [{"text": "Bo", "type": "PER"}]}? no.</think>[["Ada Kern", "PER"]]',
        'Entities in the tweet [RT]: {"entities": [["Ada Kern", "PER"]]}',
        'For example {"entities": [{"text": "Bo", "type": "PER"}]}. The answer: {"entities": [["Ada Kern", "PER"]]}',
        '{"entities": [["Ada Kern", "PER"]]} An empty list would be {"entities": []}.',
    ],
)
def test_the_answer_is_what_follows_thoughts_and_drafts(text):
    assert [name for name, *_ in spans_of(text)[0]] == ["Ada Kern"]


def test_a_thought_without_end_is_no_answer():
    labels, counts = labels_of('<think>Maybe [["Bo", "PER"]], or', Outcome.TRUNCATED)
    assert (labels, dict(counts.outcomes), counts.read) == (["O"] * len(WORDS), {"truncated": 1}, 0)


def test_a_malformed_entity_loses_no_other():
    items = [{"text": "", "type": "PER"}, {"text": "Bo", "type": None}, {"text": "Ada Kern", "type": "PER"}, ["x"]]
    spans, counts = spans_of(json.dumps({"entities": items}))
    assert [name for name, *_ in spans] == ["Ada Kern"]
    assert counts.entities["malformed"] == 3
    assert counts.read == 1


@pytest.mark.parametrize("text", ["<think>" * 200_000, "```" + "\n" * 1_000_000, "[" * 1_000_000, "{[" * 500_000])
def test_degenerate_answers_are_read(text):
    """They would take hours if every beginning of a thought, fence or list were followed to the end."""
    assert labels_of(text)[0] == ["O"] * len(WORDS)


def test_repeated_mentions_take_the_next_free_occurrence():
    entity = {"text": "Bo", "type": "PER"}
    assert [start for _, start, _ in spans_of(json.dumps([entity]))[0]] == [0]
    assert [start for _, start, _ in spans_of(json.dumps([entity] * 2))[0]] == [0, 5]
    spans, counts = spans_of(json.dumps([entity] * 3))
    assert ([start for _, start, _ in spans], counts.entities[NOT_IN_TWEET]) == ([0, 5], 1)


def test_what_is_not_in_the_tweet_or_of_no_type_is_counted():
    items = [{"text": "Paris", "type": "LOC"}, {"text": "Bo", "type": "DOG"}, {"text": "Ker", "type": "PER"}]
    spans, counts = spans_of(json.dumps({"entities": items}))
    assert spans == []
    assert counts.entities == {MATCHED: 0, NOT_IN_TWEET: 2, UNKNOWN_TYPE: 1}


@pytest.mark.parametrize(
    "text", ["", "I cannot help.", "[{", '{"entities": [{"text": "Bo"}]}', "42", "Понятно, вот: нет."]
)
def test_an_unreadable_answer_gives_no_entities_and_is_counted(text):
    labels, counts = labels_of(text)
    assert labels == ["O"] * len(WORDS)
    assert counts.outcomes[UNREADABLE] == 1
    assert counts.outcomes.total() == 1


@pytest.mark.parametrize("text", ['{"entities": []}', "[]", "None", "no entities.", "{}", "null"])
def test_an_answer_without_entities_is_no_fault(text):
    labels, counts = labels_of(text)
    assert (labels, dict(counts.outcomes)) == (["O"] * len(WORDS), {"answered": 1})


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.REJECTED, Outcome.UNUSABLE])
def test_an_answer_that_is_none_is_counted_by_its_outcome(outcome):
    labels, counts = labels_of('[["Bo", "PER"]]', outcome)
    assert (labels, dict(counts.outcomes)) == (["O"] * len(WORDS), {outcome.value: 1})


def test_a_truncated_answer_is_read_if_it_is_whole():
    assert labels_of('[["Bo", "PER"]] and', Outcome.TRUNCATED)[0][0] == "B-PER"
    labels, counts = labels_of('[["Bo", "PER"], ["Ada', Outcome.TRUNCATED)
    assert (labels, dict(counts.outcomes)) == (["O"] * len(WORDS), {"truncated": 1})


def test_ten_thousand_damaged_answers():
    """Cuts, repetitions, foreign characters and other JSON: labels, one per word, and every answer is counted once."""
    random_ = random.Random(0)
    whole = [
        '{"entities": [{"text": "Ada Kern", "type": "PER"}, {"text": "U.S.", "type": "LOC", "start": 3, "end": 9}]}',
        '```json\n[["Bo", "PER"], [2, 4, "PER"], ["U.S.", 7, 8, "LOC"]]\n```',
        "<think>hm</think>\n{'PER': ['Bo']}",
        json.dumps({"PER": ["Bo", None, 3], "LOC": {"a": ["U.S."]}, "entities": "none"}),
        "[" * 300 + "]" * 300,
        '{"entities": [{"text": "\\ud800", "type": "\\u0000PER"}]}',
        '[{"text": "Bo", "type": "PER", "start": 1e400, "end": -1}]',
        '[{"text": "Bo", "type": "PER", "start": ' + "9" * 5000 + "}]",
    ]
    pieces = [
        '"',
        "{",
        "[",
        "]",
        "}",
        ",",
        ":",
        "\\",
        "\ud83d",
        "\0",
        "\u202e",
        "é",
        "null",
        "NaN",
        "```",
        "<think>",
        " " * 50,
    ]
    counts, wrong = AnswerCounts(), []
    for _ in range(10_000):
        text = random_.choice(whole)
        for _ in range(random_.randint(0, 6)):
            at = random_.randint(0, len(text))
            action = random_.randint(0, 3)
            if action == 0:
                text = text[:at]
            elif action == 1:
                text = text[:at] + random_.choice(pieces) + text[at:]
            elif action == 2:
                text = text[:at] + text[at + random_.randint(1, 5) :]
            else:
                text += text[at:]
        labels = counts.labels(Answer(outcome=Outcome.ANSWERED, text=text.replace("\ud83d", "?")), WORDS, TYPES)
        if len(labels) != len(WORDS) or not all(map(is_label, labels)):
            wrong.append(text)
    assert wrong == []
    assert counts.outcomes.total() == 10_000
    assert min(counts.outcomes["answered"], counts.outcomes[UNREADABLE]) > 500
