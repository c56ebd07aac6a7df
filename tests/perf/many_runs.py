"""How long a report over a thousand runs takes, on a folder as large as real ones: 3,257 tweets of test, four views.

    python tests/perf/many_runs.py [--runs 1000] [--keep DIR]

Everything is made up. The first report counts predictions and keeps the counts; runs that end keep theirs at once, so a
user sees the second time.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mnerbench.benchmark.predictions import pair_up, score_all
from mnerbench.benchmark.records import EpochPoint, RunRecord, RunStore, Status
from mnerbench.benchmark.spec import DatasetRef, EncoderRef, RunSpec, TrainingSettings
from mnerbench.benchmark.splits import ScoredSplit, ScoredTweet, save_split, split_path
from mnerbench.benchmark.tallies import TallyStore
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.tagging import conll_spans, label_set

TWEETS, METHODS, SEEDS, VIEWS = 3257, 10, 5, ("it", "t", "it-shuffled", "it-blank")
TYPES = ("PER", "LOC", "ORG", "MISC")


def tweets(count: int, seed: int) -> list[Example]:
    """Tweets of about 16 words with about 1.6 entities."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        words = tuple(f"w{draw.randrange(5000)}" for _ in range(draw.randint(6, 26)))
        labels = tuple(f"B-{draw.choice(TYPES)}" if draw.random() < 0.1 else "O" for _ in words)
        found.append(Example(str(number), words, labels, f"p{number}"))
    return found


def noisy(example: Example, draw: random.Random) -> tuple[str, ...]:
    """Labels as a tagger of F1 0.75 might give them."""
    return tuple(draw.choice(label_set(TYPES)) if draw.random() < 0.02 else label for label in example.labels)


def make(root: Path, runs: int) -> None:
    """Write runs of ten methods with five seeds on as many datasets as it takes."""
    store, draw = RunStore(root), random.Random(0)
    train, test = tweets(4000, 1), tweets(TWEETS, 2)
    entities = tuple(
        (place, example.words[span.start : span.end], span.type)
        for place, example in enumerate(train)
        for span in conll_spans(example.labels)
    )
    described = [ScoredTweet(id=one.id, words=one.words, image_id=one.image_id, pictured=True) for one in test]
    made = [list(pair_up(test, [noisy(example, draw) for example in test])) for _ in range(8)]
    scores = [score_all(one) for one in made]
    curve = tuple(
        EpochPoint(epoch=n, loss=1.0, losses={"nll": 1.0}, dev_f1=0.7, train_seconds=9.0, dev_seconds=1.0)
        for n in range(1, 11)
    )
    for number in range(runs):
        dataset, rest = divmod(number, METHODS * SEEDS)
        method, seed = divmod(rest, SEEDS)
        prints = {"train": f"t{dataset}", "valid": "v", "test": f"x{dataset}"}
        data = DatasetRef(name=f"made{dataset}", fingerprints=prints, types=TYPES)
        spec = RunSpec(
            method=f"method-{method}",
            family="made",
            config={"number": method},
            dataset=data,
            encoder=EncoderRef(name="made", digest="e" * 64),
            training=TrainingSettings(),
            protocol="equal",
            seed=seed,
        )
        if not rest:
            whole = ScoredSplit(
                trained_on=data.name,
                tested_on=data.name,
                split="test",
                fingerprint=prints["test"],
                train_fingerprint=prints["train"],
                train_size=len(train),
                tweets=tuple(described),
                train_entities=entities,
            )
            save_split(split_path(root, data, data, "test"), whole)
        store.save_spec(spec)
        metrics = {}
        for place, view in enumerate(VIEWS):
            which = (number + place) % len(made)
            store.save_predictions(spec.identity, "test", view, made[which])
            metrics[view] = scores[which]
        store.save_record(
            RunRecord(
                identity=spec.identity,
                spec=spec,
                status=Status.DONE,
                started="2026-01-01T00:00:00+00:00",
                seconds=100.0,
                metrics={"test": metrics},
                curve=curve,
                primary_view="it",
                timings={"train": 90.0, "test": 4.0},
                parameters={"total": 1},
            )
        )


def report(root: Path, *flags: str) -> float:
    """Seconds of `benchmark report`."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "mnerbench.benchmark", "report", "--out", str(root), "--baseline", "method-0"]
    subprocess.run([*command, *flags], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    """Make, count, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--keep", type=Path, help="make the folder there, or use the one that is there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = given.keep or Path(scratch)
        if not (root / "splits").is_dir():
            make(root, given.runs)
        begun = time.perf_counter()
        store, tallies = RunStore(root), TallyStore(RunStore(root))
        for record in store.records():
            tallies.keep(record)
        sys.stdout.write(f"counting of {given.runs} runs: {time.perf_counter() - begun:.1f} s\n")
        for name in ("markdown", "html", "csv", "json"):
            sys.stdout.write(f"report --format {name}: {report(root, '--format', name):.1f} s\n")


if __name__ == "__main__":
    main()
