"""Reader of word vectors from text files in the format of GloVe and word2vec: one word and its numbers per line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import open_binary, require_regular

_FORM = "write a word and its numbers per line, separated by spaces"
_MOST_LINE = 16 << 20
_MOST_WIDTH = 100_000
Vectors = Mapping[str, NDArray[np.float32]]


# Cached, because the runs of a grid request the same words from a file of millions of lines.
@lru_cache(maxsize=2)
def _read(path: Path, _state: tuple[int, int], words: frozenset[str]) -> Vectors:
    vectors: dict[str, NDArray[np.float32]] = {}
    exact: set[str] = set()
    for word, entry in entries(path):
        lowered = word.lower()
        # If a file has several cases of a word, the vector of the lower-cased one is preferred.
        if lowered not in words or lowered in exact or (lowered in vectors and word != lowered):
            continue
        if (vector := entry.vector(path)) is None:
            continue
        vectors[lowered] = vector
        if word == lowered:
            exact.add(lowered)
    return MappingProxyType(vectors)


class Entry(NamedTuple):
    """The numbers of a word, not parsed yet: those of most words of a file are never needed.

    Attributes:
        line: number of the line.
        numbers: what follows the word.
        width: how many numbers there should be.
    """

    line: int
    numbers: bytes
    width: int

    def vector(self, path: Path) -> NDArray[np.float32] | None:
        """The vector; None if the word contains spaces, so that more than `width` parts follow its first one.

        Raises:
            DataError: too few numbers, or invalid ones, with file and line.
        """
        parts = self.numbers.split()
        return _numbers(parts, self.width, path, self.line) if len(parts) <= self.width else None


def entries(path: Path) -> Iterator[tuple[str, Entry]]:
    """The words of a file with their entries, in order.

    Raises:
        DataError: the file cannot be read, or has a line without end or an impossible first line.
    """
    width = None
    with open_binary(path, most=None) as stream:
        for number, line in enumerate(_lines(path, stream), start=1):
            head, _, rest = line.rstrip().partition(b" ")
            if number == 1 and head.isdigit() and rest.isdigit():
                width = _stated_width(path, rest)  # word2vec's first line: number of words, and width
                continue
            width = width or len(rest.split())
            yield head.decode("utf-8", errors="replace"), Entry(number, rest, width)


def _lines(path: Path, stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a file, one at a time and of bounded length, so that a file without line ends is not read whole."""
    number = 0
    while line := stream.readline(_MOST_LINE + 1):
        number += 1
        if len(line) > _MOST_LINE:
            raise DataError.at(path, number, f"a line of more than {_MOST_LINE:,} bytes", _FORM)
        yield line


def _stated_width(path: Path, digits: bytes) -> int:
    # Check the length first: `int` raises for thousands of digits.
    width = int(digits) if len(digits) < 7 else 0
    if not 0 < width <= _MOST_WIDTH:
        reason = f"vectors of {one_line(digits.decode(), 20)} numbers; the limit is {_MOST_WIDTH:,}"
        raise DataError.at(path, 1, reason, "check whether it is the right file")
    return width


def _numbers(parts: Sequence[bytes], width: int, path: Path, line: int) -> NDArray[np.float32]:
    try:
        vector = np.array(parts, np.float32)
    except ValueError:
        raise DataError.at(path, line, "not numbers after the word", _FORM) from None
    if not width or len(vector) != width:
        reason = f"{len(vector)} numbers, the first line has {width}"
        raise DataError.at(path, line, reason, "check whether the file is complete")
    if not np.isfinite(vector).all():
        raise DataError.at(path, line, "a number that is not finite", "fix or remove the line")
    return vector


def read_word_vectors(path: Path, words: frozenset[str]) -> Vectors:
    """Read the vectors of some words.

    Args:
        path: a text file; word2vec's first line, with two numbers, is skipped.
        words: words in lower case. The words of the file are lower-cased; of several equal ones, the one that is in
            lower case in the file is taken, else the first.

    Returns:
        The vectors that the file has, by word.

    Raises:
        DataError: the line of a requested word is invalid (with file and line), the file has none of the words, or it
            cannot be read.
        MissingInputError: there is no such file.
    """
    require_regular(path)
    state = path.stat()
    vectors = _read(path, (state.st_size, state.st_mtime_ns), words)
    if words and not vectors:
        raise DataError.at(path, None, f"has none of the {len(words):,} requested words", _FORM)
    return vectors
