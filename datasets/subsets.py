"""Nested subsets of splits: a larger subset contains the smaller ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.seeds import derive_seed


def training_order(size: int, seed: int) -> list[int]:
    """The order in which tweets join a growing training subset ("Can images help", Fig. 3).

    Args:
        size: number of tweets of the whole split.
        seed: seed of the run; runs of all methods with the same seed train on the same tweets.
    """
    order = list(range(size))
    random.Random(derive_seed("training subset", seed, size=8)).shuffle(order)  # noqa: S311 - not for secrets
    return order


def training_tweets(whole: Sequence[Example], count: int | None, seed: int) -> list[Example]:
    """The training subset of `count` tweets, in file order; all tweets if `count` is None."""
    if count is None:
        return list(whole)
    return [whole[index] for index in sorted(training_order(len(whole), seed)[:count])]


def limited(corpus: Corpus, count: int | None) -> Corpus:
    """The corpus with at most `count` tweets of dev and of test each, in file order; the corpus itself for None.

    The tweets are drawn once, the same for all methods and seeds, so that runs pair.
    """
    if count is None:
        return corpus
    splits = dict(corpus.splits)
    for split in ("valid", "test"):
        if len(whole := splits.get(split, ())) > count:
            order = list(range(len(whole)))
            random.Random(derive_seed("partial", split, size=8)).shuffle(order)  # noqa: S311 - not for secrets
            splits[split] = tuple(whole[index] for index in sorted(order[:count]))
    return replace(corpus, splits=splits)
