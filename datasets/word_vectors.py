"""Vectors of words from a text file: a word and its numbers per line, as GloVe and word2vec write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.errors import DataError

Vectors = Mapping[str, NDArray[np.float32]]


# One training set after the other asks for the same words; a file has millions of lines.
@lru_cache(maxsize=2)
def _read(path: Path, _state: tuple[int, int], words: frozenset[str]) -> Vectors:
    found: dict[str, NDArray[np.float32]] = {}
    exact: set[str] = set()
    width = None
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            head, _, rest = line.rstrip().partition(b" ")
            if number == 1 and head.isdigit() and rest.isdigit():
                width = int(rest)  # word2vec's first line: words and width
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


def _numbers(parts: Sequence[bytes], width: int, path: Path, line: int) -> NDArray[np.float32]:
    try:
        vector = np.array(parts, np.float32)
    except ValueError:
        raise DataError.at(path, line, "not numbers behind the word", "a word and its numbers per line") from None
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
        DataError: a line of a wanted word is not one (names file and line), or none of the words is there.
    """
    state = path.stat()
    found = _read(path, (state.st_size, state.st_mtime_ns), words)
    if words and not found:
        remedy = "a text file: a word, a blank and its numbers, divided by blanks, per line"
        raise DataError.at(path, None, f"has none of {len(words):,} words that are asked for", remedy)
    return found
