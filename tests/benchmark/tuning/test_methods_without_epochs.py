"""Searches of methods that are fitted without seeds and epochs."""

from __future__ import annotations

import tomllib

import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.search_results import load_results
from mnerbench.benchmark.results.store import RunStore

SUITE = """
title = "methods without epochs"
datasets = ["tiny"]
methods = ["majority", "t-ner"]
encoder = "scratch"
"""


@pytest.fixture(scope="module")
def folders(fixtures, tmp_path_factory):
    out = tmp_path_factory.mktemp("search")
    (out / "short.toml").write_text(SUITE, encoding="utf-8")
    return ["--suite", out / "short.toml", "--data", fixtures, "--out", out / "runs", "--no-mlflow"]


def tune(folders, *words):
    return CliRunner().invoke(cli, ["tune", *map(str, folders), *map(str, words)])


def test_the_settings_of_the_card_are_searched_and_scored_on_dev(folders):
    result = tune(folders, "--trials", 3)
    assert result.exit_code == 0, result.output
    runs = folders[5]
    [search] = load_results(runs / "tuning" / "short").searches
    assert (search.method, set(search.space)) == ("t-ner", {"penalty", "context", "affixes"})
    assert search.trials[0].values == {"penalty": 0.2, "context": 2, "affixes": 4}
    records = [
        record for record in RunStore(runs / "tuning" / "short" / "trials").records() if record.status is Status.DONE
    ]
    scores = sorted(record.score("valid", "t", "conlleval").overall.f1 for record in records)
    assert sorted(trial.value for trial in search.trials) == pytest.approx(scores)
    assert all(set(record.metrics) == {"valid"} for record in records)
    suite = tomllib.loads((runs / "tuning" / "short" / "tuned-tiny.toml").read_text(encoding="utf-8"))
    assert [part["methods"] for part in suite["parts"]] == [["majority"], ["t-ner"]]
    assert suite["parts"][1]["settings"]["t-ner"] == search.best.values


def test_only_the_users_domains_of_its_own_settings_are_added(folders, tmp_path):
    """Training settings are those of other methods."""
    words = "--out", tmp_path, "--search", "t-ner.hash_bits=10,12", "--search", "training.batch_size=8,16"
    result = tune([*folders[:4], "--no-mlflow"], "--methods", "t-ner", "--trials", 1, *words)
    assert result.exit_code == 0, result.output
    [search] = load_results(tmp_path / "tuning" / "short").searches
    assert set(search.space) == {"penalty", "context", "affixes", "hash_bits"}


def test_a_method_without_settings_is_refused_by_name(folders):
    result = tune(folders, "--methods", "majority", "--trials", 1)
    assert str(result.exception) == "majority: nothing to search\n  -> leave it out of --methods"
