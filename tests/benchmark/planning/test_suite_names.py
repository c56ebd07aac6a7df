"""Selection of the suite of a command line, and its name in all outputs."""

from __future__ import annotations

import json
import sqlite3

import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.planning.suite import Suite, load_suite
from mnerbench.benchmark.planning.suite_names import DEFAULT, name_after_data, select_suite
from mnerbench.benchmark.results.manifest import load_manifests
from mnerbench.datasets.errors import ConfigError

QUESTION = "does the picture help beyond a well-trained text tagger?"


def call(*words):
    return CliRunner().invoke(cli, list(map(str, words)))


def test_datasets_alone_run_the_neutral_suite(fixtures):
    assert select_suite(None, "tiny", fixtures) == load_suite(DEFAULT)
    assert select_suite("demo", "tiny", fixtures) == load_suite("demo")


def test_the_error_without_suite_and_datasets_lists_the_options(fixtures):
    with pytest.raises(ConfigError) as caught:
        select_suite(None, None, fixtures)
    first, suites, datasets = str(caught.value).splitlines()
    assert first == "nothing to run: neither --suite nor --datasets is given"
    assert "twitter15, twitter17" in suites
    assert datasets.endswith(f"in {fixtures}: tiny")


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("umt", ["did you mean 'reproduce/umt'", "--suite reproduce/umt", "--suite twitter15 --methods umt"]),
        ("Twitter15", ["did you mean 'twitter15'", "--suite twitter15"]),
        ("BERT-CRF", ["valid: demo", "the method bert-crf: --suite twitter15 --methods bert-crf"]),
        ("snap", ["the dataset snap: --datasets snap"]),
        ("tinny", ["did you mean 'tiny'"]),
        ("nothing-like-it", ["valid: demo", "`benchmark list suites`"]),
    ],
)
def test_the_error_for_an_unknown_suite_suggests_suites_methods_and_datasets(typed, parts, fixtures):
    with pytest.raises(ConfigError) as caught:
        select_suite(typed, None, fixtures)
    assert str(caught.value).startswith(f"no suite '{typed}'")
    assert all(part in str(caught.value) for part in parts)


def test_a_suite_without_datasets_is_named_after_those_of_the_command_line(fixtures):
    neutral = load_suite(DEFAULT)
    with pytest.raises(ConfigError, match=r"suite 'default' names no datasets\n  -> --datasets NAME; in .*: tiny"):
        name_after_data(neutral, (), fixtures)
    assert name_after_data(neutral, ["tiny", "probe-object"], fixtures) == {
        "name": "default/tiny+probe-object",
        "title": f"tiny, probe-object: {QUESTION}",
    }
    with pytest.raises(ConfigError, match="no dataset 'Tinny'; did you mean 'tiny'"):
        name_after_data(neutral, ["Tinny"], fixtures)
    assert name_after_data(load_suite("demo"), ["tiny"], fixtures) == {}


def test_many_datasets_still_make_a_file_name(tmp_path):
    neutral = load_suite(DEFAULT)
    names = [f"corpus-of-tweets-{number}" for number in range(20)]
    for name in names:
        (tmp_path / name).mkdir()
        card = f'name = "{name}"\ntypes = ["PER"]\n' + "".join(
            f'{key} = "x"\n' for key in ("title", "summary", "licence", "citation", "images", "how_to_get")
        )
        (tmp_path / name / "card.toml").write_text(card + '[files]\ntrain = { path = "t" }\n')
    long, other = (name_after_data(neutral, some, tmp_path)["name"] for some in (names, names[:-1]))
    assert long.startswith("default/corpus-of-tweets-0+19-more-")
    assert len(long) < 100
    assert long != other


def test_a_suite_file_may_omit_its_datasets(tmp_path, fixtures):
    (tmp_path / "mine.toml").write_text('title = "mine"\nmethods = ["majority"]\n')
    result = call("plan", "--suite", tmp_path / "mine.toml", "--datasets", "tiny", "--data", fixtures)
    assert "mine/tiny: tiny: mine" in result.output
    result = call("plan", "--suite", tmp_path / "mine.toml", "--data", fixtures)
    assert "names no datasets" in str(result.exception)


def test_file_page_and_mlflow_have_the_name_and_the_title_names_the_data(tmp_path, fixtures):
    base = ["--datasets", "tiny", "--methods", "majority,lookup", "--data", fixtures, "--out", tmp_path]
    result = call("run", *base, "--baseline", "majority")
    assert result.exit_code == 0, result.output + str(result.exception)
    (grid,) = load_manifests(tmp_path)
    assert (grid.suite, grid.title) == ("default/tiny", f"tiny: {QUESTION}")
    assert (tmp_path / "reports" / "default" / "tiny.md").is_file()
    assert f"tiny: {QUESTION}" in (tmp_path / "reports" / "default" / "tiny.html").read_text()
    names = sqlite3.connect(tmp_path / "mlflow.db").execute("select name from runs").fetchall()
    assert ("default/tiny",) in names
    assert not any("twitter15" in name for (name,) in names)
    assert {row["suite"] for row in json.loads(call("status", "--out", tmp_path, "--format", "json").output)} == {
        "default/tiny"
    }
    assert "majority" in call("report", "--out", tmp_path, "--suite", "default/tiny").output
    assert "2 runs: 2 done, 0 to do" in call("plan", "--suite", "default", *base).output


def test_tune_takes_it_too(tmp_path, fixtures):
    words = ["--datasets", "tiny", "--methods", "bert-crf", "--trials", "1", "--encoder", "scratch", "--no-mlflow"]
    words += ["--set", "training.epochs=1", "--data", fixtures, "--out", tmp_path, "--threads", "1"]
    result = call("tune", *words)
    assert result.exit_code == 0, result.output + str(result.exception)
    path = tmp_path / "tuning" / "default" / "tiny" / "tuned-tiny.toml"
    assert load_suite(str(path)).datasets == ("tiny",)
    assert "search default/tiny: bert-crf on tiny" in call("status", "--out", tmp_path).output


def test_an_empty_list_of_datasets_is_invalid():
    with pytest.raises(ValueError, match="datasets"):
        Suite(name="s", title="t", datasets=(), methods=("bert",))
