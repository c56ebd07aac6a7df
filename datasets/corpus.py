"""What every reader returns and every part of the harness passes on: examples, splits, fingerprints."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class Example:
    """One tweet: words, one label per word, and the name of its picture.

    Attributes:
        id: unique within its split; the running number for formats that have no ids.
        words: the words as they stand in the file (a word can be a no-break space).
        labels: one BIO label per word, types in the names of the corpus' label map.
        image_id: key of the picture in every visual input, or None when the tweet never had one.
    """

    id: str
    words: tuple[str, ...]
    labels: tuple[str, ...]
    image_id: str | None = None

    def __post_init__(self) -> None:
        if len(self.words) != len(self.labels):
            raise ValueError(f"example {self.id}: {len(self.words)} words but {len(self.labels)} labels")


def fingerprint(examples: Iterable[Example]) -> str:
    """sha256 (hex) over words, labels and image ids, in order: equal content, equal fingerprint, in whatever format."""
    digest = hashlib.sha256()
    for example in examples:
        row = [example.words, example.labels, example.image_id]
        digest.update(json.dumps(row, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()


@dataclass(frozen=True)
class Corpus:
    """Named splits of examples with one set of entity types.

    Attributes:
        name: the catalog name of the variant (`twitter15`), printed wherever its results are.
        splits: `train`, `valid`, `test` (or fewer), each in file order.
        types: entity types, in the order tables print them.
        missing_images: image ids that tweets name but that are known to be lost.
    """

    name: str
    splits: Mapping[str, tuple[Example, ...]]
    types: tuple[str, ...]
    missing_images: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "splits", MappingProxyType(dict(self.splits)))

    def __reduce__(self) -> tuple[object, ...]:
        # A mapping proxy cannot be pickled, and worker processes may be handed a corpus.
        return Corpus, (self.name, dict(self.splits), self.types, self.missing_images)

    def __getitem__(self, split: str) -> tuple[Example, ...]:
        return self.splits[split]

    @cached_property
    def fingerprints(self) -> Mapping[str, str]:
        """sha256 per split."""
        return {split: fingerprint(examples) for split, examples in self.splits.items()}
