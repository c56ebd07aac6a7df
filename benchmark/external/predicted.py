"""What a prediction file holds, whatever its format: tweets with labels or with entities, as its author wrote them."""

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
    """How predictions are written; `benchmark/external/formats/` has a file for each."""

    COLUMNS = "columns"
    JSONL = "jsonl"
    BLOCKS = "blocks"
    LABELS = "labels"
    INLINE = "inline"


class LabelScheme(StrEnum):
    """How labels write entities."""

    BIO = "bio"
    IOB1 = "iob1"
    BIOES = "bioes"
    BILOU = "bilou"
    BMES = "bmes"
    IO = "io"


@dataclass(frozen=True, slots=True)
class PredictedEntity:
    """One entity that a system wrote down.

    Attributes:
        type: in the file's words; a label such as `B-PER` where items are tokens.
        text: its words; None where only offsets are there.
        start: where it begins, in characters or words; None when the file does not say.
        end: where it ends, exclusive or not, as the author had it.
    """

    type: str
    text: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class PredictedTweet:
    """One tweet of a prediction file.

    Attributes:
        line: where it begins.
        words: empty where the file has none.
        predicted: labels of the words; fewer where a length limit or a tokenizer took some away. Empty with `entities`.
        gold: the file's own gold labels, as many as words or as predicted labels; None when there are none.
        image: image id, or None.
        id: of the tweet, or None.
        entities: predicted entities instead of labels, or None.
        text: the tweet in one string, or None.
        unreadable: why nothing could be read from what the system wrote; None when all is well.
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
    """Tweets that are made when they are asked for."""

    @abstractmethod
    def at(self, number: int) -> PredictedTweet:
        """One tweet; its number is within the length."""

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
    """A prediction file as it was read.

    Attributes:
        path: the file, with the member for an archive.
        format: how it is written.
        tweets: in the file's order.
        decisions: what the reader took the file for, a sentence each.
        names: the file's own names of label numbers, in their order; empty when it has none.
    """

    path: Path | str
    format: PredictionFormat
    tweets: Sequence[PredictedTweet]
    decisions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadingOptions:
    """What a user says about a file; what is left out is found in the file, or the file is refused.

    Attributes:
        format: how it is written.
        scheme: how its labels write entities.
        names: labels by number.
        types: names in the file to types of the dataset, or to `O`.
        predicted: JSON key, header name or column number (from 1) of the predictions.
        allow_types: keep entities of types that the dataset does not have, each of which counts as wrong.
    """

    format: PredictionFormat | None = None
    scheme: LabelScheme | None = None
    names: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    predicted: str | None = None
    allow_types: bool = False


@dataclass(frozen=True)
class Reference:
    """What predictions are read against.

    Attributes:
        examples: the test split.
        types: entity types of the dataset.
        label_map: other names of types, such as `OTHER` for `MISC`.
    """

    examples: Sequence[Example] = ()
    types: Sequence[str] = ()
    label_map: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All words of the split."""
        return frozenset(word for example in self.examples for word in example.words)
