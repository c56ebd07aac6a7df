"""Warnings about splits without entities, on which a method cannot learn, select its epoch or be scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.subsets import training_order
from mnerbench.datasets.tagging import conll_spans

_CONSEQUENCES = {
    "train": "a method can only learn to predict none",
    "valid": "dev F1 is 0.00 in every epoch, so the first epoch is selected",
    "test": "there is no F1, no rank and no difference to the baseline",
}

_EVALUATED = ("valid", "test")


def empty_split_warnings(jobs: Sequence[Job], resources: LocalResources) -> Iterator[str]:
    """A warning per split without entities.

    Args:
        jobs: the jobs of a grid.
        resources: loads the tweets.
    """
    # Per training set, not per run: runs of all methods share them.
    trained = {
        (job.spec.dataset.name, job.spec.dataset.train_tweets, job.spec.seed if job.spec.dataset.train_tweets else None)
        for job in jobs
    }
    empty = cache(lambda name, seed: _leading_tweets_without_entity(resources.corpus(name)["train"], seed))
    for name, size, seed in sorted(trained, key=str):
        count = len(resources.corpus(name)["train"]) if size is None else size
        if count <= empty(name, seed):
            title = name if size is None else f"{name} ({size:,} tweets, seed {seed})"
            yield _sentence(title, "train", count)
    refs = {(data.name, data.limit_test): data for job in jobs for data in (*job.spec.transfer, job.spec.dataset)}
    scored = {((job.spec.dataset.name, job.spec.dataset.limit_test), split) for job in jobs for split in _EVALUATED}
    transfer = {((ref.name, ref.limit_test), "test") for job in jobs for ref in job.spec.transfer}
    for key, split in sorted(scored | transfer, key=str):
        tweets = resources.tweets(refs[key]).splits.get(split)
        if tweets is not None and not any(map(_has_entity, tweets)):
            yield _sentence(key[0], split, len(tweets))


def _sentence(title: str, split: str, tweets: int) -> str:
    return f"{title}: no entity in the {tweets:,} tweets of {split}: {_CONSEQUENCES[split]}"


def _leading_tweets_without_entity(train: Sequence[Example], seed: int | None) -> int:
    """The size of the largest training subset of a seed without entities; the subsets of a seed are nested."""
    order = range(len(train)) if seed is None else training_order(len(train), seed)
    return next((count for count, index in enumerate(order) if _has_entity(train[index])), len(train))


def _has_entity(tweet: Example) -> bool:
    return bool(conll_spans(tweet.labels))
