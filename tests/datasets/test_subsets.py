"""Smaller training sets."""

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.subsets import training_order, training_tweets

TWEETS = [Example(str(n), ("a",), ("O",)) for n in range(50)]


def test_sizes_are_nested_and_seeds_differ():
    chosen = {size: set(training_tweets(TWEETS, size, 3)) for size in (5, 20, 50)}
    assert [len(found) for found in chosen.values()] == [5, 20, 50]
    assert chosen[5] < chosen[20] < chosen[50] == set(TWEETS)
    assert training_order(50, 3) != training_order(50, 4)


def test_the_order_of_the_file_stays_and_all_is_all():
    found = training_tweets(TWEETS, 20, 0)
    assert found == sorted(found, key=lambda tweet: int(tweet.id))
    assert training_tweets(TWEETS, None, 0) == TWEETS


def test_the_order_never_changes():
    # Runs of last year have to be of the same tweets.
    assert training_order(10, 0) == [8, 6, 5, 1, 7, 9, 0, 4, 2, 3]
