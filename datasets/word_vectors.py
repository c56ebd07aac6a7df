"""Vectors of words from a text file: a word and its numbers per line, as GloVe and word2vec write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import open_binary, require_regular

_FORM = "write a word, a blank and its numbers, divided by blanks, per line"
_MOST_LINE = 16 << 20
_MOST_WIDTH = 100_000
Vectors = Mapping[str, NDArray[np.float32]]


# One training set after the other asks for the same words; a file has millions of lines.
@lru_cache(maxsize=2)
def _read(path: Path, _state: tuple[int, int], words: frozenset[str]) -> Vectors:
    found: dict[str, NDArray[np.float32]] = {}
    exact: set[str] = set()
    width = None
    with open_binary(path, most=None) as stream:
        for number, line in enumerate(_lines(path, stream), start=1):
            head, _, rest = line.rstrip().partition(b" ")
            if number == 1 and head.isdigit() and rest.isdigit():
                width = _stated_width(path, rest)  # word2vec's first line: words and width
                continue
            width = width or len(rest.split())
            word = head.decode("utf-8", errors="replace")
            wanted = word.lower()
            # A file with both cases has better numbers for the word as it is asked for.
            if wanted not in words or wanted in exact or (wanted in found and word != wanted):
                continue
            if len(parts := rest.split()) > width:
                continue  # a word with blanks in it
            found[wanted] = _numbers(parts, width, path, number)
            if word == wanted:
                exact.add(wanted)
    return MappingProxyType(found)


def _lines(path: Path, stream: BinaryIO) -> Iterator[bytes]:
    """Lines one at a time: of a file without line ends no more than one is held."""
    number = 0
    while line := stream.readline(_MOST_LINE + 1):
        number += 1
        if len(line) > _MOST_LINE:
            raise DataError.at(path, number, f"a line of more than {_MOST_LINE:,} bytes", _FORM)
        yield line


def _stated_width(path: Path, digits: bytes) -> int:
    # Not `int` first: it takes no number of thousands of digits.
    width = int(digits) if len(digits) < 7 else 0
    if not 0 < width <= _MOST_WIDTH:
        reason = f"vectors of {one_line(digits.decode(), 20)} numbers, where 1 to {_MOST_WIDTH:,} can be"
        raise DataError.at(path, 1, reason, "see whether it is the right file")
    return width


def _numbers(parts: Sequence[bytes], width: int, path: Path, line: int) -> NDArray[np.float32]:
    try:
        vector = np.array(parts, np.float32)
    except ValueError:
        raise DataError.at(path, line, "not numbers behind the word", _FORM) from None
    if not width or len(vector) != width:
        raise DataError.at(path, line, f"{len(vector)} numbers, the first line has {width}", "is the file whole?")
    if not np.isfinite(vector).all():
        raise DataError.at(path, line, "a number that is not finite", "mend or remove the line")
    return vector


def read_word_vectors(path: Path, words: frozenset[str]) -> Vectors:
    """The vectors of some words.

    Args:
        path: a text file; word2vec's first line, with two numbers, is passed over.
        words: in lower case. A word of the file counts in lower case; where several do, the one written so.

    Raises:
        DataError: a line of a wanted word is not one (names file and line), none of the words is there, or the file
            cannot be read.
        MissingInputError: there is no such file.
    """
    require_regular(path)
    state = path.stat()
    found = _read(path, (state.st_size, state.st_mtime_ns), words)
    if words and not found:
        raise DataError.at(path, None, f"has none of {len(words):,} words that are asked for", _FORM)
    return found
