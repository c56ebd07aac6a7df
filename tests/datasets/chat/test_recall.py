"""Whether tweets are continued word for word."""

from __future__ import annotations

import pytest

from mnerbench.datasets.chat.recall import Half, halves, recall_request, recalled
from mnerbench.datasets.corpus import Example

ITEMS = [
    Half(("Bo", "met", "Ada", "in"), ("Lund", ",", "and", "they", "sang")),
    Half(("It", "rains", "in", "Velt"), ("again", "!", "What", "now")),
    Half(("I", "do", "n't", "like"), ("the", "new", "stadium", ".")),
]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Lund , and they sang", 1),
        ("lund, and then we left", 1),
        ('"Lund, and they sang"', 1),
        ("Bo met Ada in Lund, and", 1),
        ("Lund", 0),
        ("Lund and they", 0),
        ("", 0),
        ("Bo met Ada in", 0),
        ("the city of Lund, and", 0),
    ],
)
def test_a_continuation_has_the_first_three_words_of_the_rest(answer, expected):
    assert recalled([answer, "", ""], ITEMS) == (expected, 0)


def test_continuations_of_other_tweets_count_as_chance():
    assert recalled(["again! What", "the new stadium", "Lund, and"], ITEMS) == (0, 3)


def test_halves_are_long_enough_and_the_same_every_time():
    tweets = [Example(str(n), tuple(f"w{n}-{k}" for k in range(n)), ("O",) * n) for n in range(30)]
    drawn = halves(tweets, 10)
    assert drawn == halves(tweets, 20)[:10]
    assert len(halves(tweets, 100)) == 22
    for half in drawn:
        assert min(len(half.first), len(half.second)) >= 4
        assert 0 <= len(half.second) - len(half.first) <= 1


def test_a_single_tweet_and_punctuation_alone_tell_nothing():
    words = ("a", "b", "c", "d", '"', '"', '"', "e")
    quotes = [Example(str(n), words, ("O",) * 8) for n in range(5)]
    plain = [Example(str(n), tuple("abcdefgh"), ("O",) * 8) for n in range(2)]
    assert halves(quotes, 10) == []
    assert halves([*quotes, *plain], 10) == halves(plain, 10)
    assert len(halves(plain, 10)) == 2
    assert halves(plain, 1) == []


def test_the_question_holds_the_first_half_alone():
    messages = recall_request("m", ITEMS[0]).shown["messages"]
    assert messages[1]["content"] == "Bo met Ada in"
    assert "Lund" not in str(messages)
