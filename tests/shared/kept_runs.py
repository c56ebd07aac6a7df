"""Finished runs with kept taggers, one per kind of method, on a small probe."""

from pathlib import Path
from typing import NamedTuple

from small_probe import write_small_probe

import mnerbench
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.catalog import load_corpus

METHODS = (
    *("majority", "lookup", "t-ner", "bert", "bert-crf-x", "bert-span", "bert-grid", "bert-crf+imgfeat"),
    *("ita-all", "ita-random", "hbilstm-crf", "mgcmt", "visualbert-tam", "hamlearning"),
)
_SUITE = """
title = "one of each kind"
datasets = ["small"]
methods = [{methods}]
baseline = "bert"
seeds = 1
encoder = "scratch"
word_vectors = "{vectors}"
[inputs]
grid = "resnet18@weights=random,size=64"
global = "resnet18@weights=random,size=64"
regions = "crops@model=resnet18,weights=random,size=64"
[training]
epochs = 6
batch_size = 8
lr_encoder = 1e-3
lr_crf = 5e-2
"""


class KeptRuns(NamedTuple):
    """A results folder, with the folders of its data."""

    out: Path
    data: Path
    cache: Path

    def load(self, run):
        """The tagger of a run."""
        return mnerbench.load_tagger(run, self.out, "cpu", data=self.data, cache=self.cache)

    def record(self, method):
        """The record of a method's run."""
        return next(record for record in RunStore(self.out).records() if record.spec.method == method)

    def predictions(self, method):
        """Predicted labels of the test split in the main view."""
        record = self.record(method)
        lines = RunStore(self.out).predictions(record.identity, "test", record.primary_view)
        return [list(line.predicted) for line in lines]

    @property
    def test(self):
        """Words and picture files of the test tweets."""
        files = {path.stem: path for path in self.cache.rglob("images/*")}
        tweets = load_corpus("small", self.data)["test"]
        return [list(tweet.words) for tweet in tweets], [files.get(tweet.image_id) for tweet in tweets]


def kept_runs(folder: Path) -> KeptRuns:
    """The runs that `write_kept_runs` wrote below `folder`."""
    return KeptRuns(folder / "runs", folder / "data", folder / "cache")


def write_kept_runs(folder: Path) -> None:
    """Train runs of every kind of method for six epochs below `folder`."""
    runs = kept_runs(folder)
    write_small_probe(runs.data, "object", "caption", sizes=(80, 20, 24))
    splits = load_corpus("small", runs.data).splits.values()
    words = sorted({word.lower() for split in splits for tweet in split for word in tweet.words})
    lines = [f"{word} 0.1 {n % 7} -0.{n}\n" for n, word in enumerate(words) if n % 3 and " " not in word]
    vectors, suite = folder / "vectors.txt", folder / "kinds.toml"
    vectors.write_text("".join(lines), encoding="utf-8")
    suite.write_text(
        _SUITE.format(methods=", ".join(f'"{name}"' for name in METHODS), vectors=vectors), encoding="utf-8"
    )
    machine = {"threads": 1, "device": "cpu", "mlflow": False, "quiet": True}
    mnerbench.run(suite, data=runs.data, out=runs.out, cache=runs.cache, **machine)
