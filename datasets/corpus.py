"""The data model of a corpus: examples, splits, fingerprints."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from mnerbench.datasets.errors import suggestion

ValueT = TypeVar("ValueT")

# The picture of a tweet, as passed to every visual input: its image id, the image ids of all its pictures in order if
# there are several, or None.
ImageRef = str | tuple[str, ...] | None

SPLITS = ("train", "valid", "test")
# Usual names of the splits.
SPLIT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("train", "training", "trn"), "train"),
        **dict.fromkeys(("valid", "validation", "val", "dev", "devel", "development"), "valid"),
        **dict.fromkeys(("test", "testing", "tst"), "test"),
    }
)


def by_split_name(table: Mapping[str, ValueT]) -> dict[str, ValueT]:
    """Rename the keys of a table by split to the harness's names.

    Raises:
        ValueError: a key is not the name of a split, or two keys name the same split.
    """
    splits: dict[str, ValueT] = {}
    for key, value in table.items():
        split = SPLIT_NAMES.get(key.lower())
        if split is None:
            raise ValueError(f"{key!r} is not a split{suggestion(key, SPLITS)}")
        if split in splits:
            raise ValueError(f"{key!r} names the split {split!r}, which is already given")
        splits[split] = value
    return splits


def image_ref(ids: Sequence[str]) -> ImageRef:
    """Refer to pictures by their image ids."""
    return tuple(ids) if len(ids) > 1 else ids[0] if ids else None


def ids_of(image: ImageRef) -> tuple[str, ...]:
    """The image ids of a tweet's pictures, in order."""
    return image if isinstance(image, tuple) else () if image is None else (image,)


@dataclass(frozen=True, slots=True)
class Example:
    """One tweet: words, one label per word, and the id of its picture.

    Attributes:
        id: unique within its split; the running number for formats without ids.
        words: the words as in the file (a word can be a no-break space).
        labels: one BIO label per word, with the type names of the corpus.
        image_id: key of the picture in every visual input; the keys of all its pictures in the tweet's order if there
            are several; None when the tweet never had a picture.
        related: whether picture and text are related; None if this was not annotated.
    """

    id: str
    words: tuple[str, ...]
    labels: tuple[str, ...]
    image_id: ImageRef = None
    related: bool | None = None

    def __post_init__(self) -> None:
        if len(self.words) != len(self.labels):
            raise ValueError(f"example {self.id}: {len(self.words)} words but {len(self.labels)} labels")

    @property
    def image_ids(self) -> tuple[str, ...]:
        """The image ids of its pictures, in order."""
        return ids_of(self.image_id)


def fingerprint(examples: Iterable[Example]) -> str:
    """sha256 (hex) over words, labels and image ids, in order; independent of the file format."""
    digest = hashlib.sha256()
    for example in examples:
        row = [example.words, example.labels, example.image_id]
        digest.update(json.dumps(row, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()


def relation_digest(examples: Iterable[Example]) -> str | None:
    """sha256 (hex) over the relation labels of some tweets, in order; None if no tweet has one."""
    labels = [example.related for example in examples]
    if all(label is None for label in labels):
        return None
    return hashlib.sha256(json.dumps(labels, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, repr=False)
class Corpus:
    """Named splits of examples with one set of entity types.

    Attributes:
        name: the catalog name of the variant (`twitter15`), printed with its results.
        splits: `train`, `valid`, `test` (or fewer), each in file order.
        types: entity types, in the order tables print them.
        missing_images: ids of images that tweets name but that are known to be lost.
        policies: how often each reading policy was applied, by split and policy name.
        schemes: labelling scheme of the files, by split, where it is not BIO; the examples are in BIO.
    """

    name: str
    splits: Mapping[str, tuple[Example, ...]]
    types: tuple[str, ...]
    missing_images: frozenset[str] = frozenset()
    policies: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    schemes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "splits", MappingProxyType(dict(self.splits)))

    def __repr__(self) -> str:
        sizes = ", ".join(f"{split} {len(examples):,}" for split, examples in self.splits.items())
        return f"<Corpus {self.name}: {sizes} tweets; types {', '.join(self.types)}>"

    def _repr_html_(self) -> str:
        """The number of tweets, words, pictures and entities by type of each split, for notebooks."""
        counts = {
            split: {
                "tweets": len(examples),
                "words": sum(len(example.words) for example in examples),
                "pictures": len({image for example in examples for image in example.image_ids}),
                **{kind: sum(example.labels.count(f"B-{kind}") for example in examples) for kind in self.types},
            }
            for split, examples in self.splits.items()
        }
        names = next(iter(counts.values()), {})
        head = "".join(f"<th>{html.escape(name)}</th>" for name in ("split", *names))
        rows = "".join(
            f"<tr><td>{html.escape(split)}</td>{''.join(f'<td>{count:,}</td>' for count in of_split.values())}</tr>"
            for split, of_split in counts.items()
        )
        return f"<table><caption>{html.escape(self.name)}</caption><tr>{head}</tr>{rows}</table>"

    def __reduce__(self) -> tuple[object, ...]:
        # A mapping proxy cannot be pickled, and worker processes may receive a corpus.
        policies, schemes = dict(self.policies), dict(self.schemes)
        return Corpus, (self.name, dict(self.splits), self.types, self.missing_images, policies, schemes)

    def __getitem__(self, split: str) -> tuple[Example, ...]:
        return self.splits[split]

    @property
    def names_pictures(self) -> bool:
        """Whether any tweet names a picture."""
        return any(example.image_id is not None for examples in self.splits.values() for example in examples)

    @cached_property
    def image_ids(self) -> frozenset[str]:
        """The image ids that tweets name."""
        return frozenset(image for examples in self.splits.values() for tweet in examples for image in tweet.image_ids)

    def tweets_without(self, pictures: Collection[str]) -> int:
        """Number of tweets of which no picture is among the given ones, by image id."""
        tweets = (tweet for examples in self.splits.values() for tweet in examples)
        return sum(all(image not in pictures for image in tweet.image_ids) for tweet in tweets)

    @property
    def policy_lines(self) -> list[str]:
        """What reading changed, one line per policy: `entities_overlapping_dropped: train 3, test 1`."""
        names = dict.fromkeys(name for counts in self.policies.values() for name in counts)
        by_policy = {
            name: [(split, counts[name]) for split, counts in self.policies.items() if name in counts] for name in names
        }
        return [
            f"{name}: {', '.join(f'{split} {count:,}' for split, count in counts)}"
            for name, counts in by_policy.items()
        ]

    @cached_property
    def fingerprints(self) -> Mapping[str, str]:
        """sha256 per split."""
        return {split: fingerprint(examples) for split, examples in self.splits.items()}
