"""Means of nearest words against all pairs in float64."""

from __future__ import annotations

import numpy as np
import pytest

from mnerbench.datasets import word_neighbours
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.word_neighbours import read_neighbour_means


def written(folder, words, vectors):
    path = folder / "vectors.txt"
    lines = [f"{word} {' '.join(map(repr, map(float, vector)))}\n" for word, vector in zip(words, vectors, strict=True)]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def brute_force(words, vectors, word, count):
    """The mean of the nearest words, over all pairs."""
    vectors = vectors.astype(np.float64)
    wanted = vectors[words.index(word)]
    cosines = vectors @ wanted / np.linalg.norm(vectors, axis=1) / np.linalg.norm(wanted)
    others = [i for i, other in enumerate(words) if other.lower() != word]
    nearest = sorted(others, key=lambda i: -cosines[i])[:count]
    weights = np.exp(cosines[nearest])
    return (weights / weights.sum()) @ vectors[nearest]


@pytest.mark.parametrize("at_once", [1, word_neighbours._AT_ONCE])
@pytest.mark.parametrize("count", [1, 4])
def test_means_are_those_over_all_pairs(tmp_path, monkeypatch, count, at_once):
    monkeypatch.setattr(word_neighbours, "_AT_ONCE", at_once)  # 64 words at a time, or all
    random = np.random.default_rng(0)
    words = [f"w{number}" for number in range(300)]
    words[150:153] = ["ada", "Ada", "ADA"]
    vectors = random.normal(size=(300, 5)).astype(np.float32)
    vectors[151] = vectors[150] * 2  # a word is no neighbour of itself in another case
    means = read_neighbour_means(written(tmp_path, words, vectors), frozenset({"ada", "w7", "w299", "zoo"}), count)
    assert means.keys() == {"ada", "w7", "w299"}
    for word, mean in means.items():
        np.testing.assert_allclose(mean, brute_force(words, vectors, word, count), rtol=1e-4, atol=1e-5)


def test_a_mean_does_not_depend_on_the_other_requested_words(tmp_path):
    vectors = np.random.default_rng(1).normal(size=(40, 3)).astype(np.float32)
    path = written(tmp_path, [f"w{number}" for number in range(40)], vectors)
    alone = read_neighbour_means(path, frozenset({"w3"}), 2)["w3"]
    np.testing.assert_allclose(read_neighbour_means(path, frozenset({"w3", "w4", "w5"}), 2)["w3"], alone, rtol=1e-5)


def test_fewer_words_than_neighbours_and_zero_vectors(tmp_path):
    path = written(tmp_path, ["a", "b", "c"], np.array([[1, 0], [0, 2], [0, 0]], np.float32))
    np.testing.assert_allclose(read_neighbour_means(path, frozenset({"a"}), 4)["a"], [0, 1])
    np.testing.assert_allclose(read_neighbour_means(path, frozenset({"c"}), 4)["c"], [0.5, 1])
    single = written(tmp_path, ["a"], np.ones((1, 2)))
    assert read_neighbour_means(single, frozenset({"a"}), 4) == {}


@pytest.mark.filterwarnings("error")
def test_numbers_whose_squares_overflow_are_compared(tmp_path):
    path = written(tmp_path, ["a", "b", "c"], np.array([[3e38, 0], [2e38, 1e38], [0, 3e38]], np.float64))
    np.testing.assert_allclose(read_neighbour_means(path, frozenset({"a"}), 1)["a"], [2e38, 1e38], rtol=1e-6)


def test_an_invalid_line_of_any_word_is_named(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("a 1 2\nb 1 2\n\nc 1 x\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"vectors\.txt:4: not numbers after the word"):
        read_neighbour_means(path, frozenset({"a"}), 1)
    path.write_text("a 1 2\nx y 1 2\nb 3 4\n", encoding="utf-8")
    np.testing.assert_allclose(read_neighbour_means(path, frozenset({"a"}), 1)["a"], [3, 4])
