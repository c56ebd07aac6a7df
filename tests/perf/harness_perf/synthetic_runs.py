"""Generates a synthetic results folder that takes reports as long as one of real runs."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from mnerbench.benchmark.results.predictions import pair_up, score_all
from mnerbench.benchmark.results.record import EpochPoint, Prediction, RunRecord, Status
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef, RunSpec, TrainingSettings
from mnerbench.benchmark.results.split_metadata import ScoredSplit, ScoredTweet, save_split, split_path
from mnerbench.benchmark.results.stats_store import PredictionStatsStore
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.tagging import conll_spans, label_set

TWEETS = 3257  # of Twitter-2015's test split
_METHODS, _SEEDS, _VARIANTS = 10, 5, 8
_VIEWS = ("it", "t", "it-shuffled", "it-blank")
_TYPES = ("PER", "LOC", "ORG", "MISC")


def make_runs(root: Path, runs: int, tweets: int = TWEETS) -> None:
    """Write runs of ten methods with five seeds each, on as many datasets as needed.

    Runs share eight distinct predictions of the test split through hard links.

    Args:
        root: an empty results folder.
        runs: number of runs.
        tweets: size of the test split.
    """
    draw = random.Random(0)
    train, test = _tweets(1000, 1), _tweets(tweets, 2)
    variants = [list(pair_up(test, [_noisy(example, draw) for example in test])) for _ in range(_VARIANTS)]
    scores = [score_all(predictions) for predictions in variants]
    curve = tuple(
        EpochPoint(epoch=n, loss=1.0, losses={"nll": 1.0}, dev_f1=0.7, train_seconds=9.0, dev_seconds=1.0)
        for n in range(1, 11)
    )
    store, files = RunStore(root), _PredictionFiles(root, variants)
    for number, spec in enumerate(_specs(runs)):
        if not number % (_METHODS * _SEEDS):
            _save_split_metadata(root, spec, train, test)
        store.save_spec(spec)
        variant_by_view = {view: (number + index) % _VARIANTS for index, view in enumerate(_VIEWS)}
        record = RunRecord(
            identity=spec.identity,
            spec=spec,
            status=Status.DONE,
            started="2026-01-01T00:00:00+00:00",
            seconds=100.0,
            metrics={"test": {view: scores[variant] for view, variant in variant_by_view.items()}},
            curve=curve,
            primary_view="it",
            timings={"train": 90.0, "test": 4.0},
            parameters={"total": 1},
        )
        files.write(record, variant_by_view)
        store.save_record(record)


class _PredictionFiles:
    """Writes predictions and their statistics; repeated ones are hard links to the first."""

    def __init__(self, root: Path, variants: Sequence[Sequence[Prediction]]) -> None:
        self._variants = variants
        self._store = RunStore(root)
        self._stats = PredictionStatsStore(self._store)
        self._first: dict[tuple[str, int], Path] = {}

    def write(self, record: RunRecord, variant_by_view: dict[str, int]) -> None:
        folder = self._store.folder(record.identity)
        for view, variant in variant_by_view.items():
            predictions = folder / "predictions" / f"test.{view}.jsonl"
            stats = folder / "tallies" / f"test.{view}.safetensors"
            if not self._link("", variant, predictions):
                self._store.save_predictions(record.identity, "test", view, self._variants[variant])
            if not self._link(record.spec.dataset.name, variant, stats):
                self._stats.of(record, "test", view)

    def _link(self, dataset: str, variant: int, path: Path) -> bool:
        """Link a file to its first copy; False if there is none yet."""
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
        fingerprints = {"train": f"t{dataset}", "valid": "v", "test": f"x{dataset}"}
        yield RunSpec(
            method=f"method-{method}",
            family="made",
            config={"number": method},
            dataset=DatasetRef(name=f"made{dataset}", fingerprints=fingerprints, types=_TYPES),
            encoder=EncoderRef(name="made", digest="e" * 64),
            training=TrainingSettings(),
            protocol="equal",
            seed=seed,
        )


def _save_split_metadata(root: Path, spec: RunSpec, train: Sequence[Example], test: Sequence[Example]) -> None:
    data = spec.dataset
    entities = tuple(
        (index, example.words[span.start : span.end], span.type)
        for index, example in enumerate(train)
        for span in conll_spans(example.labels)
    )
    metadata = ScoredSplit(
        trained_on=data.name,
        tested_on=data.name,
        split="test",
        fingerprint=data.fingerprints["test"],
        train_fingerprint=data.fingerprints["train"],
        train_size=len(train),
        tweets=tuple(ScoredTweet(id=e.id, words=e.words, image_id=e.image_id, pictured=True) for e in test),
        train_entities=entities,
    )
    save_split(split_path(root, data, data, "test"), metadata)


def _tweets(count: int, seed: int) -> list[Example]:
    """Random tweets of about 16 words with about 1.6 entities."""
    draw = random.Random(seed)
    examples = []
    for number in range(count):
        words = tuple(f"w{draw.randrange(5000)}" for _ in range(draw.randint(6, 26)))
        labels = tuple(f"B-{draw.choice(_TYPES)}" if draw.random() < 0.1 else "O" for _ in words)
        examples.append(Example(str(number), words, labels, f"p{number}"))
    return examples


def _noisy(example: Example, draw: random.Random) -> tuple[str, ...]:
    """Gold labels with random errors, for an F1 of about 0.75."""
    return tuple(draw.choice(label_set(_TYPES)) if draw.random() < 0.02 else label for label in example.labels)
