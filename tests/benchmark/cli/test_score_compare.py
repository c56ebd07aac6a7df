"""`benchmark score` and `benchmark compare` as a user runs them, on a corpus of a few tweets."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.errors import ConfigError, DataError


def benchmark(*arguments, error=None):
    """The output of a command line; `error` is what it has to raise."""
    done = CliRunner().invoke(cli, [str(part) for part in arguments], env={"COLUMNS": "200"})
    if error is not None:
        assert isinstance(done.exception, error), done.output
        return str(done.exception)
    assert done.exit_code == 0 or isinstance(done.exception, SystemExit), (done.output, done.exception)
    return done.output


@pytest.fixture
def test_split(fixtures):
    return load_corpus("tiny", fixtures)["test"]


@pytest.fixture
def out(tmp_path, fixtures):
    """A folder with the two methods that count."""
    suite = tmp_path / "count.toml"
    suite.write_text('title = "t"\ndatasets = ["tiny"]\nmethods = ["majority", "lookup"]\nbaseline = "majority"\n')
    folder = tmp_path / "runs"
    benchmark("run", "--suite", suite, "--data", fixtures, "--out", folder, "--no-mlflow")
    return folder


def write(path, tweets, labels=None):
    """Predictions in columns with gold; perfect ones unless given."""
    lines = []
    for tweet, predicted in zip(tweets, labels or [tweet.labels for tweet in tweets], strict=True):
        rows = zip(tweet.words, tweet.labels, predicted, strict=True)
        lines += ["\t".join(row) + "\n" for row in rows] + ["\n"]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_perfect_predictions_score_one_and_join_the_leaderboard(out, fixtures, test_split, tmp_path):
    file = write(tmp_path / "theirs.txt", test_split)
    text = benchmark(
        "score", file, "--dataset", "tiny", "--name", "oracle", "--data", fixtures, "--out", out, "--allow-gold"
    )
    assert f"{len(test_split)} of {len(test_split)} test tweets found" in text
    assert "F1 conlleval 100.00" in text
    page = benchmark("report", "--out", out, "--format", "markdown")
    assert "oracle (from a file)" in page
    assert "oracle: predictions from a file, nothing is known of its training" in page
    table = json.loads(benchmark("report", "--out", out, "--format", "json", "--suite", "count"))["tables"][0]
    assert {row["method"] for row in table["rows"]} == {"oracle", "lookup", "majority"}
    [row] = [row for row in table["rows"] if row["method"] == "oracle"]
    assert row["mistakes"]["missed"] == row["mistakes"]["spurious"] == 0
    assert set(row["slices"].values()) == {1.0}


def test_several_files_are_several_seeds_and_a_second_try_replaces_the_first(out, fixtures, test_split, tmp_path):
    good = write(tmp_path / "a.txt", test_split)
    bad = write(tmp_path / "b.txt", test_split, [["O"] * len(tweet.words) for tweet in test_split])
    flags = ["--dataset", "tiny", "--name", "theirs", "--data", fixtures, "--out", out, "--allow-gold"]
    benchmark("score", good, bad, *flags)
    table = json.loads(benchmark("report", "--out", out, "--format", "json"))["tables"][0]
    assert {row["method"]: row["by_seed"] for row in table["rows"]}["theirs"] == {"0": 1.0, "1": 0.0}
    benchmark("score", bad, "--first-seed", 0, *flags)
    table = json.loads(benchmark("report", "--out", out, "--format", "json"))["tables"][0]
    assert {row["method"]: row["by_seed"] for row in table["rows"]}["theirs"] == {"0": 0.0, "1": 0.0}


def test_meaningless_files_are_refused_and_gold_labels_are_recognised(out, fixtures, test_split, tmp_path):
    flags = ["--dataset", "tiny", "--name", "theirs", "--data", fixtures, "--out", out]
    other = tmp_path / "other.txt"
    other.write_text("".join(f"stranger{n}\tO\n\n" for n in range(len(test_split))))
    text = benchmark("score", other, *flags, error=ConfigError)
    assert f"contains only 0 of {len(test_split)} test tweets; nothing was saved" in text
    good = write(tmp_path / "a.txt", test_split)
    assert "same predictions as" in benchmark("score", good, good, *flags, "--allow-gold", error=ConfigError)
    assert not [record for record in RunStore(out).records() if record.spec.method == "theirs"]
    text = benchmark("score", good, *flags, error=DataError)
    assert "the predictions equal our gold: is a.txt a file of gold labels?" in text
    assert not [record for record in RunStore(out).records() if record.spec.method == "theirs"]
    text = benchmark("score", good, *flags, "--allow-gold")
    assert "is a.txt a file of gold labels?" in text
    assert "is a.txt a file of gold labels?" in benchmark("report", "--out", out, "--format", "markdown")
    record = next(record for record in RunStore(out).records() if record.spec.method == "theirs")
    assert f"stored in {RunStore(out).folder(record.identity)}" in text


def test_status_lists_systems_scored_from_files(out, fixtures, test_split, tmp_path):
    good = write(tmp_path / "a.txt", test_split)
    for folder in (out, tmp_path / "new"):
        benchmark(
            "score", good, "--dataset", "tiny", "--name", "theirs", "--data", fixtures, "--out", folder, "--allow-gold"
        )
        rows = json.loads(benchmark("status", "--out", folder, "--format", "json"))
        matches = [row for row in rows if row["method"] == "theirs"]
        assert [(row["suite"], row["dataset"], row["done"]) for row in matches] == [("(from files)", "tiny", 1)]


def test_the_terminal_shows_the_main_tables_and_all_with_details(out):
    short, long = benchmark("report", "--out", out), benchmark("report", "--out", out, "--details")
    for text in ("verdict", "gold entities in test", "page:"):
        assert text in short
        assert text in long
    assert "Error types" in long
    assert "Error types" not in short
    assert "report --details" in short


def test_a_plan_warns_if_the_baseline_is_missing(out, fixtures, tmp_path):
    flags = ["--suite", tmp_path / "count.toml", "--data", fixtures, "--out", out]
    assert "the baseline" not in benchmark("plan", *flags)
    assert "the baseline majority is not among the methods" in benchmark("plan", *flags, "--methods", "lookup")


def test_missing_tweets_are_listed_and_every_gold_entity_counts(out, fixtures, test_split, tmp_path):
    file = write(tmp_path / "lost.txt", test_split[:-1])
    text = benchmark(
        "score", file, "--dataset", "tiny", "--name", "lost", "--data", fixtures, "--out", out, "--allow-gold"
    )
    assert "missing: 1" in text
    [record] = [record for record in RunStore(out).records() if record.spec.method == "lost"]
    [other] = [record for record in RunStore(out).records() if record.spec.method == "lookup"]
    gold = [scored.score("test", scored.primary_view, "conlleval").overall.gold for scored in (record, other)]
    assert gold[0] == gold[1]
    assert "tweets that do not fit our gold: 1 missing" in record.notes[0]
    alignment = (RunStore(out).folder(record.identity) / "alignment.txt").read_text()
    assert alignment.startswith(f"missing\ttweet {len(test_split)}\t")


def test_strict_stores_nothing(out, fixtures, test_split, tmp_path):
    file = write(tmp_path / "lost.txt", test_split[:-1])
    flags = ["--dataset", "tiny", "--name", "lost", "--data", fixtures, "--out", out, "--strict", "--allow-gold"]
    assert "nothing was stored" in benchmark("score", file, *flags)
    assert all(record.spec.method != "lost" for record in RunStore(out).records())


@pytest.mark.parametrize(("name", "text"), [("bert-crf", "is a method of this package"), ("a\nb", "cannot be printed")])
def test_names_that_would_mislead_are_refused(name, text, out, fixtures, tmp_path):
    flags = ["--dataset", "tiny", "--name", name, "--data", fixtures, "--out", out]
    assert text in benchmark("score", tmp_path / "none.txt", *flags, error=ConfigError)


def test_compare_prints_every_section(out, fixtures, test_split, tmp_path):
    file = write(tmp_path / "theirs.txt", test_split)
    benchmark("score", file, "--dataset", "tiny", "--name", "oracle", "--data", fixtures, "--out", out, "--allow-gold")
    text = benchmark("compare", "oracle", "lookup", "--out", out)
    for part in ("Scores", "paired bootstrap over tweets", "By entity type", "By slice of test", "Error types"):
        assert part in text
    assert "only lookup@t" in text
    assert "oracle@it right more often than lookup@t" in text
    assert "lookup@t right more often than" not in text
    assert "oracle@it: no verdict against lookup@t: 1 seed" in text
    assert text.count("gold") > 3
    page = benchmark("compare", "oracle@it", "majority@t", "--out", out, "--format", "markdown")
    assert page.startswith("## tiny")
    assert "### Gold entities, means over shared seeds" in page
    [data] = json.loads(benchmark("compare", "oracle", "lookup", "--out", out, "--format", "json"))
    assert (data["a"]["method"], data["a"]["f1"]["mean"], data["b"]["method"]) == ("oracle", 1.0, "lookup")
    assert data["tests"]["Welch's t over seeds"]["p"] is None
    assert data["tests"]["paired bootstrap over tweets"]["p"] < 0.05


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["lookup", "majorty"], "no result of 'majorty'; did you mean 'majority'"),
        (["lookup", "majority@it"], "no result of 'majority@it'"),
        (["lookup", "majority", "--dataset", "tinny"], "did you mean 'tiny'"),
    ],
)
def test_errors_for_names_without_results_suggest_the_nearest(arguments, text, out):
    assert text in benchmark("compare", *arguments, "--out", out, error=ConfigError)
