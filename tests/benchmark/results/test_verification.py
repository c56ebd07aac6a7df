"""`report --verify` and `merge` detect scores that predictions do not give, and name the changed file."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.damage import DamageLog
from mnerbench.benchmark.results.merge import merge
from mnerbench.benchmark.results.predictions import pair_up, score_all
from mnerbench.benchmark.results.split_metadata import split_path
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.results.verification import Verifier
from mnerbench.datasets.corpus import Example

RUN = "29bc7442a87db6e8"  # bert-crf, seed 0, trained on small and scored on tiny too
DIAGNOSED = "5966efe363ebdf10"  # bert-grid, with the predictions of a diagnosis


@pytest.fixture
def store(root, tmp_path):
    """A results folder of 13 runs with predictions."""
    shutil.copytree(root / "tests" / "reports" / "small", tmp_path / "runs")
    return RunStore(tmp_path / "runs")


def verified(store):
    """Reasons of all damages in a folder, by run and file name."""
    verifier = Verifier(store)
    damages = [damage for record in store.records() for damage in verifier.check(record)] + verifier.edited_gold()
    return {(damage.identity, damage.path.name): damage.reason for damage in damages}


def edited(path, change):
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def edited_line(path, number, change):
    """Change one line of a file of predictions."""
    lines = path.read_text(encoding="utf-8").splitlines()
    data = json.loads(lines[number])
    change(data)
    lines[number] = json.dumps(data)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def counts(record, view="t", scorer="conlleval"):
    return record["metrics"]["test"][view][scorer]


def forge(store, run=RUN):
    """Change a record to F1 100, while its predictions give 12."""

    def change(record):
        gold = counts(record)["overall"]["gold"]
        counts(record)["overall"].update(correct=gold, predicted=gold)

    edited(store.record_path(run), change)


def with_gold(store, run, relabel):
    """Change the gold labels of predictions, with consistent counts, scores and record."""
    old = store.predictions(run, "test", "t")
    examples = [Example(item.id, ("w",) * len(item.gold), tuple(map(relabel, item.gold))) for item in old]
    new = list(pair_up(examples, [item.predicted for item in old]))
    store.save_predictions(run, "test", "t", new)
    record = store.record(run)
    test = {**record.metrics["test"], "t": score_all(new)}
    store.save_record(record.model_copy(update={"metrics": {**record.metrics, "test": test}}))


def without_persons(label):
    return "O" if label.endswith("PER") else label


def report(store, *arguments):
    return CliRunner().invoke(cli, ["report", "--out", str(store.root), "--format", "markdown", *arguments])


def test_unchanged_folders_pass(store):
    assert verified(store) == {}
    done = report(store, "--verify")
    assert done.exit_code == 0
    assert "the scores of 13 runs, recomputed from 51 files of predictions; all as recorded" in done.stderr


def test_a_forged_score_is_named_and_excluded(store):
    forge(store)
    [reason] = verified(store).values()
    assert "these predictions give F1 12.00 (3 of 37 found, 13 predicted), the record says F1 100.00" in reason
    done = report(store, "--verify")
    assert done.exit_code == 1
    assert f"warning: {store.predictions_path(RUN, 'test', 't')}: these predictions give F1 12.00" in done.stderr
    assert "1 left out as damaged" in done.stdout


def test_a_plain_report_detects_a_forged_score_too(store):
    """Statistics that differ from the record are recomputed, and the run is then excluded."""
    for _ in ("computed from predictions", "read from the stored statistics"):
        forge(store)
        done = report(store)
        assert (done.exit_code, "the record says F1 100.00" in done.stderr) == (0, True)
        assert "1 left out as damaged" in done.stdout


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda record: counts(record, scorer="umt")["overall"].update(correct=5), "by umt"),
        (lambda record: counts(record, scorer="strict-iob2")["overall"].update(predicted=99), "by strict-iob2"),
        (lambda record: counts(record)["types"].clear(), "scores of entity types, by conlleval"),
        (lambda record: record["metrics"]["test"].update({"it": record["metrics"]["test"]["t"]}), "are gone"),
        (lambda record: record["metrics"].update({"test@other": record["metrics"]["test"]}), "no split test@other"),
        (lambda record: record["spec"].update(seed=99), "settings are those of another run"),
    ],
)
def test_every_score_and_setting_is_compared(store, change, reason):
    path = store.predictions_path(RUN, "test", "t")
    shutil.copy(path, path.with_name("test@other.t.jsonl"))
    edited(store.record_path(RUN), change)
    [found_reason] = verified(store).values()
    assert reason in found_reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda line: line.update(counts=[9, 9, 9]), "line 3: its labels do not give its counts"),
        (
            lambda line: line.update(predicted=["B-LOC"] * len(line["gold"])),
            "line 3: its labels do not give its counts",
        ),
        (lambda line: line.update(predicted=line["predicted"][:-1]), "line 3: "),
        (lambda line: line.update(id="other"), "not of the tweets"),
    ],
)
def test_a_changed_line_of_predictions_is_named(store, change, reason):
    edited_line(store.predictions_path(RUN, "test", "t"), 2, change)
    [(file, found_reason)] = verified(store).items()
    assert file == (RUN, "test.t.jsonl")
    assert reason in found_reason


def test_dev_scores_need_no_predictions_and_test_scores_do(store):
    assert not store.predictions_path(RUN, "valid", "t").exists()
    store.predictions_path(RUN, "test", "t").unlink()
    assert verified(store) == {(RUN, "test.t.jsonl"): "these predictions are gone, so their scores cannot be verified"}
    assert report(store, "--verify").exit_code == 1


def test_a_diagnosis_is_compared(store):
    edited(store.record_path(DIAGNOSED), lambda record: record["diagnosis"]["own"].update(correct=1, predicted=1))
    assert list(verified(store)) == [(DIAGNOSED, "test.it-additive.jsonl")]


# --- Gold labels ----------------------------------------------------------------------------------------------------


def test_changed_gold_is_detected_by_the_fingerprint_of_the_data(store):
    """Gold, counts, scores and record are consistent; only the fingerprint shows the change."""
    with_gold(store, RUN, without_persons)
    assert verified(store) == {(RUN, "test.t.jsonl"): "its gold labels are not those of the data: they were changed"}
    done = report(store)
    assert f"{RUN}/predictions/test.t.jsonl" in done.stderr
    assert "its gold labels are not those of the data" in done.stderr
    assert "1 left out as damaged" in done.stdout


def test_without_descriptions_the_majority_of_files_is_correct(store):
    shutil.rmtree(store.root / "splits")
    with_gold(store, RUN, without_persons)
    [(file, reason)] = verified(store).items()
    assert file == (RUN, "test.t.jsonl")
    assert "its gold labels are not those of" in reason
    assert "other files of the same split" in reason


def test_without_a_majority_both_files_are_named(store):
    shutil.rmtree(store.root / "splits")
    first, second = (record.identity for record in list(store.records())[1:3])
    for path in store.root.iterdir():
        if path.name not in {first, second, "suites"}:
            shutil.rmtree(path)
    digests = {store.record(identity).spec.dataset.fingerprints["test"] for identity in (first, second)}
    if len(digests) == 2:  # runs on two datasets: the second becomes a copy of the first
        shutil.rmtree(store.root / second / "predictions")
        shutil.copytree(store.root / first / "predictions", store.root / second / "predictions")
        record, other = store.record(first), store.record(second)
        data = record.spec.dataset
        spec = other.spec.model_copy(update={"dataset": data, "transfer": record.spec.transfer, "seed": 7})
        shutil.move(store.root / second, store.root / spec.identity)
        second = spec.identity
        store.save_record(record.model_copy(update={"identity": second, "spec": spec}))
    with_gold(store, first, without_persons)
    reasons = verified(store)
    assert {identity for identity, _ in reasons} == {first, second}
    assert all("nothing shows which are correct" in reason for reason in reasons.values())


def with_other_words(path):
    edited(path, lambda data: data["tweets"][0].update(words=["other"] * len(data["tweets"][0]["words"])))


def test_a_changed_description_is_distinguished_from_changed_gold(store):
    """With the words of another description, the gold labels have the fingerprint of the data."""
    record = store.record(RUN)
    path = split_path(store.root, record.spec.dataset, record.spec.dataset, "test")
    with_other_words(path)
    assert verified(store) == {(None, path.name): "its words are not those of the data: they were changed"}


def test_if_no_words_fit_the_gold_all_files_are_named(store):
    record = store.record(RUN)
    entry = f'"fingerprint":"{record.spec.dataset.fingerprints["test"]}"'
    for path in (store.root / "splits").iterdir():
        if entry in path.read_text(encoding="utf-8"):
            with_other_words(path)
    [reason] = set(verified(store).values())
    assert reason.startswith("its gold labels and the words in splits/ do not have the fingerprint of the data")


# --- Merging --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["forged", "gold", "gone"])
def test_merge_skips_runs_whose_predictions_do_not_give_their_scores(store, tmp_path, how):
    if how == "forged":
        forge(store)
    elif how == "gold":
        with_gold(store, RUN, without_persons)
    else:
        shutil.rmtree(store.root / RUN / "predictions")
    here, log = RunStore(tmp_path / "here"), DamageLog()
    outcomes = merge(store.root, here, log)
    assert outcomes == {"left: its predictions do not give its scores": 1, "taken over": 12}
    assert {damage.identity for damage in log} == {RUN}
    assert here.record(RUN) is None
    done = CliRunner().invoke(cli, ["merge", str(store.root), "--out", str(tmp_path / "there")])
    assert (done.exit_code, f"warning: {store.root / RUN}" in done.stderr) == (1, True)


def test_merge_prefers_the_local_split_description(store, tmp_path):
    """Gold labels are changed consistently in the source, which has no descriptions."""
    here = RunStore(tmp_path / "here")
    shutil.copytree(store.root / "splits", here.root / "splits")
    shutil.rmtree(store.root / "splits")
    for record in list(store.records()):
        if (store.root / record.identity / "predictions" / "test.t.jsonl").exists():
            with_gold(store, record.identity, without_persons)
    assert merge(store.root, here)["taken over"] == 1  # the imported predictions, which are of view `it`


def test_merge_does_not_copy_a_description_that_predictions_refute(store, tmp_path):
    record = store.record(RUN)
    path = split_path(store.root, record.spec.dataset, record.spec.dataset, "test")
    with_other_words(path)
    here = RunStore(tmp_path / "here")
    merge(store.root, here)
    assert not (here.root / "splits" / path.name).exists()
    assert len(list((here.root / "splits").iterdir())) == 3
