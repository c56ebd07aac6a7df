"""Warnings about splits without entities, on which a method cannot learn, select its epoch or be scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.subsets import training_tweets
from mnerbench.datasets.tagging import conll_spans

_CONSEQUENCES = {
    "train": "a method can only learn to predict none",
    "valid": "dev F1 is 0.00 in every epoch, so the first epoch is selected",
    "test": "there is no F1, no rank and no difference to the baseline",
}


def empty_split_warnings(jobs: Sequence[Job], resources: LocalResources) -> Iterator[str]:
    """A warning per split without entities.

    Args:
        jobs: the jobs of a grid.
        resources: loads the tweets.
    """
    # Per training set, not per run: a grid of a thousand runs has a handful of them.
    trained = {
        (job.spec.dataset.name, job.spec.dataset.train_tweets, job.spec.seed if job.spec.dataset.train_tweets else None)
        for job in jobs
    }
    for name, size, seed in sorted(trained, key=str):
        train = training_tweets(resources.corpus(name)["train"], size, seed or 0)
        if not _entities(train):
            title = name if size is None else f"{name} ({size:,} tweets, seed {seed})"
            yield _sentence(title, "train", train)
    scored = {(job.spec.dataset.name, split) for job in jobs for split in ("valid", "test")}
    transfer = {(ref.name, "test") for job in jobs for ref in job.spec.transfer}
    for name, split in sorted(scored | transfer):
        tweets = resources.corpus(name).splits.get(split)
        if tweets is not None and not _entities(tweets):
            yield _sentence(name, split, tweets)


def _sentence(title: str, split: str, tweets: Sequence[Example]) -> str:
    return f"{title}: no entity in the {len(tweets):,} tweets of {split}: {_CONSEQUENCES[split]}"


def _entities(tweets: Sequence[Example]) -> bool:
    return any(conll_spans(example.labels) for example in tweets)
