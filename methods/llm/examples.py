"""Which training tweets stand in a prompt: drawn by seed, or those most similar to the tweet."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.seeds import derive_seed

Vectors = Mapping[str, NDArray[np.float32]]


def drawn_examples(train: Sequence[Example], count: int, seed: int) -> list[Example]:
    """Draw tweets, all equally probable; those of a larger count contain those of a smaller one."""
    order = list(range(len(train)))
    random.Random(derive_seed(seed, "examples in prompts")).shuffle(order)  # noqa: S311 - not for secrets
    return [train[index] for index in order[:count]]


class SimilarExamples:
    """Finds the training tweets whose mean word vectors have the highest cosine with that of a tweet.

    Args:
        train: the training tweets.
        vectors: by word in lower case; words without one are left out.
    """

    def __init__(self, train: Sequence[Example], vectors: Vectors) -> None:
        self._train, self._vectors = train, vectors
        self._width = len(next(iter(vectors.values()))) if vectors else 1
        self._rows = np.stack([self._direction(tweet.words) for tweet in train]) if train else np.zeros((0, 1))

    def of(self, words: Sequence[str], count: int) -> list[Example]:
        """The most similar tweets, the most similar one last, next to the question; of equal ones the earlier."""
        # Rounded, so that the order of additions, which depends on the machine, does not decide between equal ones.
        similarity = np.round(self._rows @ self._direction(words), 9)
        best = np.argsort(-similarity, kind="stable")[:count]
        return [self._train[int(index)] for index in reversed(best)]

    def _direction(self, words: Sequence[str]) -> NDArray[np.float64]:
        """The direction of the mean of the words' vectors, of length 1; zero if no word has a vector."""
        vectors = [self._vectors[word.lower()] for word in words if word.lower() in self._vectors]
        total = np.zeros(self._width)
        for vector in vectors:
            total += vector
        length = float(np.linalg.norm(total))
        return total / length if length else total
