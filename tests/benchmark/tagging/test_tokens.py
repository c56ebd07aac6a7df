"""The tokenizer of raw tweets."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.benchmark.tagging.tokens import tokenise


def words(text):
    return [text[start:end] for start, end in tokenise(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RT @JayKen_M: Ada's in the U.S.", ["RT", "@JayKen_M", ":", "Ada's", "in", "the", "U.S."]),
        ("see https://t.co/ab1?x=1. (www.a.org)", ["see", "https://t.co/ab1?x=1", ".", "(", "www.a.org", ")"]),
        ("#MAGA2020 #a-b", ["#MAGA2020", "#a", "-", "b"]),
        ("wow!!! :-) :( <3 ...", ["wow", "!!!", ":-)", ":(", "<3", "..."]),
        ("AT&T &amp; co-op don\u2019t", ["AT&T", "&amp;", "co-op", "don\u2019t"]),
        ("10:30pm $3.50 5% 1,000", ["10:30pm", "$3.50", "5%", "1,000"]),
        ("me@a.org, hi", ["me@a.org", ",", "hi"]),
        ("\U0001f469\u200d\U0001f467\u2764\ufe0f!", ["\U0001f469\u200d\U0001f467", "\u2764\ufe0f", "!"]),
        ("\U0001f44d\U0001f3fd\U0001f1e9\U0001f1ea", ["\U0001f44d\U0001f3fd", "\U0001f1e9\U0001f1ea"]),
        ("\u0939\u093f\u0928\u094d\u0926\u0940 e\u0301t", ["\u0939\u093f\u0928\u094d\u0926\u0940", "e\u0301t"]),
        (" \t\u00a0\n", []),
        ("", []),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


@given(st.text(max_size=60))
def test_every_character_is_in_one_word_or_is_space(text):
    tokens = tokenise(text)
    inside = [position for start, end in tokens for position in range(start, end)]
    assert inside == sorted(set(inside))
    assert {p for p, character in enumerate(text) if not character.isspace()} <= set(inside)
    assert not any(text[start].isspace() or unicodedata.category(text[start]) == "Zs" for start, _ in tokens)
