"""Which words have no label: by the file's gold, by what tokenizers drop, by length limits; pieces that spell words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.benchmark.external.gaps import labelled_words
from mnerbench.benchmark.external.spelling import Pieces, bare, pieces_of, spell
from mnerbench.benchmark.external.words import word_positions

WORDS = ["a", "\u200d", "b", "c", "d", "e"]
GOLD = ["O", "O", "B-PER", "I-PER", "O", "B-LOC"]


@pytest.mark.parametrize(
    ("theirs", "drops", "labelled"),
    [
        (["O", "B-PER", "I-PER", "O", "B-LOC"], True, [0, 2, 3, 4, 5]),
        # Which of two words outside is gone, the gold does not say: the last it can be.
        (["O", "B-PER", "I-PER", "O", "B-LOC"], False, [0, 2, 3, 4, 5]),
        (["O", "O", "B-PER", "I-PER", "O"], True, [0, 1, 2, 3, 4]),
        (["O", "O", "B-PER", "O", "B-LOC"], True, [0, 1, 2, 4, 5]),
        (["O", "B-PER", "I-PER", "O"], True, [0, 2, 3, 4]),
        (["O", "O", "B-PER", "B-LOC"], False, [0, 1, 2, 5]),
        (None, True, [0, 2, 3, 4, 5]),
        (None, False, [0, 1, 2, 3, 4]),
        # One gold label was edited; all others still say where the gap is.
        (["O", "B-ORG", "I-PER", "O", "B-LOC"], False, [0, 2, 3, 4, 5]),
    ],
)
def test_the_gold_says_where_a_label_is_missing(theirs, drops, labelled):
    count = len(theirs) if theirs is not None else 5
    assert labelled_words(count, WORDS, theirs, GOLD, drops_invisible=drops) == labelled


@given(
    st.lists(st.tuples(st.sampled_from(["a", "\u200d", "b"]), st.sampled_from(["O", "B-PER", "I-PER"])), max_size=9),
    st.data(),
    st.booleans(),
)
def test_a_gap_that_the_gold_allows_costs_no_gold_label(pairs, data, drops):
    words, gold = [word for word, _ in pairs], [label for _, label in pairs]
    kept = sorted(data.draw(st.sets(st.integers(0, len(pairs) - 1)) if pairs else st.just(set())))
    theirs = [gold[place] for place in kept]
    labelled = labelled_words(len(kept), words, theirs, gold, drops_invisible=drops)
    assert labelled == sorted(set(labelled))
    assert [gold[place] for place in labelled] == theirs


@pytest.mark.parametrize(
    ("pieces", "tokens", "positions"),
    [
        (
            Pieces.WORDPIECE,
            ["[CLS]", "wal", "##king", "to", "lon", "##don", "!", "[SEP]"],
            [None, 0, 0, 1, 2, 2, 2, None],
        ),
        (Pieces.WORDPIECE, ["[UNK]", "to", "[UNK]"], [0, 1, 2]),
        (Pieces.SENTENCEPIECE, ["<s>", "▁wal", "king", "▁to", "▁London", "!", "</s>"], [None, 0, 0, 1, 2, 2, None]),
        (Pieces.BYTE_LEVEL, ["Walk", "ing", "Ġto", "ĠLondon", "!"], [0, 0, 1, 2, 2]),
        (Pieces.PLAIN, ["Walk", "ing", "to", "London!"], [0, 0, 1, 2]),
        (Pieces.WORDPIECE, ["wal", "##king", "to"], [0, 0, 1]),
        (Pieces.WORDPIECE, ["wal", "##ked", "to"], None),
        (Pieces.WORDPIECE, ["walking", "to", "london", "!", "now"], None),
    ],
)
def test_pieces_belong_to_the_words_they_spell(pieces, tokens, positions):
    assert spell(tokens, ("Walking", "to", "London!"), pieces) == positions


def test_accents_bytes_and_words_that_vanish():
    words = ("café", "\u200d", "🎉", "né")
    assert spell(["cafe", "🎉", "ne"], words, Pieces.WORDPIECE) == [0, 2, 3]
    assert spell(["caf", "Ã©", "Ġâ", "Ģ", "į", "ĠðŁ", "İī", "Ġn", "Ã©"], words, Pieces.BYTE_LEVEL) == [
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


def test_the_mark_of_pieces_is_told_from_words_of_tweets():
    assert pieces_of(["a", "##b"], frozenset({"ab"})) is Pieces.WORDPIECE
    assert pieces_of(["a", "##b"], frozenset({"##b"})) is Pieces.PLAIN
    assert pieces_of(["▁a", "b"], frozenset()) is Pieces.SENTENCEPIECE
    assert pieces_of(["a", "Ġb"], frozenset()) is Pieces.BYTE_LEVEL
    assert pieces_of(["##", "▁"], frozenset()) is Pieces.PLAIN


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
    assert word_positions(theirs.split(), ["a", "b", "c", "d"], Pieces.PLAIN) == positions
