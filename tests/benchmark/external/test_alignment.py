"""Somebody's predictions on our words: what fits, and a name for everything that does not."""

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
    """Perfect predictions of all our tweets in their order, but for the changes: `t2={"words": ...}`."""
    file = []
    for number, example in enumerate(OURS):
        base = {"line": 10 * number + 1, "words": example.words, "predicted": example.labels}
        if number not in drop:
            file.append(PredictedTweet(**{**base, **changes.get(f"t{number}", {})}))
    return file


def found(file):
    reference = Reference(OURS, TYPES, {"OTHER": "MISC"})
    read = PredictionFile("theirs.txt", PredictionFormat.COLUMNS, tuple(file))
    aligned = align(interpret(read, reference, ReadingOptions(allow_types=True)), reference)
    return aligned, [(f.misfit, f.tweet, f.line) for f in aligned.findings]


def test_what_fits_leaves_nothing_to_say():
    aligned, findings = found(theirs())
    assert findings == []
    assert aligned.labels == tuple(example.labels for example in OURS)


def test_a_lost_tweet_is_predicted_as_nothing():
    aligned, findings = found(theirs(drop=[4]))
    assert findings == [(Misfit.MISSING, 5, None)]
    assert aligned.labels[4] == ("O", "O", "O")
    assert "2 gold entities missed" in aligned.findings[0].text
    assert aligned.labels[:4] == tuple(example.labels for example in OURS[:4])


def test_tweets_of_the_same_words_keep_their_places():
    aligned, findings = found(theirs(t1={"predicted": ("B-MISC",)}))
    assert findings == []
    assert (aligned.labels[1], aligned.labels[3]) == (("B-MISC",), ("O",))
    aligned, findings = found(theirs(drop=[1], t3={"predicted": ("B-MISC",)}))
    assert sum(misfit is Misfit.MISSING for misfit, _, _ in findings) == 1


def test_another_order_is_followed_and_named():
    file = theirs()
    aligned, findings = found([file[4], *file[:4]])
    assert aligned.labels == tuple(example.labels for example in OURS)
    assert (Misfit.MOVED, 5, 41) in findings


def test_edited_words_count_when_half_of_them_are_the_same():
    aligned, findings = found(theirs(t0={"words": ("rob", "sings", "in", "LOC")}))
    assert findings == [(Misfit.EDITED, 1, 1)]
    assert "'Rob' is 'rob'" in aligned.findings[0].text
    assert aligned.labels[0] == OURS[0].labels
    _, findings = found(theirs(t0={"words": ("a", "b", "c", "Paris")}))
    assert findings == [(Misfit.MISSING, 1, None), (Misfit.EXTRA, None, 1)]


def test_a_tweet_found_by_its_picture_may_stand_anywhere():
    file = theirs(t0={"words": ("rob", "sings", "in", "Paris"), "image": "a"})
    aligned, findings = found([*file[1:], file[0]])
    assert aligned.labels[0] == OURS[0].labels
    assert (Misfit.EDITED, 1, 1) in findings
    assert all(misfit is not Misfit.MISSING for misfit, _, _ in findings)


def test_words_cut_in_several_have_the_label_of_their_first_part():
    parts = {"words": ("Rob", "sin", "gs", "in", "Paris"), "predicted": ("B-PER", "O", "B-ORG", "O", "B-LOC")}
    aligned, findings = found(theirs(t0=parts))
    assert findings == [(Misfit.SPLIT, 1, 1)]
    assert aligned.labels[0] == OURS[0].labels


def test_words_that_the_file_glues_together_are_none_of_ours():
    glued = {"words": ("Robsings", "in", "Paris"), "predicted": ("B-PER", "O", "B-LOC")}
    _, findings = found(theirs(t0=glued))
    assert findings == [(Misfit.MISSING, 1, None), (Misfit.EXTRA, None, 1)]


def test_words_cut_off_are_predicted_as_nothing():
    aligned, findings = found(theirs(t0={"words": ("Rob", "sings"), "predicted": ("B-PER", "O")}))
    assert findings == [(Misfit.SHORTENED, 1, 1)]
    assert aligned.labels[0] == ("B-PER", "O", "O", "O")
    assert "the last 2 of 4 words, where 1 gold entity ends" in aligned.findings[0].text


def test_edited_gold_is_named_and_ours_counts():
    aligned, findings = found(theirs(t2={"gold": ("O", "B-OTHER")}))
    assert findings == [(Misfit.GOLD, 3, 21)]
    assert "B-ORG is B-MISC" in aligned.findings[0].text


def test_other_names_of_types_are_mapped_and_unknown_ones_named():
    aligned, findings = found(theirs(t2={"predicted": ("O", "B-OTHER")}, t4={"predicted": ("B-DOG", "X", "[SEP]")}))
    assert aligned.labels[2] == ("O", "B-MISC")
    assert findings == [(Misfit.LABEL, 5, 41), (Misfit.TYPE, 5, 41)]
    assert aligned.labels[4] == ("B-DOG", "X", "[SEP]")


def test_bioes_is_read_as_bio():
    aligned, findings = found(theirs(t4={"predicted": ("S-PER", "B-PER", "E-PER")}))
    assert aligned.conversions == ("labels were BIOES, read as BIO",)
    assert aligned.labels[4] == ("B-PER", "B-PER", "I-PER")
    assert findings == []


def test_files_without_words_are_found_by_their_ids():
    file = [PredictedTweet(n + 1, (), example.labels, id=example.id) for n, example in enumerate(OURS)][::-1]
    aligned, findings = found(file)
    assert aligned.labels == tuple(example.labels for example in OURS)
    assert {misfit for misfit, _, _ in findings} == {Misfit.MOVED}


@given(st.permutations(range(5)), st.sets(st.integers(0, 4)))
def test_every_tweet_has_a_label_per_word_and_nothing_is_used_twice(order, dropped):
    file = theirs()
    kept = [file[place] for place in order if place not in dropped]
    aligned, findings = found(kept)
    assert [len(labels) for labels in aligned.labels] == [len(example.words) for example in OURS]
    missing = sum(misfit is Misfit.MISSING for misfit, _, _ in findings)
    extra = sum(misfit is Misfit.EXTRA for misfit, _, _ in findings)
    assert len(OURS) - missing == len(kept) - extra
    assert missing == len(dropped)


@pytest.mark.parametrize("file", [[], [PredictedTweet(1, ("nothing", "of", "ours"), ("O", "O", "O"))]])
def test_a_file_of_something_else_scores_nothing(file):
    aligned, findings = found(file)
    assert all(set(labels) == {"O"} for labels in aligned.labels)
    assert sum(misfit is Misfit.MISSING for misfit, _, _ in findings) == len(OURS)
