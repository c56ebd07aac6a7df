"""Format-independent content of a prediction file: tweets with labels or entities, as written by its author."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import overload

from mnerbench.datasets.corpus import Example

Lines = Sequence[tuple[int, str]]


class PredictionFormat(StrEnum):
    """File format of predictions; each has a module in `benchmark/external/formats/`."""

    COLUMNS = "columns"
    JSONL = "jsonl"
    BLOCKS = "blocks"
    LABELS = "labels"
    INLINE = "inline"


class LabelScheme(StrEnum):
    """Label scheme that encodes entities."""

    BIO = "bio"
    IOB1 = "iob1"
    BIOES = "bioes"
    BILOU = "bilou"
    BMES = "bmes"
    IO = "io"


@dataclass(frozen=True, slots=True)
class PredictedEntity:
    """An entity predicted by a system.

    Attributes:
        type: type as written in the file; a label such as `B-PER` if items are tokens.
        text: its words; None if there are only offsets.
        start: begin offset, in characters or words; None if the file has none.
        end: end offset, exclusive or inclusive, as written.
    """

    type: str
    text: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class PredictedTweet:
    """A tweet of a prediction file.

    Attributes:
        line: its first line.
        words: empty if the file has none.
        predicted: word labels; fewer than words if a length limit or a tokenizer removed some. Empty with `entities`.
        gold: the file's gold labels, one per word or per predicted label; None if there are none.
        image: image id, or None.
        id: tweet id, or None.
        entities: predicted entities instead of labels, or None.
        text: the tweet as one string, or None.
        unreadable: why the system's answer could not be read; None if it could.
    """

    line: int
    words: tuple[str, ...]
    predicted: tuple[str, ...] = ()
    gold: tuple[str, ...] | None = None
    image: str | None = None
    id: str | None = None
    entities: tuple[PredictedEntity, ...] | None = None
    text: str | None = None
    unreadable: str | None = None


class LazyTweets(Sequence[PredictedTweet], ABC):
    """A sequence of tweets that are created on access."""

    @abstractmethod
    def at(self, number: int) -> PredictedTweet:
        """The tweet at a valid, non-negative index."""

    @overload
    def __getitem__(self, index: int) -> PredictedTweet: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[PredictedTweet]: ...

    def __getitem__(self, index: int | slice) -> PredictedTweet | Sequence[PredictedTweet]:
        if isinstance(index, slice):
            return [self.at(number) for number in range(len(self))[index]]
        return self.at(range(len(self))[index])

    def __iter__(self) -> Iterator[PredictedTweet]:
        return map(self.at, range(len(self)))


@dataclass(frozen=True)
class PredictionFile:
    """A prediction file as read.

    Attributes:
        path: the file; for an archive, with the member.
        format: its format.
        tweets: tweets in file order.
        decisions: how the reader interpreted the file, a sentence each.
        names: the file's names of label numbers, in order; empty if it has none.
    """

    path: Path | str
    format: PredictionFormat
    tweets: Sequence[PredictedTweet]
    decisions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadingOptions:
    """User settings for reading a file; defaults are inferred from the file, which is refused if ambiguous.

    Attributes:
        format: file format.
        scheme: label scheme.
        names: labels by number.
        types: maps type names in the file to types of the dataset, or to `O`.
        predicted: JSON key, header name or column number (from 1) of the predictions.
        allow_types: keep entities of types that the dataset does not have; each counts as wrong.
    """

    format: PredictionFormat | None = None
    scheme: LabelScheme | None = None
    names: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    predicted: str | None = None
    allow_types: bool = False


@dataclass(frozen=True)
class Reference:
    """The split and types against which predictions are read.

    Attributes:
        examples: the test split.
        types: entity types of the dataset.
        label_map: aliases of types, such as `OTHER` for `MISC`.
    """

    examples: Sequence[Example] = ()
    types: Sequence[str] = ()
    label_map: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All words of the split."""
        return frozenset(word for example in self.examples for word in example.words)
