"""Nested subsets of training tweets, and of the scored tweets of partial runs."""

from mnerbench.datasets.corpus import SPLITS, Corpus, Example
from mnerbench.datasets.subsets import limited, training_order, training_tweets

TWEETS = [Example(str(n), ("a",), ("O",)) for n in range(50)]


def test_sizes_are_nested_and_seeds_differ():
    subsets = {size: set(training_tweets(TWEETS, size, 3)) for size in (5, 20, 50)}
    assert [len(subset) for subset in subsets.values()] == [5, 20, 50]
    assert subsets[5] < subsets[20] < subsets[50] == set(TWEETS)
    assert training_order(50, 3) != training_order(50, 4)


def test_the_order_of_the_file_stays_and_all_is_all():
    subset = training_tweets(TWEETS, 20, 0)
    assert subset == sorted(subset, key=lambda tweet: int(tweet.id))
    assert training_tweets(TWEETS, None, 0) == TWEETS


def test_the_order_never_changes():
    # Stored runs must stay comparable with new ones.
    assert training_order(10, 0) == [8, 6, 5, 1, 7, 9, 0, 4, 2, 3]


def test_a_limit_keeps_the_order_and_the_training_tweets():
    splits = {name: tuple(Example(f"{name} {n}", ("a",), ("O",)) for n in range(9)) for name in SPLITS}
    corpus = Corpus("c", splits, ("PER",))
    small, large = limited(corpus, 3), limited(corpus, 6)
    assert small["train"] == corpus["train"]
    for split in ("valid", "test"):
        assert len(small[split]) == 3
        assert set(small[split]) < set(large[split]) < set(corpus[split])
        assert list(small[split]) == sorted(small[split], key=list(corpus[split]).index)
    positions = [[list(corpus[split]).index(tweet) for tweet in small[split]] for split in ("valid", "test")]
    assert positions[0] != positions[1]
    assert limited(corpus, 3).fingerprints == small.fingerprints != corpus.fingerprints
    assert limited(corpus, 9).fingerprints == corpus.fingerprints
    assert limited(corpus, None) is corpus
