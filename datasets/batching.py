"""Length-bucketed batches: little padding, a fixed number of tweets per batch, determined by the seed."""

from __future__ import annotations

import random
from collections.abc import Sequence

_BATCHES_PER_POOL = 50


def bucketed_batches(lengths: Sequence[int], batch_size: int, seed: int | None) -> list[list[int]]:
    """Group tweets of similar length into batches of exactly `batch_size` (one batch may be smaller).

    With a seed: shuffle all indices, cut them into pools of fifty batches, sort each pool by length, cut it into
    batches, shuffle the batches. Pools keep batches random from epoch to epoch; sorting all tweets would not.

    Args:
        lengths: length of each tweet, in the unit that is padded (subwords).
        batch_size: tweets per batch.
        seed: seed of this epoch; None sorts everything by length, for evaluation.

    Returns:
        Batches of indices into `lengths`; each index occurs exactly once.

    Raises:
        ValueError: `batch_size` is below 1.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; it must be at least 1")
    order = list(range(len(lengths)))
    pool_size = max(len(order), 1)
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    if seed is not None:
        rng.shuffle(order)
        pool_size = batch_size * _BATCHES_PER_POOL
    batches = []
    for start in range(0, len(order), pool_size):
        # The sort is stable: ties keep the shuffled order (file order without a seed).
        pool = sorted(order[start : start + pool_size], key=lengths.__getitem__)
        batches += [pool[cut : cut + batch_size] for cut in range(0, len(pool), batch_size)]
    if seed is not None:
        rng.shuffle(batches)
    return batches
