"""What turns words into numbers, whatever the encoder: pieces, the special ones around a text, and what is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

Pieces = list[int]


class Template(NamedTuple):
    """The special pieces around one text and around a pair of texts."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    between: tuple[int, ...]
    after_pair: tuple[int, ...]
    second_segment: int

    @property
    def single(self) -> int:
        """Special pieces of a row with one text."""
        return len(self.before) + len(self.after)

    @property
    def pair(self) -> int:
        """Special pieces of a row with two texts."""
        return len(self.before) + len(self.between) + len(self.after_pair)


class Tokenizer(Protocol):
    """From words to numbers.

    Attributes:
        template: special pieces around a text.
        pad: number of the padding piece.
        limit: pieces per row, special ones included.
    """

    @property
    def template(self) -> Template: ...  # noqa: D102
    @property
    def pad(self) -> int: ...  # noqa: D102
    @property
    def limit(self) -> int: ...  # noqa: D102

    def learn(self, words: Iterable[str]) -> None:
        """Be told of the words that will be asked for."""

    def words(self, words: Iterable[str]) -> list[Pieces]:
        """Pieces per word, at least one each."""

    def zero_piece_words(self, words: Iterable[str]) -> int:
        """How many of `words` nothing is known of."""

    def context(self, texts: Sequence[str]) -> Pieces:
        """Pieces of texts that follow a tweet."""
