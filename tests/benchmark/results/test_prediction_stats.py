"""Prediction statistics: hand-counted values, and recomputation when they are outdated or damaged."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from mnerbench.benchmark.results.error_types import ErrorType
from mnerbench.benchmark.results.prediction_stats import compute_stats
from mnerbench.benchmark.results.record import Prediction, RunRecord, Status
from mnerbench.benchmark.results.scoring import Counts
from mnerbench.benchmark.results.spec import DatasetRef, RunSpec
from mnerbench.benchmark.results.split_metadata import ScoredSplit, ScoredTweet, save_split, split_path
from mnerbench.benchmark.results.stats_store import PredictionStatsStore
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import StoreError

DATA = DatasetRef(name="d", fingerprints={"train": "1", "valid": "2", "test": "3"}, types=("PER", "LOC"))
SPLIT = ScoredSplit(
    trained_on="d",
    tested_on="d",
    split="test",
    fingerprint="3",
    train_fingerprint="1",
    train_size=3,
    tweets=(
        ScoredTweet(id="1", words=("Rob", "in", "New", "York"), pictured=True, ocr=True),
        ScoredTweet(id="2", words=("Paris",) * 12, pictured=False),
    ),
    train_entities=((0, ("Rob",), "PER"), (1, ("Paris",), "PER"), (2, ("Paris",), "LOC")),
)
GOLD = ("B-PER", "O", "B-LOC", "I-LOC"), ("B-LOC", *("O",) * 11)
GUESS = ("B-PER", "O", "O", "B-LOC"), ("B-PER", *("O",) * 11)


def predictions(guesses=GUESS):
    return [
        Prediction(id=tweet.id, predicted=guess, gold=gold, counts=(0, 0, 0))
        for tweet, guess, gold in zip(SPLIT.tweets, guesses, GOLD, strict=True)
    ]


def spec(seed=0, train_tweets=None):
    data = DATA.model_copy(update={"train_tweets": train_tweets})
    return RunSpec(
        method="m", family="m", config={}, dataset=data, encoder=None, training=None, protocol="equal", seed=seed
    )


def test_by_hand():
    stats = compute_stats(predictions(), SPLIT, SPLIT.known_names(None, 0))
    assert stats.tweets.tolist() == [[1, 2, 2], [0, 1, 1]]
    assert stats.gold_found.tolist() == [True, False, False]
    assert stats.slices == {
        "seen": Counts(1, 2, 2),  # Rob; Paris as LOC and as PER
        "unseen": Counts(0, 1, 1),  # New York, and York
        "ambiguous": Counts(0, 1, 1),
        "non-ambiguous": Counts(1, 1, 1),
        "1-7 words": Counts(1, 2, 2),
        "11-15 words": Counts(0, 1, 1),
        "picture": Counts(1, 2, 2),
        "no picture": Counts(0, 1, 1),
        "OCR text": Counts(1, 2, 2),
    }
    assert {kind: n for kind, n in stats.error_counts.items() if n} == {ErrorType.BOUNDARY: 1, ErrorType.TYPE: 1}


def test_a_smaller_training_set_has_seen_fewer_names():
    full = compute_stats(predictions(), SPLIT, SPLIT.known_names(3, 0))
    assert full.slices["seen"].gold == 2
    subsets = [compute_stats(predictions(), SPLIT, SPLIT.known_names(1, seed)) for seed in range(20)]
    assert {stats.slices["seen"].gold if "seen" in stats.slices else 0 for stats in subsets} == {0, 1}


def test_predictions_of_other_tweets_are_rejected():
    with pytest.raises(StoreError, match="not of the 2 tweets of test of d"):
        compute_stats(predictions()[::-1], SPLIT, SPLIT.known_names(None, 0))


@pytest.fixture
def saved(tmp_path):
    store = RunStore(tmp_path)
    record = RunRecord(
        identity=spec().identity,
        spec=spec(),
        status=Status.DONE,
        started="now",
        seconds=1.0,
        metrics={"test": {"t": {}}},
    )
    save_split(split_path(tmp_path, DATA, DATA, "test"), SPLIT)
    store.save_predictions(record.identity, "test", "t", predictions())
    PredictionStatsStore(store).keep(record)
    return store, record


def test_stored_statistics_are_read_without_predictions(saved):
    store, record = saved
    (store.folder(record.identity) / "predictions" / "test.t.jsonl").unlink()
    stored = PredictionStatsStore(store).of(record, "test", "t")
    computed = compute_stats(predictions(), SPLIT, SPLIT.known_names(None, 0))
    assert np.array_equal(stored.tweets, computed.tweets)
    assert stored.gold_found.tolist() == computed.gold_found.tolist()
    assert (stored.slices, stored.error_counts) == (computed.slices, computed.error_counts)


def test_right_tweets_are_remembered_without_reading_again(saved):
    store, record = saved
    right = predictions((GUESS[0], GOLD[1]))
    store.withdraw_record(record.identity)
    store.save_predictions(record.identity, "test", "t", right)
    stats = PredictionStatsStore(store)
    assert stats.exact(record, "test", "t").tolist() == [False, True]  # counted
    shutil.rmtree(store.folder(record.identity))
    assert stats.exact(record, "test", "t").tolist() == [False, True]  # remembered
    assert PredictionStatsStore(store).exact(record, "test", "t") is None


def test_a_more_complete_description_causes_recomputation(saved):
    store, record = saved
    tweets = (SPLIT.tweets[0], SPLIT.tweets[1].model_copy(update={"ocr": False, "texts": {"captions": ("a town",)}}))
    save_split(split_path(store.root, DATA, DATA, "test"), SPLIT.model_copy(update={"tweets": tweets}))
    assert PredictionStatsStore(store).of(record, "test", "t").slices["no OCR text"] == Counts(0, 1, 1)


def test_a_less_complete_description_deletes_nothing(saved):
    store, _ = saved
    bare = tuple(ScoredTweet(id=tweet.id, words=tweet.words) for tweet in SPLIT.tweets)
    merged = save_split(split_path(store.root, DATA, DATA, "test"), SPLIT.model_copy(update={"tweets": bare}))
    assert merged.tweets == SPLIT.tweets


def test_a_damaged_file_is_recomputed(saved):
    store, record = saved
    path = store.folder(record.identity) / "tallies" / "test.t.safetensors"
    path.write_bytes(path.read_bytes()[:40])
    assert PredictionStatsStore(store).of(record, "test", "t").gold_found.tolist() == [True, False, False]
    assert len(path.read_bytes()) > 40


def test_a_read_only_folder_can_be_read(saved):
    store, record = saved
    folder = store.folder(record.identity) / "tallies"
    (folder / "test.t.safetensors").unlink()
    folder.rmdir()
    folder.write_bytes(b"")  # a file where the folder would be: root cannot write into it either
    assert PredictionStatsStore(store).of(record, "test", "t") is not None
    assert folder.is_file()


def test_an_old_folder_has_no_description(tmp_path):
    record = RunRecord(identity=spec().identity, spec=spec(), status=Status.DONE, started="now", seconds=1.0)
    assert PredictionStatsStore(RunStore(tmp_path)).of(record, "test", "t") is None
