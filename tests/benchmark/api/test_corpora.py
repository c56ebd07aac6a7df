"""Corpora to and from the library `datasets`, and scores of labels in memory."""

import pytest
from seqeval.metrics import f1_score

import mnerbench
from mnerbench.datasets.corpus import Corpus, Example


def test_a_corpus_survives_the_way_there_and_back(fixtures):
    corpus = mnerbench.load_corpus("tiny", fixtures)
    splits = mnerbench.corpus_to_datasets(corpus)
    assert set(splits) == {"train", "validation", "test"}
    back = mnerbench.corpus_from_datasets(splits, "tiny")
    assert dict(back.splits) == dict(corpus.splits)
    assert back.types == corpus.types


def test_several_pictures_of_a_tweet_survive_the_way_there_and_back():
    tweets = tuple(Example(str(n), ("a",), ("B-PER",), image) for n, image in enumerate((None, "1", ("2", "3"))))
    corpus = Corpus("mine", {"train": tweets}, ("PER",))
    splits = mnerbench.corpus_to_datasets(corpus)
    assert list(splits["train"]["image_id"]) == [[], ["1"], ["2", "3"]]
    assert mnerbench.corpus_from_datasets(splits, "mine")["train"] == tweets
    assert "<td>3</td><td>3</td><td>3</td><td>3</td>" in corpus._repr_html_()  # tweets, words, pictures, entities


def test_rows_may_be_plain_mappings():
    rows = [{"words": ["Rome", "!"], "tags": [1, 0]}]
    corpus = mnerbench.corpus_from_datasets(
        {"test": rows}, "mine", tokens="words", tags="tags", tag_names=["O", "B-LOC", "I-LOC"]
    )
    [example] = corpus["test"]
    assert (example.words, example.labels, example.image_id) == (("Rome", "!"), ("B-LOC", "O"), None)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"tokens": ["a"]}, "no column 'ner_tags'"),
        ({"tokens": ["a"], "ner_tags": ["O", "O"]}, "1 words, 2 labels"),
        ({"tokens": ["a"], "ner_tags": [3]}, "label 3 has no name"),
        ({"tokens": ["a"], "ner_tags": ["S-PER"]}, "no BIO label"),
    ],
)
def test_a_wrong_row_is_named(row, reason):
    with pytest.raises(mnerbench.MnerbenchError, match=reason) as caught:
        mnerbench.corpus_from_datasets({"train": [{"tokens": [], "ner_tags": []}, row]}, "mine")
    assert "mine, train, row 1" in str(caught.value)


def test_a_wrong_split_is_named():
    with pytest.raises(mnerbench.MnerbenchError, match="'tests' is not a split"):
        mnerbench.corpus_from_datasets({"tests": []}, "mine")


def test_a_corpus_prints_its_sizes_not_its_tweets(fixtures):
    corpus = mnerbench.load_corpus("tiny", fixtures)
    assert repr(corpus).startswith("<Corpus tiny: train ")
    assert len(repr(corpus)) < 200
    total = sum(example.labels.count("B-PER") for example in corpus["test"])
    assert f"<td>{total}</td>" in corpus._repr_html_()


def test_scores_are_those_of_seqeval():
    gold = [["B-PER", "I-PER", "O"], ["B-LOC", "O", "B-ORG"]]
    predicted = [["B-PER", "O", "O"], ["B-LOC", "O", "I-ORG"]]
    scores = mnerbench.score(gold, predicted)
    assert scores.f1 == pytest.approx(f1_score(gold, predicted))
    assert list(scores.types.type) == ["LOC", "ORG", "PER", "all"]


@pytest.mark.parametrize(
    ("gold", "predicted", "scorer", "reason"),
    [
        ([["O"]], [], "conlleval", "1 tweets with gold labels, 0"),
        ([["O"]], [["O", "O"]], "conlleval", "tweet 0: 1 gold labels, 2"),
        ([["O"]], [["O"]], "conleval", "did you mean 'conlleval'"),
    ],
)
def test_labels_that_do_not_match_are_refused(gold, predicted, scorer, reason):
    with pytest.raises(mnerbench.MnerbenchError, match=reason):
        mnerbench.score(gold, predicted, scorer)
