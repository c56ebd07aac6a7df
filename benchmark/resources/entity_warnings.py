"""Splits without a single entity: a method cannot learn, pick its epoch or be scored on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.subsets import training_tweets
from mnerbench.datasets.tagging import conll_spans

_WHAT = {
    "train": "a method can only learn to predict none",
    "valid": "dev F1 is 0.00 in every epoch, and the first epoch is kept",
    "test": "there is no F1, no rank and no difference to the baseline",
}


def without_entities(jobs: Sequence[Job], materials: LocalResources) -> Iterator[str]:
    """A sentence per split of which no tweet holds an entity.

    Args:
        jobs: of a grid.
        materials: gives the tweets.
    """
    # By content, not by run: a grid of a thousand runs has a handful of training sets.
    trained = {
        (job.spec.dataset.name, job.spec.dataset.train_tweets, job.spec.seed if job.spec.dataset.train_tweets else None)
        for job in jobs
    }
    for name, size, seed in sorted(trained, key=str):
        train = training_tweets(materials.corpus(name)["train"], size, seed or 0)
        if not _entities(train):
            which = name if size is None else f"{name} ({size:,} tweets, seed {seed})"
            yield _sentence(which, "train", train)
    own = {(job.spec.dataset.name, split) for job in jobs for split in ("valid", "test")}
    others = {(other.name, "test") for job in jobs for other in job.spec.transfer}
    for name, split in sorted(own | others):
        tweets = materials.corpus(name).splits.get(split)
        if tweets is not None and not _entities(tweets):
            yield _sentence(name, split, tweets)


def _sentence(which: str, split: str, tweets: Sequence[Example]) -> str:
    return f"{which}: no entity in the {len(tweets):,} tweets of {split}: {_WHAT[split]}"


def _entities(tweets: Sequence[Example]) -> bool:
    return any(conll_spans(example.labels) for example in tweets)
