"""The nearest words of words in a file of word vectors, for semantic augmentation (MGCMT, Liu et al. 2022)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.word_vectors import Vectors, entries, read_word_vectors

_AT_ONCE = 1 << 23  # cosines in memory: 32 MB
_Floats = NDArray[np.float32]


def read_neighbour_means(path: Path, words: frozenset[str], count: int) -> Vectors:
    """The weighted mean of the vectors of each word's nearest words.

    The nearest are the `count` words with the highest cosine in the whole file, except the word itself in any case. A
    mean therefore depends on the word and on the file, not on which other words are requested. Weights are a softmax
    over the cosines.

    Args:
        path: a text file, as for `read_word_vectors`.
        words: words in lower case.
        count: number of nearest words, at least 1.

    Returns:
        The means by word, of the words that the file has.

    Raises:
        DataError: a line is invalid (with file and line), the file has none of the words, or it cannot be read.
        MissingInputError: there is no such file.
    """
    vectors = read_word_vectors(path, words)
    state = path.stat()
    return _means(path, (state.st_size, state.st_mtime_ns), frozenset(vectors), count)


# Cached, because the runs of a grid request the same words, and a search multiplies each with every word of the file.
@lru_cache(maxsize=2)
def _means(path: Path, _state: tuple[int, int], words: frozenset[str], count: int) -> Vectors:
    vectors, names = read_word_vectors(path, words), sorted(words)
    if not names:
        return MappingProxyType({})
    row = {name: number for number, name in enumerate(names)}
    wanted = np.stack([vectors[name] for name in names])
    nearest = _Nearest(_unit(wanted), count)
    for others, block in _blocks(path, max(64, _AT_ONCE // len(names))):
        itself = [(row[other], column) for column, other in enumerate(others) if other in row]
        nearest.add(block, itself)
    found = nearest.means()
    return MappingProxyType({name: found[number] for name, number in row.items() if nearest.any[number]})


class _Nearest:
    """The vectors with the highest cosines to each query so far.

    Args:
        queries: unit vectors, [queries, width].
        count: number of vectors to keep per query.
    """

    def __init__(self, queries: _Floats, count: int) -> None:
        self._queries, self._count = queries, count
        self._cosines = np.full((len(queries), count), -np.inf, np.float32)
        self._vectors = np.zeros((len(queries), count, queries.shape[1]), np.float32)

    def add(self, block: _Floats, excluded: Sequence[tuple[int, int]]) -> None:
        """Consider further vectors, [vectors, width], but not the `excluded` pairs of query and vector."""
        cosines = self._queries @ _unit(block).T
        if excluded:
            cosines[tuple(np.array(excluded).T)] = -np.inf
        rows = np.flatnonzero((cosines > self._cosines.min(1, keepdims=True)).any(1))
        both = np.concatenate([self._cosines[rows], cosines[rows]], 1)
        best = np.argpartition(-both, self._count - 1, axis=1)[:, : self._count]
        old = np.take_along_axis(self._vectors[rows], np.minimum(best, self._count - 1)[..., None], 1)
        new = block[np.maximum(best - self._count, 0)]
        self._vectors[rows] = np.where((best < self._count)[..., None], old, new)
        self._cosines[rows] = np.take_along_axis(both, best, 1)

    @property
    def any(self) -> NDArray[np.bool_]:
        """Whether a query has a vector, [queries]."""
        known: NDArray[np.bool_] = np.isfinite(self._cosines.max(1))
        return known

    def means(self) -> _Floats:
        """Mean of each query's vectors, weighted by a softmax over their cosines, [queries, width]."""
        highest = self._cosines.max(1, keepdims=True)
        weights = np.exp(self._cosines - np.where(np.isfinite(highest), highest, 0))
        weights /= np.maximum(weights.sum(1, keepdims=True), np.finfo(np.float32).tiny)
        means: _Floats = np.einsum("qn,qnw->qw", weights, self._vectors)
        return means


def _unit(vectors: _Floats) -> _Floats:
    """Vectors of length 1; zero stays zero."""
    # In double precision, in which the squares of large numbers do not overflow.
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    units: _Floats = (vectors / np.maximum(lengths, np.finfo(np.float64).tiny)).astype(np.float32)
    return units


def _blocks(path: Path, size: int) -> Iterator[tuple[list[str], _Floats]]:
    """All words of the file in lower case with their vectors, up to `size` at a time."""
    words: list[str] = []
    vectors: list[_Floats] = []
    for word, entry in entries(path):
        if not entry.numbers or (vector := entry.vector(path)) is None:
            continue
        words.append(word.lower())
        vectors.append(vector)
        if len(words) == size:
            yield words, np.stack(vectors)
            words, vectors = [], []
    if words:
        yield words, np.stack(vectors)
