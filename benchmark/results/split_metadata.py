"""Descriptions of scored splits, stored next to the records, so that reports need no data folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from pydantic import Field

from mnerbench.benchmark.results.damage import Damage, DamagedFileError, DamageLog
from mnerbench.benchmark.results.spec import DatasetRef, Frozen
from mnerbench.benchmark.results.stored_files import ASIDE, parse_stored, read_stored, set_aside, store_path
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.corpus import ImageRef, ids_of
from mnerbench.datasets.slices import KnownNames, TweetTraits
from mnerbench.datasets.subsets import training_order
from mnerbench.datasets.write_errors import cannot_write

SPLITS = "splits"  # folder in a results folder


class ScoredTweet(Frozen):
    """A tweet of a scored split; None means unknown."""

    id: str
    words: tuple[str, ...]
    image_id: ImageRef = Field(None, description="image id of its picture; all of them if it has several")
    pictured: bool | None = Field(None, description="whether its picture, or one of several, is available")
    ocr: bool | None = Field(None, description="whether its picture contains text")
    related: bool | None = Field(None, description="whether the picture is related to the text")
    texts: Mapping[str, tuple[str, ...]] = Field(default_factory=dict, description="texts of the picture, by kind")

    @property
    def image_ids(self) -> tuple[str, ...]:
        """The image ids of its pictures, in order."""
        return ids_of(self.image_id)

    @property
    def traits(self) -> TweetTraits:
        """The properties that determine the tweet's slices."""
        return TweetTraits(len(self.words), self.pictured, self.ocr, self.related)


class ScoredSplit(Frozen):
    """A scored split and the entities of the training split.

    Stored as `<out>/splits/<name>.json`; independent of any run.
    """

    trained_on: str
    tested_on: str
    split: str
    fingerprint: str = Field(description="sha256 of the split")
    train_fingerprint: str = Field(description="sha256 of the training split; empty if there is none")
    train_size: int = Field(ge=0, le=10_000_000)
    tweets: tuple[ScoredTweet, ...]
    train_entities: tuple[tuple[int, tuple[str, ...], str], ...] = Field(description="tweet of train, words, type")

    def known_names(self, train_tweets: int | None, seed: int) -> KnownNames:
        """The entities that a run saw in training.

        Args:
            train_tweets: size of the run's training subset; None for all tweets.
            seed: seed of the run, which determines the subset.
        """
        if train_tweets is None:
            return KnownNames((words, kind) for _, words, kind in self.train_entities)
        subset = set(training_order(self.train_size, seed)[:train_tweets])
        return KnownNames((words, kind) for tweet, words, kind in self.train_entities if tweet in subset)

    @cached_property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """Words of every tweet."""
        return tuple(tweet.words for tweet in self.tweets)

    @cached_property
    def slices(self) -> tuple[tuple[str, ...], ...]:
        """Slices of every tweet."""
        return tuple(tweet.traits.slices for tweet in self.tweets)

    @cached_property
    def digest(self) -> str:
        """sha256 of everything that determines slices; stored counts with another digest are outdated."""
        traits = [[item.id, item.words, item.pictured, item.ocr, item.related] for item in self.tweets]
        text = json.dumps([traits, self.train_entities, self.train_size], separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def merged_with(self, old: ScoredSplit) -> ScoredSplit:
        """This description, completed by an older one of the same split."""
        if len(old.tweets) != len(self.tweets):
            return self  # not the same split, despite its name
        tweets = tuple(
            new.model_copy(
                update={
                    "texts": {**previous.texts, **new.texts},
                    **{name: getattr(previous, name) for name in ("pictured", "ocr") if getattr(new, name) is None},
                }
            )
            for new, previous in zip(self.tweets, old.tweets, strict=True)
        )
        return self.model_copy(update={"tweets": tweets})


def split_path(root: Path, trained_on: DatasetRef, tested_on: DatasetRef, split: str) -> Path:
    """The file of a split's description: one per content of training and scored split.

    Raises:
        StoreError: A link leads out of the results folder.
    """
    prints = trained_on.fingerprints.get("train"), tested_on.fingerprints[split]
    return store_path(root, SPLITS, _file_name(trained_on.name, tested_on.name, split, prints, trained_on.types))


@lru_cache(maxsize=1 << 10)  # called for every run, split and view of a report
def _file_name(
    trained_on: str, tested_on: str, split: str, prints: tuple[str | None, str], types: tuple[str, ...]
) -> str:
    content = json.dumps([*prints, types])
    pair = tested_on if trained_on == tested_on else f"{trained_on}-to-{tested_on}"
    return f"{pair}.{split}.{hashlib.sha256(content.encode()).hexdigest()[:12]}.json"


def load_split(path: Path) -> ScoredSplit | None:
    """Read a description; None if there is none.

    Raises:
        DamagedFileError: The file is not a description, or cannot be read.
    """
    content = read_stored(path)
    if content is None:
        return None
    try:
        return parse_stored(ScoredSplit, content, "the description of a split")
    except ValueError as error:
        remedy = f"run the suite again: it writes a new description and keeps this file as {path.name}{ASIDE}"
        raise DamagedFileError(Damage(path, str(error), remedy, replaceable=True, excludes=False)) from error


def save_split(path: Path, described: ScoredSplit, log: DamageLog | None = None) -> ScoredSplit:
    """Write a description, merged with the stored one.

    Args:
        path: from `split_path`.
        described: the new description.
        log: receives a damaged stored description, which is then renamed; None to raise instead.

    Raises:
        StoreError: The folder cannot be written.
        DamagedFileError: The stored description is damaged.
    """
    old = None
    try:
        old = load_split(path)
        merged = described.merged_with(old) if old is not None else described
    except DamagedFileError as error:
        if log is None or not error.damage.replaceable:
            raise
        log.add(error.damage)
        try:
            set_aside(path)
        except OSError as reason:
            raise cannot_write(path, reason) from reason
        merged = described
    if merged != old:
        write_atomically(path, merged.model_dump_json())
    return merged


def tweets_in_order(described: ScoredSplit, ids: Sequence[str]) -> bool:
    """Whether tweet ids are exactly those of a split, in order."""
    return [tweet.id for tweet in described.tweets] == list(ids)
