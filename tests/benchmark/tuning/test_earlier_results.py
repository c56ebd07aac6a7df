"""Files of earlier commands in a search's folder are validated before the first trial."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli import tune
from mnerbench.benchmark.results.search_results import SearchResult, TrialResult, load_results, save_results
from mnerbench.benchmark.tuning.suite_file import read_tuned_suite, tuned_path
from mnerbench.datasets.errors import ConfigError, MnerbenchError, StoreError

SUITE = """
title = "short runs"
datasets = ["tiny"]
methods = ["bert-crf"]
seeds = 1
encoder = "scratch"
"""
DAMAGED = [
    "parts = [",
    "parts = 3",
    "parts = [1]",
    "[[parts]]\nmethods = 1",
    "[[parts]]\nmethods = [1]",
    "[[parts]]\nencoder = 'scratch'",
    f"x = {'[' * 5000}",
    f"x = {'9' * 5000}",
    "x = 1e999",
    "\x00",
]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_suite_file_is_named_with_a_remedy(tmp_path, content):
    path = tuned_path(tmp_path, "tiny")
    path.write_text(content)
    with pytest.raises(
        ConfigError, match=r"tuned-tiny.toml: .*\n  -> delete it, or move it away: tune writes it again"
    ):
        read_tuned_suite(path)


def test_a_missing_suite_file_is_empty_and_links_are_refused(tmp_path):
    (tmp_path / "in").mkdir()
    assert read_tuned_suite(tuned_path(tmp_path / "in", "tiny")) == {}
    (tmp_path / "in" / "tuned-tiny.toml").symlink_to(tmp_path / "other.toml")
    for name in ("tiny", "x/../../other"):
        with pytest.raises(StoreError, match="leads out of"):
            tuned_path(tmp_path / "in", name)


@pytest.mark.parametrize(("name", "content"), [("tuned-tiny.toml", "parts = ["), ("results.json", "[" * 100_000)])
def test_tune_refuses_damaged_files_before_the_first_trial(fixtures, tmp_path, name, content):
    (tmp_path / "short.toml").write_text(SUITE)
    folder = tmp_path / "runs" / "tuning" / "short"
    folder.mkdir(parents=True)
    (folder / name).write_text(content)
    flags = ["--suite", tmp_path / "short.toml", "--data", fixtures, "--out", tmp_path / "runs", "--trials", 1]
    flags += ["--cache", tmp_path / "cache", "--no-mlflow"]
    with pytest.raises(MnerbenchError, match=f"{name}: "):
        CliRunner().invoke(tune.command, [*map(str, flags)], catch_exceptions=False, standalone_mode=False)
    assert not (folder / "journal.log").exists()
    assert (folder / name).read_text() == content


@pytest.mark.parametrize("content", ["{}", "[", "[" * 100_000, '{"suite": "s", "searches": [{}]}', "9" * 5000])
def test_damaged_results_are_named_with_a_remedy(tmp_path, content):
    (tmp_path / "results.json").write_text(content)
    with pytest.raises(StoreError, match=r"results.json: not results of a search: .*\n  -> delete it") as error:
        load_results(tmp_path)
    assert len(str(error.value)) < 1500


def test_results_of_older_versions_are_read(tmp_path):
    trial = TrialResult(number=0, state="running", value=None, values={}, curve=(), seconds=None)
    search = SearchResult(method="m", dataset="d", budget=3, space={}, trials=(trial,), importance={})
    save_results(tmp_path, "s", [search])
    path = tmp_path / "results.json"
    content = json.loads(path.read_text())
    del content["searches"][0]["trials"][0]["process"]
    path.write_text(json.dumps(content))
    [back] = load_results(tmp_path).searches
    assert back.progress() == "0 of 3 trials count: 1 running, 2 not begun"
    assert back.progress(()) == "0 of 3 trials count: 1 interrupted, 2 not begun"
