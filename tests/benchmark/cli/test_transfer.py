"""Trained on one corpus and scored on another, and with smaller training sets."""

from __future__ import annotations

import json
import shutil

import pytest
from commands import benchmark
from report_tables import leaderboard
from small_probe import write_small_probe

from mnerbench.benchmark.results.stats_store import PredictionStatsStore
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.slices import count_mentions

pytestmark = pytest.mark.slow

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


def run(suite, data, out):
    """Run a suite; returns what was printed."""
    folders = ["--data", data, "--cache", data / "cache", "--out", out]
    return benchmark("run", "--suite", suite, "--no-mlflow", *folders, "--threads", 1)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, fixtures):
    """The results folder and the data folder of a finished suite, and what the command printed."""
    home = tmp_path_factory.mktemp("transfer")
    data = home / "data"
    shutil.copytree(fixtures / "tiny", data / "tiny")
    write_small_probe(data, "caption", sizes=(12, 6, 8))
    (home / "pair.toml").write_text(SUITE, encoding="utf-8")
    return home / "out", data, run(home / "pair.toml", data, home / "out")


def record(out, method, data, size, seed=0):
    return next(
        stored
        for stored in RunStore(out).records()
        if (stored.spec.method, stored.spec.dataset.name, stored.spec.dataset.train_tweets, stored.spec.seed)
        == (method, data, size, seed)
    )


@pytest.mark.parametrize(("here", "there"), [("tiny", "small"), ("small", "tiny")])
def test_the_other_test_split_is_scored_whole_in_every_view(finished, here, there):
    out, data, _ = finished
    scored = record(out, "ita-ga", here, None)
    test = load_corpus(there, data)["test"]
    split = f"test@{there}"
    assert set(scored.metrics[split]) == set(scored.metrics["test"]) == {"it", "t", "it-shuffled"}
    stored = RunStore(out).predictions(scored.identity, split, "it")
    assert [(item.id, item.gold) for item in stored] == [(tweet.id, tweet.labels) for tweet in test]
    assert scored.timings[split] > 0


def test_runs_trained_without_transfer_are_repeated_with_equal_results_and_serve_both_suites(finished, tmp_path):
    _, data, _ = finished
    text = SUITE.replace('[4, "all"]', "[4]").replace('["lookup", "bert-crf", "ita-ga"]', '["lookup", "bert-crf"]')
    alone, moved = tmp_path / "alone.toml", tmp_path / "moved.toml"
    alone.write_text(text.replace("transfer = true", ""), encoding="utf-8")
    moved.write_text(text, encoding="utf-8")
    assert "8 runs: 0 done, 8 to do" in run(alone, data, tmp_path / "out")
    first = record(tmp_path / "out", "bert-crf", "tiny", 4)
    assert "8 runs: 8 done, 8 to do" in run(moved, data, tmp_path / "out")
    second = record(tmp_path / "out", "bert-crf", "tiny", 4)
    assert [point.loss for point in first.curve] == [point.loss for point in second.curve]
    assert second.metrics == first.metrics | {"test@small": second.metrics["test@small"]}
    # The best seed was scored with its kept tagger, the other one trained again; with the scores of one training.
    seeds = [record(tmp_path / "out", "bert-crf", "tiny", 4, seed) for seed in (0, 1)]
    assert sum("scored on small later, with the kept tagger" in scored.notes for scored in seeds) == 1
    for scored in seeds:
        whole = record(finished[0], "bert-crf", "tiny", 4, scored.spec.seed)
        assert (scored.identity, scored.metrics, scored.spec) == (whole.identity, whole.metrics, whole.spec)
        stores = [RunStore(folder) for folder in (tmp_path / "out", finished[0])]
        own, others = (store.predictions(scored.identity, "test@small", "t") for store in stores)
        assert own == others
    # Neither suite undoes the other.
    assert "8 runs: 8 done, 0 to do" in run(alone, data, tmp_path / "out")
    assert "8 runs: 8 done, 0 to do" in run(moved, data, tmp_path / "out")


def test_a_smaller_training_set_is_smaller(finished):
    out, _, _ = finished
    whole, part = record(out, "lookup", "small", None), record(out, "lookup", "small", 4)
    assert whole.metrics["test"] != part.metrics["test"]
    first, second = (
        PredictionStatsStore(RunStore(out)).of(record(out, "lookup", "small", 4, s), "test", "t") for s in (0, 1)
    )
    golds = [stats.slices["seen"].gold if "seen" in stats.slices else 0 for stats in (first, second)]
    assert max(golds) < PredictionStatsStore(RunStore(out)).of(whole, "test", "t").slices["seen"].gold


def test_seen_names_of_a_transfer_are_those_of_its_own_training_data(finished):
    out, data, _ = finished
    moved = PredictionStatsStore(RunStore(out)).of(record(out, "lookup", "small", None), "test@tiny", "t")
    counted = count_mentions(load_corpus("small", data)["train"], load_corpus("tiny", data)["test"])
    assert {name: moved.slices[name].gold for name in counted} == counted


def test_every_pair_and_size_has_its_table(finished):
    out, _, text = finished
    records = list(RunStore(out).records())
    names = {table.conditions.dataset for table in leaderboard(records, [])}
    titles = ("tiny", "tiny (4 tweets)", "small", "small (4 tweets)")
    pairs = {f"{title} → {'small' if title.startswith('tiny') else 'tiny'}" for title in titles}
    assert names == set(titles) | pairs
    assert "tiny → small" in text
    grid = json.loads((out / "suites" / "pair.json").read_text())
    assert len(grid["runs"]) == len(records) == 2 * (2 * 2 * 2 + 2 + 1)
