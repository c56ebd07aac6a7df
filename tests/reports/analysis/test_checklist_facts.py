"""What a reproducibility checklist is answered from: each run once, nothing guessed."""

import pytest

from mnerbench.benchmark.results.record import EpochPoint, Prediction, Status
from mnerbench.benchmark.results.spec import DatasetRef
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.catalog import load_card
from mnerbench.reports.analysis.checklist.collect import checklist_facts
from mnerbench.reports.analysis.leaderboard import analyse

FACTS = {"gpu": "a GPU", "python": "3.11", "packages": {"torch": "2.6", "optuna": "not installed"}, "commit": "abc"}


@pytest.fixture
def collect(tmp_path):
    """Facts of records and manifests, with an empty data folder."""

    def collected(records, manifests=(), searches=(), **options):
        analysed = analyse(records, manifests, "bert-crf")
        store = RunStore(tmp_path / "runs")
        return checklist_facts(store, records, manifests, analysed, searches, data=tmp_path / "data", **options)

    return collected


def method(facts, name):
    (match,) = [item for item in facts.methods if item.method == name]
    return match


def test_a_run_counts_once(make, collect):
    counting = make.record(make.spec("lookup"), 0.4, environment=FACTS)
    records = [counting, *make.seeds("bert-crf", [0.7, 0.71]), *make.seeds("bert-crf", [0.7, 0.71], protocol="paper")]
    plans = [make.grid([r.spec for r in records[:3]]), make.grid([r.spec for r in records[3:]], suite="other")]
    facts = collect([*records[:3]], plans)
    assert len(facts.tables) == 2
    assert method(facts, "lookup").done == 1
    assert method(facts, "bert-crf").done == 2
    assert method(facts, "bert-crf").protocols == ("equal", "paper")
    assert sum(use.runs for use in facts.hardware) == 3


def test_time_of_finished_and_of_lost_runs(make, collect):
    specs = [make.spec(seed=seed) for seed in range(4)]
    records = [make.record(specs[0], 0.7, seconds=100.0), make.record(specs[1], 0.7, seconds=50.0)]
    records += [make.failed(specs[2], seconds=7.0), make.record(specs[3], status=Status.INTERRUPTED, seconds=3.0)]
    facts = collect(records)
    item = method(facts, "bert-crf")
    assert (item.seconds, item.failed_seconds, item.failed) == (150.0, 10.0, 1)
    assert item.train_seconds == 4 * 90.0  # two epochs of each finished run
    assert facts.lost_seconds == 10.0
    assert sum(use.seconds for use in facts.hardware) == 150.0


def test_what_was_not_recorded_is_none(make, collect):
    record = make.record(make.spec(), 0.7, curve=(), parameters={}, environment={})
    facts = collect([record])
    item = method(facts, "bert-crf")
    assert (item.train_seconds, item.parameters, item.memory) == (None, {}, None)
    assert [(use.value, use.runs) for use in (*facts.hardware, *facts.commits)] == [(None, 1), (None, 1)]
    assert all(use.value is None for use in facts.software)
    (selection,) = facts.selections
    assert (selection.picked, selection.dev, selection.epochs) == ((), None, ())


def test_versions_count_their_runs(make, collect):
    others = {**FACTS, "packages": {"torch": "2.7"}, "commit": "abc-dirty"}
    environments = (FACTS, FACTS, others)
    records = [make.record(make.spec(seed=n), 0.7, environment=facts) for n, facts in enumerate(environments)]
    facts = collect(records)
    assert [(use.value, use.runs) for use in facts.commits] == [("abc", 2), ("abc-dirty", 1)]
    torch = [(use.value, use.runs) for use in facts.software if use.name == "torch"]
    assert torch == [("2.6", 2), ("2.7", 1)]
    assert not [use for use in facts.software if use.name == "optuna"]


def test_versions_of_the_sources(make, collect):
    codes = ({"m": "1" * 8}, {"m": "1" * 8}, {"m": "2" * 8}, {})
    records = [make.record(make.spec(seed=n), 0.7, code=code) for n, code in enumerate(codes)]
    assert collect(records).code == {"bert-crf": 2}


def test_the_picked_epoch_and_its_dev_score(make, collect):
    def curve(*scores):
        points = enumerate(scores, start=1)
        times = {"train_seconds": 1.0, "dev_seconds": 1.0}
        return tuple(EpochPoint(epoch=n, loss=1.0, losses={}, dev_f1=f1, **times) for n, f1 in points)

    records = [
        make.record(make.spec(seed=0), 0.7, curve=curve(0.1, 0.6, 0.5), best_epoch=2),
        make.record(make.spec(seed=1), 0.7, curve=curve(0.1, 0.2, 0.8), best_epoch=3),
    ]
    (selection,) = collect(records).selections
    assert (selection.epochs, selection.picked) == ((3,), (2, 3))
    assert (selection.dev.mean, selection.dev.n) == (pytest.approx(0.7), 2)


def twitter15(**changed):
    card = load_card("twitter15")
    return card, DatasetRef(name="twitter15", fingerprints={**card.fingerprints, **changed})


def test_sizes_are_the_cards_where_the_content_is(make, collect):
    card, data = twitter15()
    (item,) = collect([make.record(make.spec().model_copy(update={"dataset": data}), 0.7)]).datasets
    assert item.verified is True
    assert (item.licence, item.citation, item.defects) == (card.licence, card.citation, card.defects)
    sizes = {split.split: split.tweets for split in item.splits}
    assert sizes == {split: card.sizes[split].tweets for split in ("train", "valid", "test")}


def test_another_content_has_no_size(make, collect):
    _, data = twitter15(train="0" * 64)
    (item,) = collect([make.record(make.spec().model_copy(update={"dataset": data}), 0.7)]).datasets
    assert item.verified is False
    assert [split.tweets for split in item.splits] == [None] * 3


def test_a_dataset_without_a_card_is_unknown(make, collect):
    (item,) = collect(make.seeds("bert-crf", [0.7])).datasets
    assert (item.title, item.licence, item.verified) == (None, None, None)
    assert {split.split: split.entities for split in item.splits} == {"train": None, "test": 10_000}


def test_kept_predictions_are_counted(make, collect, tmp_path):
    records = make.seeds("bert-crf", [0.7, 0.71])
    prediction = Prediction(id="1", predicted=("O",), gold=("O",), counts=(0, 0, 0))
    RunStore(tmp_path / "runs").save_predictions(records[0].identity, "test", "t", [prediction])
    kept = collect(records, verified=5).kept
    assert (kept.expected, kept.present, kept.verified) == (2, 1, 5)


def test_predictions_from_files_say_nothing_of_code(make, collect):
    spec = make.spec("theirs", family="external", encoder=None, training=None, protocol="external", config={})
    facts = collect([make.record(spec, 0.7)])
    assert not facts.hardware
    assert not facts.commits
    assert method(facts, "theirs").done == 1
