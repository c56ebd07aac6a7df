"""Slices of mentions: by what train says of the very words."""

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.slices import KnownNames, MentionSlice, count_mentions
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
    names = KnownNames(TRAIN)
    assert names.slices(["Rob"], "PER") == {SEEN, PLAIN}
    assert names.slices(["Rob"], "LOC") == {UNSEEN}
    assert names.slices(["Paris"], "LOC") == names.slices(["Paris"], "PER") == {SEEN, AMBIGUOUS}
    assert names.slices(["Paris"], "ORG") == {UNSEEN}


def test_words_are_compared_whole_and_with_their_case():
    names = KnownNames(TRAIN)
    assert names.slices(["New", "York"], "LOC") == {SEEN, PLAIN}
    assert names.slices(["New"], "LOC") == {UNSEEN}
    assert names.slices(["rob"], "PER") == {UNSEEN}
    assert names.slices([], "PER") == {UNSEEN}


def test_the_reading_of_labels_decides_what_train_knows():
    assert KnownNames(TRAIN).slices(["Sun"], "ORG") == {SEEN, PLAIN}
    assert KnownNames(TRAIN, strict_spans).slices(["Sun"], "ORG") == {UNSEEN}


def test_seen_and_unseen_are_all_mentions_and_seen_ones_are_split_once():
    test = [tweet("Rob/B-PER Rob/B-LOC Paris/B-LOC Ada/B-PER"), tweet("York/B-LOC York/B-LOC")]
    counts = count_mentions(TRAIN, test)
    assert counts == {SEEN: 4, UNSEEN: 2, AMBIGUOUS: 1, PLAIN: 3}
    assert count_mentions(TRAIN, []) == {}
