"""Partial runs: `--limit-test` and `--no-diagnosis` cost less, are marked everywhere, and are never results."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from small_probe import write_small_probe

import mnerbench
from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.store import RunStore

pytestmark = pytest.mark.slow
_TEST = 24
_SUITE = """
title = "two methods"
datasets = ["small"]
methods = ["bert", "ita-la"]
baseline = "bert"
seeds = 3
encoder = "scratch"
[training]
epochs = 2
lr_encoder = 1e-3
"""


class Folder:
    """Runs the suite over a small probe into one results folder."""

    def __init__(self, shared, out):
        self.folders = {"data": shared / "data", "cache": shared / "cache", "out": out}
        self.suite, self.store = shared / "two.toml", RunStore(out)

    def run(self, **flags):
        defaults = {"threads": 1, "device": "cpu", "mlflow": False, "quiet": True}
        return mnerbench.run(self.suite, **self.folders, **defaults, **flags)

    def records(self, method):
        return [record for record in RunStore(self.folders["out"]).records() if record.spec.method == method]

    def predictions(self, record):
        folder = self.folders["out"] / record.identity / "predictions"
        return {path.name: path.read_bytes() for path in folder.glob("*.jsonl")}

    def invoke(self, verb, *words):
        result = CliRunner().invoke(cli, [verb, *map(str, words), "--out", str(self.folders["out"])])
        assert result.exit_code == 0, result.output
        return result.output


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("partial")
    write_small_probe(folder / "data", "object", sizes=(24, 12, _TEST))
    (folder / "two.toml").write_text(_SUITE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def whole(shared):
    """All runs without any flag."""
    trial = Folder(shared, shared / "whole")
    trial.run(keep="all")
    return trial


@pytest.fixture(scope="module")
def limited(shared):
    trial = Folder(shared, shared / "limited")
    trial.run(limit_test=5)
    return trial


@pytest.fixture(scope="module")
def undiagnosed(shared):
    trial = Folder(shared, shared / "undiagnosed")
    trial.run(diagnosis=False, keep="all", methods="ita-la")
    return trial


def test_a_limit_scores_fewer_tweets_under_another_identity(whole, limited):
    for method in ("bert", "ita-la"):
        records = limited.records(method)
        assert not {record.identity for record in records} & {record.identity for record in whole.records(method)}
        tweets = [
            [
                json.loads(line)["id"]
                for line in limited.predictions(record)[f"{split}.{record.primary_view}.jsonl"].splitlines()
            ]
            for record in records
            for split in ("valid", "test")
        ]
        assert {len(listed) for listed in tweets} == {5}
        assert tweets[0::2] == [tweets[0]] * len(records)  # the same for all seeds
        assert {record.spec.dataset.limit_test for record in records} == {5}
        assert {record.spec.partial for record in records} == {"at most 5 tweets of dev and of test"}


def test_limited_runs_are_no_results(limited):
    board = mnerbench.load_results(limited.folders["out"]).leaderboard()
    assert set(board.data) == {"small (partial: 5 test tweets)"}
    assert set(board.state) == {"partial"}
    assert board["rank"].isna().all()
    assert "verdict" not in board or board.verdict.isna().all()


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "csv-runs", "latex", "json", "html"])
def test_every_report_says_so(limited, tmp_path, form):
    file = tmp_path / "report"
    output = limited.invoke("report", "--format", form, "--to", file)
    assert "partial" in file.read_text(encoding="utf-8")
    assert form != "table" or "partial" in output


def test_run_and_compare_say_so(limited):
    output = limited.invoke("compare", "ita-la", "bert")
    assert "not judged" in output
    assert "(partial)" in output
    [pair] = mnerbench.load_results(limited.folders["out"]).compare("ita-la", "bert")
    assert (pair.verdict, pair.interval) == ("not tested", None)
    frame = mnerbench.load_results(limited.folders["out"]).runs()
    assert set(frame.partial) == {"at most 5 tweets of dev and of test"}


def test_a_limit_beyond_the_splits_is_the_whole_run(shared, whole):
    trial = Folder(shared, whole.folders["out"])
    before = {record.identity: record.started for record in trial.store.records()}
    trial.run(limit_test=_TEST)
    assert {record.identity: record.started for record in RunStore(trial.folders["out"]).records()} == before


def test_without_diagnosis_only_the_main_view_is_scored(undiagnosed):
    for record in undiagnosed.records("ita-la"):
        assert {split: set(views) for split, views in record.metrics.items()} == {"valid": {"it"}, "test": {"it"}}
        assert record.diagnosis is None
        assert not record.spec.diagnosis
    board = mnerbench.load_results(undiagnosed.folders["out"]).leaderboard()
    assert set(board.state) == {"partial"}
    assert board["rank"].isna().all()


def test_a_later_run_adds_the_diagnosis_with_the_kept_tagger(undiagnosed, whole):
    before = {record.identity: record for record in undiagnosed.records("ita-la")}
    undiagnosed.run(methods="ita-la", keep="all")
    after, expected = undiagnosed.records("ita-la"), {r.identity: r for r in whole.records("ita-la")}
    assert {record.identity for record in after} == set(before) == set(expected)
    for record in after:
        assert "diagnosed later, with the kept tagger" in record.notes
        assert record.curve == before[record.identity].curve  # it was not trained again
        assert record.spec.partial == ""
        reference = expected[record.identity]
        assert record.metrics == reference.metrics
        assert record.diagnosis == reference.diagnosis
        assert undiagnosed.predictions(record) == whole.predictions(reference)
    assert "complete" in set(mnerbench.load_results(undiagnosed.folders["out"]).leaderboard().state)


def test_a_diagnosed_run_answers_a_trial(shared, whole):
    trial = Folder(shared, whole.folders["out"])
    before = {record.identity: record.started for record in trial.store.records()}
    trial.run(diagnosis=False)
    records = list(RunStore(trial.folders["out"]).records())
    assert {record.identity: record.started for record in records} == before
    assert all(record.spec.partial == "" for record in records)


def test_methods_without_pictures_have_nothing_to_leave_out(shared, tmp_path):
    trial = Folder(shared, tmp_path / "out")
    trial.run(diagnosis=False, methods="bert", seeds=1)
    [record] = trial.records("bert")
    assert record.spec.partial == ""
