"""Pictures of tweets: those of exactly the scored tweets, or none."""

import shutil

import pytest
from answered import write_answers
from click.testing import CliRunner
from small_probe import write_small_probe

from mnerbench.benchmark.cli.report import command
from mnerbench.benchmark.results.split_metadata import ScoredTweet
from mnerbench.datasets.catalog import dataset_folder, load_card
from mnerbench.datasets.corpus import fingerprint
from mnerbench.datasets.probes.generator import generate
from mnerbench.reports.analysis.scored_folder import scored_folder

SIZES = (4, 2, 6)


@pytest.fixture
def drawn(tmp_path):
    """A small probe whose pictures are drawn, and a results folder of its test split."""
    data, cache = tmp_path / "data", tmp_path / "cache"
    write_small_probe(data, "object", sizes=SIZES)
    card = load_card("small", data)
    dataset_folder(card, data, cache)
    test = generate(card.probe).corpus("small")["test"]
    tweets = [
        (ScoredTweet(id=example.id, words=example.words, image_id=example.image_id), example.labels) for example in test
    ]
    wrong = [("B-XYZ", *example.labels[1:]) for example in test]
    runs = tmp_path / "runs"
    write_answers(runs, tweets, {"base": {"t": [wrong]}, "other": {"t": [[o.labels for o in test]]}}, dataset="small")
    return data, cache, runs, fingerprint(test)


def pictures(data, cache, runs):
    target = runs / "page.html"
    arguments = ["--out", runs, "--format", "html", "--to", target, "--data", data, "--cache", cache]
    CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False, standalone_mode=False)
    return target.read_text(encoding="utf-8").count("data:image/jpeg;base64,")


def test_every_case_shows_its_picture(drawn):
    assert pictures(*drawn[:3]) == SIZES[2]


def test_pictures_that_were_never_drawn_are_not_drawn(drawn):
    data, cache, runs, _ = drawn
    shutil.rmtree(cache)
    assert pictures(data, cache, runs) == 0
    assert not cache.exists()


def test_pictures_of_other_tweets_are_not_shown(drawn):
    data, cache, runs, digest = drawn
    assert scored_folder("small", data, cache, digest) is not None
    assert scored_folder("small", data, cache, "0" * 64) is None
    card = data / "small" / "card.toml"
    card.write_text(card.read_text() + "seed = 5\n")
    dataset_folder(load_card("small", data), data, cache)
    assert pictures(data, cache, runs) == 0


@pytest.mark.parametrize("name", ["nobody", "../small", "tiny"])
def test_what_is_not_here_has_no_pictures(name, tmp_path):
    assert scored_folder(name, tmp_path, tmp_path, "0" * 64) is None


def test_scores_without_predictions_are_a_page_that_says_so(drawn):
    data, cache, runs, _ = drawn
    pictures(data, cache, runs)
    for folder in runs.glob("*/predictions"):
        shutil.rmtree(folder)
    assert pictures(data, cache, runs) == 0
    assert "No tweets are shown: <bdi>" in (runs / "page.html").read_text(encoding="utf-8")


def test_the_table_format_writes_both_and_names_them(drawn):
    data, cache, runs, _ = drawn
    flags = ["--out", runs, "--data", data, "--cache", cache, "--cases", "2"]
    answer = CliRunner().invoke(command, [str(a) for a in flags], catch_exceptions=False, standalone_mode=False)
    assert f"report: {runs / 'reports' / 'all.md'}" in answer.output
    assert f"page: {runs / 'reports' / 'all.html'}" in answer.output
    page = (runs / "reports" / "all.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 2
