"""Interface of tokenizers: words to subword ids, and the special tokens around texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

SubwordIds = list[int]


class Template(NamedTuple):
    """Special tokens around a text and around a pair of texts."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    between: tuple[int, ...]
    after_pair: tuple[int, ...]
    second_segment: int

    @property
    def single(self) -> int:
        """Number of special tokens of a window with one text."""
        return len(self.before) + len(self.after)

    @property
    def pair(self) -> int:
        """Number of special tokens of a window with two texts."""
        return len(self.before) + len(self.between) + len(self.after_pair)


class Tokenizer(Protocol):
    """Maps words to subword ids.

    Attributes:
        template: special tokens around texts.
        pad: id of the padding token.
        limit: maximum number of subwords per window, special tokens included.
    """

    @property
    def template(self) -> Template: ...  # noqa: D102
    @property
    def pad(self) -> int: ...  # noqa: D102
    @property
    def limit(self) -> int: ...  # noqa: D102

    def learn(self, words: Iterable[str]) -> None:
        """Tokenise words ahead of their use."""

    def words(self, words: Iterable[str]) -> list[SubwordIds]:
        """Subwords per word, at least one each."""

    def zero_piece_words(self, words: Iterable[str]) -> int:
        """Number of words without subwords or vectors of their own."""

    def context(self, texts: Sequence[str]) -> SubwordIds:
        """Subwords of the texts appended to a tweet."""
