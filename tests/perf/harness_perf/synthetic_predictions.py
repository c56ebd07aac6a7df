"""Generates a synthetic dataset of any size and predictions on its test split, to time `benchmark score`."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

_WORDS, _TYPES = 50_000, ("PER", "LOC", "ORG", "MISC")
_CARD = 'name = "{name}"\ntypes = ["PER", "LOC", "ORG", "MISC"]\n\n[files]\ntrain = "train.txt"\ntest = "test.txt"\n'
_Row = tuple[str, str, str]  # word, gold label, predicted label


def make_predictions(folder: Path, tweets: int, of_test: int | None = None, name: str = "made") -> dict[str, Path]:
    """Write a dataset into a data folder, and predictions of its test tweets and others next to it.

    Tweets have 10 to 22 words of a vocabulary of 50,000 and some 1.6 entities, predicted with an F1 of 0.75. The
    training split has 1,000 tweets.

    Args:
        folder: the data folder.
        tweets: number of predicted tweets.
        of_test: number of leading predicted tweets that form the test split; None for all.
        name: name of the dataset.

    Returns:
        Prediction files by format: `columns` (word, gold, predicted) and `jsonl`.
    """
    dataset = folder / name
    dataset.mkdir(parents=True, exist_ok=True)
    (dataset / "card.toml").write_text(_CARD.format(name=name), encoding="utf-8")
    files = {kind: folder / f"{name}.{kind}" for kind in ("columns", "jsonl")}
    with (dataset / "train.txt").open("w", encoding="utf-8") as train:
        for rows in _tweets(1000, 1):
            train.write("".join(f"{word}\t{gold}\n" for word, gold, _ in rows) + "\n")
    with (
        (dataset / "test.txt").open("w", encoding="utf-8") as test,
        files["columns"].open("w", encoding="utf-8") as columns,
        files["jsonl"].open("w", encoding="utf-8") as lines,
    ):
        for number, rows in enumerate(_tweets(tweets, 2)):
            if of_test is None or number < of_test:
                test.write("".join(f"{word}\t{gold}\n" for word, gold, _ in rows) + "\n")
            columns.write("".join(f"{word}\t{gold}\t{guess}\n" for word, gold, guess in rows) + "\n")
            words, _, predicted = zip(*rows, strict=True)
            lines.write(json.dumps({"words": words, "predicted": predicted}) + "\n")
    return files


def _tweets(count: int, seed: int) -> Iterator[list[_Row]]:
    draw = random.Random(seed)
    vocabulary = [f"word{number}" for number in range(_WORDS)]
    labels = [f"B-{kind}" for kind in _TYPES]
    for _ in range(count):
        words = draw.choices(vocabulary, k=draw.randint(10, 22))
        gold = [draw.choice(labels) if draw.random() < 0.1 else "O" for _ in words]
        guesses = [draw.choice(labels) if draw.random() < 0.025 else label for label in gold]
        yield list(zip(words, gold, guesses, strict=True))
