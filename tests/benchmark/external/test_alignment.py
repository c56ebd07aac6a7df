"""Alignment of third-party predictions with our words, and every kind of mismatch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.benchmark.external.alignment import align
from mnerbench.benchmark.external.interpretation import interpret
from mnerbench.benchmark.external.misfits import Misfit
from mnerbench.benchmark.external.predicted import (
    PredictedTweet,
    PredictionFile,
    PredictionFormat,
    ReadingOptions,
    Reference,
)
from mnerbench.datasets.corpus import Example

OURS = [
    Example("0", ("Rob", "sings", "in", "Paris"), ("B-PER", "O", "O", "B-LOC"), "a"),
    Example("1", ("rain",), ("O",), "b"),
    Example("2", ("the", "Sun"), ("O", "B-ORG"), "c"),
    Example("3", ("rain",), ("O",), "d"),
    Example("4", ("Ada", "and", "Bo"), ("B-PER", "O", "B-PER"), "e"),
]
TYPES = ("PER", "LOC", "ORG", "MISC")


def theirs(*, drop=(), **changes):
    """Perfect predictions of all our tweets in order, with changes such as `t2={"words": ...}`."""
    file = []
    for number, example in enumerate(OURS):
        base = {"line": 10 * number + 1, "words": example.words, "predicted": example.labels}
        if number not in drop:
            file.append(PredictedTweet(**{**base, **changes.get(f"t{number}", {})}))
    return file


def aligned_with(file):
    reference = Reference(OURS, TYPES, {"OTHER": "MISC"})
    read = PredictionFile("theirs.txt", PredictionFormat.COLUMNS, tuple(file))
    aligned = align(interpret(read, reference, ReadingOptions(allow_types=True)), reference)
    return aligned, [(f.misfit, f.tweet, f.line) for f in aligned.findings]


def test_perfect_predictions_have_no_findings():
    aligned, findings = aligned_with(theirs())
    assert findings == []
    assert aligned.labels == tuple(example.labels for example in OURS)


def test_a_missing_tweet_is_predicted_as_o():
    aligned, findings = aligned_with(theirs(drop=[4]))
    assert findings == [(Misfit.MISSING, 5, None)]
    assert aligned.labels[4] == ("O", "O", "O")
    assert "2 gold entities missed" in aligned.findings[0].text
    assert aligned.labels[:4] == tuple(example.labels for example in OURS[:4])


def test_tweets_with_the_same_words_keep_their_order():
    aligned, findings = aligned_with(theirs(t1={"predicted": ("B-MISC",)}))
    assert findings == []
    assert (aligned.labels[1], aligned.labels[3]) == (("B-MISC",), ("O",))
    aligned, findings = aligned_with(theirs(drop=[1], t3={"predicted": ("B-MISC",)}))
    assert sum(misfit is Misfit.MISSING for misfit, _, _ in findings) == 1


def test_another_order_is_followed_and_reported():
    file = theirs()
    aligned, findings = aligned_with([file[4], *file[:4]])
    assert aligned.labels == tuple(example.labels for example in OURS)
    assert (Misfit.MOVED, 5, 41) in findings


def test_edited_tweets_match_if_half_of_their_words_are_equal():
    aligned, findings = aligned_with(theirs(t0={"words": ("rob", "sings", "in", "LOC")}))
    assert findings == [(Misfit.EDITED, 1, 1)]
    assert "'Rob' is 'rob'" in aligned.findings[0].text
    assert aligned.labels[0] == OURS[0].labels
    _, findings = aligned_with(theirs(t0={"words": ("a", "b", "c", "Paris")}))
    assert findings == [(Misfit.MISSING, 1, None), (Misfit.EXTRA, None, 1)]


def test_a_tweet_matched_by_its_picture_may_be_anywhere():
    file = theirs(t0={"words": ("rob", "sings", "in", "Paris"), "image": "a"})
    aligned, findings = aligned_with([*file[1:], file[0]])
    assert aligned.labels[0] == OURS[0].labels
    assert (Misfit.EDITED, 1, 1) in findings
    assert all(misfit is not Misfit.MISSING for misfit, _, _ in findings)


def test_split_words_get_the_label_of_their_first_part():
    parts = {"words": ("Rob", "sin", "gs", "in", "Paris"), "predicted": ("B-PER", "O", "B-ORG", "O", "B-LOC")}
    aligned, findings = aligned_with(theirs(t0=parts))
    assert findings == [(Misfit.SPLIT, 1, 1)]
    assert aligned.labels[0] == OURS[0].labels


def test_joined_words_do_not_match():
    glued = {"words": ("Robsings", "in", "Paris"), "predicted": ("B-PER", "O", "B-LOC")}
    _, findings = aligned_with(theirs(t0=glued))
    assert findings == [(Misfit.MISSING, 1, None), (Misfit.EXTRA, None, 1)]


def test_truncated_words_are_predicted_as_o():
    aligned, findings = aligned_with(theirs(t0={"words": ("Rob", "sings"), "predicted": ("B-PER", "O")}))
    assert findings == [(Misfit.SHORTENED, 1, 1)]
    assert aligned.labels[0] == ("B-PER", "O", "O", "O")
    assert "the last 2 of 4 words, where 1 gold entity ends" in aligned.findings[0].text


def test_edited_gold_is_reported_and_ours_counts():
    aligned, findings = aligned_with(theirs(t2={"gold": ("O", "B-OTHER")}))
    assert findings == [(Misfit.GOLD, 3, 21)]
    assert "B-ORG is B-MISC" in aligned.findings[0].text


def test_aliases_of_types_are_mapped_and_unknown_types_reported():
    aligned, findings = aligned_with(
        theirs(t2={"predicted": ("O", "B-OTHER")}, t4={"predicted": ("B-DOG", "X", "[SEP]")})
    )
    assert aligned.labels[2] == ("O", "B-MISC")
    assert findings == [(Misfit.LABEL, 5, 41), (Misfit.TYPE, 5, 41)]
    assert aligned.labels[4] == ("B-DOG", "X", "[SEP]")


def test_bioes_is_read_as_bio():
    aligned, findings = aligned_with(theirs(t4={"predicted": ("S-PER", "B-PER", "E-PER")}))
    assert aligned.conversions == ("labels were BIOES, read as BIO",)
    assert aligned.labels[4] == ("B-PER", "B-PER", "I-PER")
    assert findings == []


def test_files_without_words_are_matched_by_ids():
    file = [PredictedTweet(n + 1, (), example.labels, id=example.id) for n, example in enumerate(OURS)][::-1]
    aligned, findings = aligned_with(file)
    assert aligned.labels == tuple(example.labels for example in OURS)
    assert {misfit for misfit, _, _ in findings} == {Misfit.MOVED}


@given(st.permutations(range(5)), st.sets(st.integers(0, 4)))
def test_every_tweet_has_a_label_per_word_and_no_tweet_is_used_twice(order, dropped):
    file = theirs()
    remaining = [file[index] for index in order if index not in dropped]
    aligned, findings = aligned_with(remaining)
    assert [len(labels) for labels in aligned.labels] == [len(example.words) for example in OURS]
    missing = sum(misfit is Misfit.MISSING for misfit, _, _ in findings)
    extra = sum(misfit is Misfit.EXTRA for misfit, _, _ in findings)
    assert len(OURS) - missing == len(remaining) - extra
    assert missing == len(dropped)


@pytest.mark.parametrize("file", [[], [PredictedTweet(1, ("nothing", "of", "ours"), ("O", "O", "O"))]])
def test_a_file_of_other_tweets_scores_nothing(file):
    aligned, findings = aligned_with(file)
    assert all(set(labels) == {"O"} for labels in aligned.labels)
    assert sum(misfit is Misfit.MISSING for misfit, _, _ in findings) == len(OURS)
