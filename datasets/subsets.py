"""Smaller training sets, nested: a larger one of the same seed holds the smaller ones."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

from mnerbench.datasets.corpus import Example


def training_order(size: int, seed: int) -> list[int]:
    """The order in which the tweets of a training split come in as it grows ("Can images help", Fig. 3).

    Args:
        size: tweets of the whole split.
        seed: of the run; runs of all methods with one seed see the same tweets.
    """
    digest = hashlib.sha256(f"training subset:{seed}".encode()).digest()
    order = list(range(size))
    random.Random(int.from_bytes(digest[:8], "big")).shuffle(order)  # noqa: S311 - not for secrets
    return order


def training_tweets(whole: Sequence[Example], count: int | None, seed: int) -> list[Example]:
    """The tweets of a training set of some size, in the order of the file; all when `count` is None."""
    if count is None:
        return list(whole)
    return [whole[place] for place in sorted(training_order(len(whole), seed)[:count])]
