"""Unlabelled words, by the file's gold, dropped words and length limits; subwords that spell words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.benchmark.external.gaps import labelled_words
from mnerbench.benchmark.external.spelling import SubwordStyle, bare, detect_subwords, spell
from mnerbench.benchmark.external.words import word_positions

WORDS = ["a", "\u200d", "b", "c", "d", "e"]
GOLD = ["O", "O", "B-PER", "I-PER", "O", "B-LOC"]


@pytest.mark.parametrize(
    ("theirs", "drops", "labelled"),
    [
        (["O", "B-PER", "I-PER", "O", "B-LOC"], True, [0, 2, 3, 4, 5]),
        # The gold leaves open which of two O words is unlabelled: the last one.
        (["O", "B-PER", "I-PER", "O", "B-LOC"], False, [0, 2, 3, 4, 5]),
        (["O", "O", "B-PER", "I-PER", "O"], True, [0, 1, 2, 3, 4]),
        (["O", "O", "B-PER", "O", "B-LOC"], True, [0, 1, 2, 4, 5]),
        (["O", "B-PER", "I-PER", "O"], True, [0, 2, 3, 4]),
        (["O", "O", "B-PER", "B-LOC"], False, [0, 1, 2, 5]),
        (None, True, [0, 2, 3, 4, 5]),
        (None, False, [0, 1, 2, 3, 4]),
        # One gold label was changed; all others still locate the gap.
        (["O", "B-ORG", "I-PER", "O", "B-LOC"], False, [0, 2, 3, 4, 5]),
    ],
)
def test_the_gold_locates_unlabelled_words(theirs, drops, labelled):
    count = len(theirs) if theirs is not None else 5
    assert labelled_words(count, WORDS, theirs, GOLD, drops_invisible=drops) == labelled


@given(
    st.lists(st.tuples(st.sampled_from(["a", "\u200d", "b"]), st.sampled_from(["O", "B-PER", "I-PER"])), max_size=9),
    st.data(),
    st.booleans(),
)
def test_a_gap_that_the_gold_allows_costs_no_gold_label(pairs, data, drops):
    words, gold = [word for word, _ in pairs], [label for _, label in pairs]
    indices = sorted(data.draw(st.sets(st.integers(0, len(pairs) - 1)) if pairs else st.just(set())))
    theirs = [gold[index] for index in indices]
    labelled = labelled_words(len(indices), words, theirs, gold, drops_invisible=drops)
    assert labelled == sorted(set(labelled))
    assert [gold[index] for index in labelled] == theirs


@pytest.mark.parametrize(
    ("style", "tokens", "positions"),
    [
        (
            SubwordStyle.WORDPIECE,
            ["[CLS]", "wal", "##king", "to", "lon", "##don", "!", "[SEP]"],
            [None, 0, 0, 1, 2, 2, 2, None],
        ),
        (SubwordStyle.WORDPIECE, ["[UNK]", "to", "[UNK]"], [0, 1, 2]),
        (
            SubwordStyle.SENTENCEPIECE,
            ["<s>", "▁wal", "king", "▁to", "▁London", "!", "</s>"],
            [None, 0, 0, 1, 2, 2, None],
        ),
        (SubwordStyle.BYTE_LEVEL, ["Walk", "ing", "Ġto", "ĠLondon", "!"], [0, 0, 1, 2, 2]),
        (SubwordStyle.PLAIN, ["Walk", "ing", "to", "London!"], [0, 0, 1, 2]),
        (SubwordStyle.WORDPIECE, ["wal", "##king", "to"], [0, 0, 1]),
        (SubwordStyle.WORDPIECE, ["wal", "##ked", "to"], None),
        (SubwordStyle.WORDPIECE, ["walking", "to", "london", "!", "now"], None),
    ],
)
def test_subwords_belong_to_the_words_they_spell(style, tokens, positions):
    assert spell(tokens, ("Walking", "to", "London!"), style) == positions


def test_accents_bytes_and_invisible_words():
    words = ("café", "\u200d", "🎉", "né")
    assert spell(["cafe", "🎉", "ne"], words, SubwordStyle.WORDPIECE) == [0, 2, 3]
    assert spell(["caf", "Ã©", "Ġâ", "Ģ", "į", "ĠðŁ", "İī", "Ġn", "Ã©"], words, SubwordStyle.BYTE_LEVEL) == [
        0,
        0,
        1,
        1,
        1,
        2,
        2,
        3,
        3,
    ]
    assert bare("Cafe\u0301\u200d ") == "cafe"


def test_subword_marks_are_distinguished_from_words_of_tweets():
    assert detect_subwords(["a", "##b"], frozenset({"ab"})) is SubwordStyle.WORDPIECE
    assert detect_subwords(["a", "##b"], frozenset({"##b"})) is SubwordStyle.PLAIN
    assert detect_subwords(["▁a", "b"], frozenset()) is SubwordStyle.SENTENCEPIECE
    assert detect_subwords(["a", "Ġb"], frozenset()) is SubwordStyle.BYTE_LEVEL
    assert detect_subwords(["##", "▁"], frozenset()) is SubwordStyle.PLAIN


@pytest.mark.parametrize(
    ("theirs", "positions"),
    [
        ("a b c d", [0, 1, 2, 3]),
        ("a B x y", [0, 1, 2, 3]),
        ("a b", [0, 1]),
        ("a c d", [0, 2, 3]),
        ("c d", [2, 3]),
        ("d", None),
        ("d c", None),
        ("x y z d", None),
        ("ab c d", None),
        ("a b c d e", None),
    ],
)
def test_words_that_are_edited_cut_or_left_out(theirs, positions):
    assert word_positions(theirs.split(), ["a", "b", "c", "d"], SubwordStyle.PLAIN) == positions
