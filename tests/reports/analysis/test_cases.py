"""Tweets on which methods differ, and the predictions of each, from hand-made stores."""

import pytest

from mnerbench.benchmark.results.predictions import pair_up, score_all
from mnerbench.benchmark.results.split_metadata import ScoredSplit, ScoredTweet, save_split, split_path
from mnerbench.benchmark.results.stats_store import PredictionStatsStore
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.tagging import Span
from mnerbench.reports.analysis.cases import correctness_of
from mnerbench.reports.analysis.groups import group_runs
from mnerbench.reports.analysis.runs import gather

TWEETS = [Example(str(n), ("Rob", "sings"), ("B-PER", "O"), f"p{n}") for n in range(4)]
RIGHT, WRONG = ("B-PER", "O"), ("B-LOC", "O")


@pytest.fixture
def folder(make, tmp_path):
    """Two methods of two seeds; a digit per tweet and seed, 1 for a correct prediction."""
    store = RunStore(tmp_path)
    answers = {
        ("bert-crf", "t"): ["1100", "1000"],
        ("umt", "it"): ["1010", "1010"],
        ("umt", "t"): ["1000", "1000"],
        ("umt", "it-shuffled"): ["0000", "0000"],
    }
    records = []
    for method in ("bert-crf", "umt"):
        for seed in (0, 1):
            views = {view: 0.5 for name, view in answers if name == method}
            spec = make.spec(method, seed)
            data = spec.dataset.model_copy(update={"types": ("PER", "LOC")})
            record = make.record(spec.model_copy(update={"dataset": data}), views)
            record = record.model_copy(update={"identity": record.spec.identity})
            scores = {}
            for view in views:
                labels = [RIGHT if bit == "1" else WRONG for bit in answers[method, view][seed]]
                predictions = list(pair_up(TWEETS, labels))
                store.save_predictions(record.identity, "test", view, predictions)
                scores[view] = score_all(predictions)
            records.append(record.model_copy(update={"metrics": {"test": scores}}))
    data = records[0].spec.dataset
    described = ScoredSplit(
        trained_on="made15",
        tested_on="made15",
        split="test",
        fingerprint=data.fingerprints["test"],
        train_fingerprint="t",
        train_size=1,
        tweets=tuple(ScoredTweet(id=tweet.id, words=tweet.words, image_id=tweet.image_id) for tweet in TWEETS),
        train_entities=(),
    )
    save_split(split_path(tmp_path, data, data, "test"), described)
    return store, records


def group_correctness(folder):
    store, records = folder
    [group] = group_runs(gather(records, []), [])
    return correctness_of(group, store, PredictionStatsStore(store))


def test_who_is_right_where(folder):
    correctness = group_correctness(folder)
    assert (correctness.seed, set(correctness.correct)) == (0, {("bert-crf", "t"), ("umt", "it"), ("umt", "t")})
    assert correctness.correct["bert-crf", "t"].tolist() == [True, True, False, False]
    assert correctness.correct_seeds["bert-crf", "t"].tolist() == [2, 1, 0, 0]
    assert correctness.share(("bert-crf", "t")).tolist() == [1.0, 0.5, 0.0, 0.0]


def test_contested_tweets_are_those_with_right_and_wrong_answers(folder):
    correctness = group_correctness(folder)
    assert correctness.contested(10) == [1, 2]
    assert correctness.contested(1) == [1]
    assert correctness.contested(0) == []


def test_answers_are_those_of_the_shown_seed(folder):
    cases = group_correctness(folder).cases([1])
    [case] = cases.cases
    assert (case.tweet.id, case.gold, cases.tweets) == ("1", (Span(0, 1, "PER"),), 4)
    answer = case.answers["bert-crf", "t"]
    assert (answer.spans, answer.correct, answer.correct_seeds, answer.seeds) == ((Span(0, 1, "PER"),), True, 1, 2)
    assert case.answers["umt", "it"].spans == (Span(0, 1, "LOC"),)


def test_only_the_tweets_that_are_shown_are_read(folder):
    store, records = folder
    correctness = group_correctness(folder)
    path = store.folder(records[0].identity) / "predictions" / "test.t.jsonl"
    lines = path.read_text().split("\n")
    path.write_text("\n".join([lines[0], "damaged", *lines[2:]]))
    assert correctness.cases([0, 2]).cases[0].gold == (Span(0, 1, "PER"),)
    with pytest.raises(StoreError, match=r"test\.t\.jsonl:2: not a prediction"):
        correctness.cases([1])


def test_without_a_description_or_a_common_seed_nobody_knows(folder, make):
    store, records = folder
    [group] = group_runs(gather([records[0], records[3]], []), [])
    assert correctness_of(group, store, PredictionStatsStore(store)) is None
    for path in (store.root / "splits").iterdir():
        path.unlink()
    assert group_correctness(folder) is None
