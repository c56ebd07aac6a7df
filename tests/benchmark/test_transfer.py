"""Trained on one corpus and scored on another, and with smaller training sets, as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from mnerbench.benchmark.records import RunStore
from mnerbench.benchmark.tallies import TallyStore
from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.slices import count_mentions
from mnerbench.reports.leaderboard import leaderboard
from tests.shared.small_probe import write_small_probe

SUITE = """
title = "two corpora"
datasets = ["tiny", "small"]
methods = ["lookup", "bert-crf", "ita-ga"]
baseline = "lookup"
seeds = 2
encoder = "scratch"
transfer = true
train_tweets = [4, "all"]
[training]
epochs = 1
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory, fixtures):
    """The results folder and the data folder of a finished suite, and what the command printed."""
    home = tmp_path_factory.mktemp("transfer")
    data = home / "data"
    shutil.copytree(fixtures / "tiny", data / "tiny")
    write_small_probe(data, "caption", sizes=(12, 6, 8))
    (home / "pair.toml").write_text(SUITE, encoding="utf-8")
    command = [sys.executable, "-m", "mnerbench.benchmark", "run", "--suite", str(home / "pair.toml"), "--no-mlflow"]
    places = ["--data", str(data), "--cache", str(home / "cache"), "--out", str(home / "out"), "--threads", "1"]
    done = subprocess.run(
        [*command, *places],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return home / "out", data, done.stdout + done.stderr


def record(out, method, data, size, seed=0):
    return next(
        one
        for one in RunStore(out).records()
        if (one.spec.method, one.spec.dataset.name, one.spec.dataset.train_tweets, one.spec.seed)
        == (method, data, size, seed)
    )


@pytest.mark.parametrize(("here", "there"), [("tiny", "small"), ("small", "tiny")])
def test_the_other_test_split_is_scored_whole_in_every_view(made, here, there):
    out, data, _ = made
    found = record(out, "ita-ga", here, None)
    test = load_corpus(there, data)["test"]
    split = f"test@{there}"
    assert set(found.metrics[split]) == set(found.metrics["test"]) == {"it", "t", "it-shuffled"}
    stored = RunStore(out).predictions(found.identity, split, "it")
    assert [(item.id, item.gold) for item in stored] == [(tweet.id, tweet.labels) for tweet in test]
    assert found.timings[split] > 0


def test_training_is_the_same_with_and_without_transfer(made, tmp_path):
    out, data, _ = made
    suite = tmp_path / "alone.toml"
    suite.write_text(SUITE.replace("transfer = true", "").replace('[4, "all"]', "[4]"), encoding="utf-8")
    places = ["--data", str(data), "--out", str(tmp_path / "out"), "--threads", "1", "--no-mlflow"]
    command = [sys.executable, "-m", "mnerbench.benchmark", "run", "--suite", str(suite), "--methods", "bert-crf"]
    subprocess.run([*command, *places], check=True, capture_output=True)
    alone, moved = record(tmp_path / "out", "bert-crf", "tiny", 4), record(out, "bert-crf", "tiny", 4)
    assert alone.identity != moved.identity
    assert [point.loss for point in alone.curve] == [point.loss for point in moved.curve]
    assert alone.metrics["test"] == moved.metrics["test"]


def test_a_smaller_training_set_is_smaller(made):
    out, _, _ = made
    whole, part = record(out, "lookup", "small", None), record(out, "lookup", "small", 4)
    assert whole.metrics["test"] != part.metrics["test"]
    first, second = (TallyStore(RunStore(out)).of(record(out, "lookup", "small", 4, s), "test", "t") for s in (0, 1))
    seen = [one.slices["seen"].gold if "seen" in one.slices else 0 for one in (first, second)]
    assert max(seen) < TallyStore(RunStore(out)).of(whole, "test", "t").slices["seen"].gold


def test_seen_names_of_a_transfer_are_those_of_its_own_training_data(made):
    out, data, _ = made
    moved = TallyStore(RunStore(out)).of(record(out, "lookup", "small", None), "test@tiny", "t")
    counted = count_mentions(load_corpus("small", data)["train"], load_corpus("tiny", data)["test"])
    assert {name: moved.slices[name].gold for name in counted} == counted


def test_every_pair_and_size_is_a_table_of_its_own(made):
    out, _, text = made
    records = list(RunStore(out).records())
    names = {table.conditions.dataset for table in leaderboard(records, [])}
    titles = ("tiny", "tiny (4 tweets)", "small", "small (4 tweets)")
    pairs = {f"{title} → {'small' if title.startswith('tiny') else 'tiny'}" for title in titles}
    assert names == set(titles) | pairs
    assert "tiny → small" in text
    grid = json.loads((out / "suites" / "pair.json").read_text())
    assert len(grid["runs"]) == len(records) == 2 * (2 * 2 * 2 + 2 + 1)
