"""A dataset and predictions of its test split, made up, of any size: what `benchmark score` takes for them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

_WORDS, _TYPES = 50_000, ("PER", "LOC", "ORG", "MISC")
_CARD = 'name = "{name}"\ntypes = ["PER", "LOC", "ORG", "MISC"]\n\n[files]\ntrain = "train.txt"\ntest = "test.txt"\n'
_Row = tuple[str, str, str]  # word, gold label, predicted label


def make_predictions(folder: Path, tweets: int, of_test: int | None = None, name: str = "made") -> dict[str, Path]:
    """Write a dataset below `folder`, and predictions of its test tweets, and of others, beside it.

    Tweets have 10 to 22 words of a vocabulary of 50,000 and some 1.6 entities, which a tagger of F1 0.75 labels.

    Args:
        folder: a data folder.
        tweets: in the predictions.
        of_test: how many of them, the first ones, are those of the test split; None for all. Training has a thousand.
        name: of the dataset.

    Returns:
        The predictions by format: `columns` (word, gold, predicted) and `jsonl`.
    """
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    (home / "card.toml").write_text(_CARD.format(name=name), encoding="utf-8")
    files = {kind: folder / f"{name}.{kind}" for kind in ("columns", "jsonl")}
    with (home / "train.txt").open("w", encoding="utf-8") as train:
        for rows in _tweets(1000, 1):
            train.write("".join(f"{word}\t{gold}\n" for word, gold, _ in rows) + "\n")
    with (
        (home / "test.txt").open("w", encoding="utf-8") as test,
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
    draw = random.Random(seed)  # noqa: S311 - not for secrets
    vocabulary = [f"word{number}" for number in range(_WORDS)]
    labels = [f"B-{kind}" for kind in _TYPES]
    for _ in range(count):
        words = draw.choices(vocabulary, k=draw.randint(10, 22))
        gold = [draw.choice(labels) if draw.random() < 0.1 else "O" for _ in words]
        guesses = [draw.choice(labels) if draw.random() < 0.025 else label for label in gold]
        yield list(zip(words, gold, guesses, strict=True))
