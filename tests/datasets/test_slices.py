"""Slices of mentions and tweets."""

import pytest

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.slices import LENGTHS, SLICES, KnownNames, MentionSlice, TweetTraits, count_mentions
from mnerbench.datasets.tagging import strict_spans

SEEN, UNSEEN, AMBIGUOUS, PLAIN = (MentionSlice(name) for name in ("seen", "unseen", "ambiguous", "non-ambiguous"))


def tweet(text):
    """`Rob/B-PER sings/O` as a tweet."""
    words, labels = zip(*(pair.split("/") for pair in text.split()), strict=True)
    return Example("1", words, labels, None)


TRAIN = [
    tweet("Rob/B-PER met/O Paris/B-LOC in/O Paris/B-PER"),
    tweet("New/B-LOC York/I-LOC and/O York/B-LOC"),
    tweet("the/O Sun/I-ORG shines/O"),
]


def test_a_mention_is_seen_with_its_type_and_ambiguous_with_others_beside_it():
    names = KnownNames.of(TRAIN)
    assert names.slices(["Rob"], "PER") == {SEEN, PLAIN}
    assert names.slices(["Rob"], "LOC") == {UNSEEN}
    assert names.slices(["Paris"], "LOC") == names.slices(["Paris"], "PER") == {SEEN, AMBIGUOUS}
    assert names.slices(["Paris"], "ORG") == {UNSEEN}


def test_words_are_compared_whole_and_with_their_case():
    names = KnownNames.of(TRAIN)
    assert names.slices(["New", "York"], "LOC") == {SEEN, PLAIN}
    assert names.slices(["New"], "LOC") == {UNSEEN}
    assert names.slices(["rob"], "PER") == {UNSEEN}
    assert names.slices([], "PER") == {UNSEEN}


def test_the_reading_of_labels_decides_what_train_knows():
    assert KnownNames.of(TRAIN).slices(["Sun"], "ORG") == {SEEN, PLAIN}
    assert KnownNames.of(TRAIN, strict_spans).slices(["Sun"], "ORG") == {UNSEEN}


def test_seen_and_unseen_are_all_mentions_and_seen_ones_are_split_once():
    test = [tweet("Rob/B-PER Rob/B-LOC Paris/B-LOC Ada/B-PER"), tweet("York/B-LOC York/B-LOC")]
    counts = count_mentions(TRAIN, test)
    assert counts == {SEEN: 4, UNSEEN: 2, AMBIGUOUS: 1, PLAIN: 3}
    assert count_mentions(TRAIN, []) == {}


@pytest.mark.parametrize(
    ("words", "name"),
    [(1, "1-7 words"), (7, "1-7 words"), (8, "8-10 words"), (11, "11-15 words"), (26, "26 words and more")],
)
def test_a_tweet_is_in_one_bin_of_lengths(words, name):
    assert TweetTraits(words).slices == (name,)


def test_every_length_has_a_bin_and_every_slice_a_place_in_tables():
    assert all(len(TweetTraits(words).slices) == 1 for words in range(1, 200))
    assert [low for low, _ in LENGTHS[1:]] == [high + 1 for _, high in LENGTHS[:-1]]
    everything = {name for flag in (True, False) for name in TweetTraits(5, flag, flag, flag).slices}
    assert everything <= set(SLICES)
    assert len(SLICES) == len(set(SLICES)) == 4 + len(LENGTHS) + 6


def test_unknown_properties_give_neither_slice():
    assert TweetTraits(5, pictured=False, ocr=None, related=True).slices == (
        "1-7 words",
        "no picture",
        "related",
    )
