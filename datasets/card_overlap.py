"""Tweets that a split of one dataset shares with another split of another dataset, as cards state them."""

from __future__ import annotations

from mnerbench.datasets.card import CorpusOverlap, DatasetCard

_LEARNT_FROM = ("train", "valid")  # weights are fitted on the first, the epoch is chosen on the second


def shared_tweets(trained: DatasetCard, tested: DatasetCard) -> tuple[str, ...]:
    """Test tweets of one dataset that training on another one sees, one sentence per pair of splits.

    Datasets with the same tweets (`images_of`) share what each other's cards state.

    Args:
        trained: card of the dataset whose train and valid are used.
        tested: card of the dataset whose test is scored.
    """
    stated = [
        describe(trained, overlap)
        for overlap in trained.overlaps
        if (overlap.split in _LEARNT_FROM, overlap.of) == (True, "test") and overlap.dataset in _same_tweets(tested)
    ]
    stated += [
        describe(tested, overlap)
        for overlap in tested.overlaps
        if (overlap.split, overlap.of in _LEARNT_FROM) == ("test", True) and overlap.dataset in _same_tweets(trained)
    ]
    return tuple(stated)


def describe(card: DatasetCard, overlap: CorpusOverlap) -> str:
    """`train of twitter-gmner holds 1,563 tweets of test of twitter15`, or `may hold tweets` if none were counted."""
    amount = "may hold" if overlap.tweets is None else f"holds {overlap.tweets:,}"
    return f"{overlap.split} of {card.name} {amount} tweets of {overlap.of} of {overlap.dataset}"


def _same_tweets(card: DatasetCard) -> set[str]:
    return {card.name} | ({card.images_of} if card.images_of is not None else set())
