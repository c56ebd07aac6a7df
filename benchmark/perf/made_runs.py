"""A results folder as after many runs on real data, made up: reports take as long as over real ones."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from mnerbench.benchmark.results.prediction_stats import PredictionStatsStore
from mnerbench.benchmark.results.predictions import pair_up, score_all
from mnerbench.benchmark.results.record import EpochPoint, Prediction, RunRecord, Status
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef, RunSpec, TrainingSettings
from mnerbench.benchmark.results.split_metadata import ScoredSplit, ScoredTweet, save_split, split_path
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.tagging import conll_spans, label_set

TWEETS = 3257  # of Twitter-2015's test split
_METHODS, _SEEDS, _VARIANTS = 10, 5, 8
_VIEWS = ("it", "t", "it-shuffled", "it-blank")
_TYPES = ("PER", "LOC", "ORG", "MISC")


def make_runs(root: Path, runs: int, tweets: int = TWEETS) -> None:
    """Write runs of ten methods with five seeds each on as many datasets as it takes.

    There are eight predictions of the test split, which the runs share as links.

    Args:
        root: an empty results folder.
        runs: how many.
        tweets: of the test split.
    """
    draw = random.Random(0)  # noqa: S311 - not for secrets
    train, test = _tweets(1000, 1), _tweets(tweets, 2)
    made = [list(pair_up(test, [_noisy(example, draw) for example in test])) for _ in range(_VARIANTS)]
    scores = [score_all(one) for one in made]
    curve = tuple(
        EpochPoint(epoch=n, loss=1.0, losses={"nll": 1.0}, dev_f1=0.7, train_seconds=9.0, dev_seconds=1.0)
        for n in range(1, 11)
    )
    store, files = RunStore(root), _Files(root, made)
    for number, spec in enumerate(_specs(runs)):
        if not number % (_METHODS * _SEEDS):
            _describe(root, spec, train, test)
        store.save_spec(spec)
        shown = {view: (number + place) % _VARIANTS for place, view in enumerate(_VIEWS)}
        record = RunRecord(
            identity=spec.identity,
            spec=spec,
            status=Status.DONE,
            started="2026-01-01T00:00:00+00:00",
            seconds=100.0,
            metrics={"test": {view: scores[variant] for view, variant in shown.items()}},
            curve=curve,
            primary_view="it",
            timings={"train": 90.0, "test": 4.0},
            parameters={"total": 1},
        )
        files.write(record, shown)
        store.save_record(record)


class _Files:
    """Predictions and tallies; whoever needs the same ones again gets a link."""

    def __init__(self, root: Path, made: Sequence[Sequence[Prediction]]) -> None:
        self._root, self._made = root, made
        self._store = RunStore(root)
        self._tallies = PredictionStatsStore(self._store)
        self._first: dict[tuple[str, int], Path] = {}

    def write(self, record: RunRecord, shown: dict[str, int]) -> None:
        folder = self._store.folder(record.identity)
        for view, variant in shown.items():
            predictions = folder / "predictions" / f"test.{view}.jsonl"
            tally = folder / "tallies" / f"test.{view}.safetensors"
            if not self._linked("", variant, predictions):
                self._store.save_predictions(record.identity, "test", view, self._made[variant])
            if not self._linked(record.spec.dataset.name, variant, tally):
                self._tallies.of(record, "test", view)

    def _linked(self, dataset: str, variant: int, path: Path) -> bool:
        first = self._first.setdefault((dataset, variant), path)
        if first == path:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(first, path)
        return True


def _specs(runs: int) -> Iterator[RunSpec]:
    for number in range(runs):
        dataset, rest = divmod(number, _METHODS * _SEEDS)
        method, seed = divmod(rest, _SEEDS)
        prints = {"train": f"t{dataset}", "valid": "v", "test": f"x{dataset}"}
        yield RunSpec(
            method=f"method-{method}",
            family="made",
            config={"number": method},
            dataset=DatasetRef(name=f"made{dataset}", fingerprints=prints, types=_TYPES),
            encoder=EncoderRef(name="made", digest="e" * 64),
            training=TrainingSettings(),
            protocol="equal",
            seed=seed,
        )


def _describe(root: Path, spec: RunSpec, train: Sequence[Example], test: Sequence[Example]) -> None:
    data = spec.dataset
    entities = tuple(
        (place, example.words[span.start : span.end], span.type)
        for place, example in enumerate(train)
        for span in conll_spans(example.labels)
    )
    whole = ScoredSplit(
        trained_on=data.name,
        tested_on=data.name,
        split="test",
        fingerprint=data.fingerprints["test"],
        train_fingerprint=data.fingerprints["train"],
        train_size=len(train),
        tweets=tuple(ScoredTweet(id=one.id, words=one.words, image_id=one.image_id, pictured=True) for one in test),
        train_entities=entities,
    )
    save_split(split_path(root, data, data, "test"), whole)


def _tweets(count: int, seed: int) -> list[Example]:
    """Tweets of about 16 words with about 1.6 entities."""
    draw = random.Random(seed)  # noqa: S311 - not for secrets
    found = []
    for number in range(count):
        words = tuple(f"w{draw.randrange(5000)}" for _ in range(draw.randint(6, 26)))
        labels = tuple(f"B-{draw.choice(_TYPES)}" if draw.random() < 0.1 else "O" for _ in words)
        found.append(Example(str(number), words, labels, f"p{number}"))
    return found


def _noisy(example: Example, draw: random.Random) -> tuple[str, ...]:
    """Labels as a tagger of F1 0.75 might give them."""
    return tuple(draw.choice(label_set(_TYPES)) if draw.random() < 0.02 else label for label in example.labels)
