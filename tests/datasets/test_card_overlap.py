"""Overlaps of cards: which transfers would be scored on tweets that training saw."""

import pytest

from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.datasets.card_overlap import shared_tweets
from mnerbench.datasets.catalog import card_names, load_card
from mnerbench.datasets.errors import ConfigError


def write(data, name, more=""):
    (data / name).mkdir(parents=True)
    text = f'name = "{name}"\ntypes = ["PER"]\n{more}\n[files]\ntrain = "a"\nvalid = "a"\ntest = "a"\n'
    (data / name / "card.toml").write_text(text)
    (data / name / "a").write_text("Ada B-PER\n")


@pytest.mark.parametrize(
    ("trained", "tested", "expected"),
    [
        ("twitter-gmner", "twitter15", ["train of twitter-gmner holds 1,563 tweets of test of twitter15"]),
        ("twitter-gmner", "twitter17", ["train of twitter-gmner holds 467 tweets of test of twitter17"]),
        ("twitter-gmner", "twitter15-hvpnet", ["train of twitter-gmner holds 1,563 tweets of test of twitter15"]),
        ("twitter15", "twitter-gmner", ["test of twitter-gmner may hold tweets of train of twitter15"]),
        ("twitter15-umgf", "twitter-gmner", ["test of twitter-gmner may hold tweets of train of twitter15"]),
        ("mner-mi-plus", "twitter17", ["train of mner-mi-plus may hold tweets of test of twitter17"]),
        ("twitter15", "twitter17", []),
        ("mner-mi", "twitter17", []),
        ("twitter-gmner", "twitter-gmner", []),
        ("twitter-gmner", "tweetner7", []),
    ],
)
def test_what_the_cards_of_the_package_state(trained, tested, expected):
    assert list(shared_tweets(load_card(trained), load_card(tested))) == expected


def test_shipped_overlaps_name_shipped_datasets():
    cards = [load_card(name) for name in card_names()]
    assert {overlap.dataset for card in cards for overlap in card.overlaps} <= {card.name for card in cards}


@pytest.mark.parametrize(
    ("split", "of", "refused"),
    [
        *(("train", "test", {"a b"}), ("valid", "test", {"a b"})),
        *(("test", "train", {"b a"}), ("test", "valid", {"b a"})),
        *((split, split, set()) for split in ("train", "valid", "test")),
        ("train", "valid", set()),
    ],
)
def test_only_tweets_that_are_learnt_from_on_one_side_and_scored_on_the_other_count(tmp_path, split, of, refused):
    write(tmp_path, "a", f'overlaps = [{{ split = "{split}", dataset = "b", of = "{of}" }}]')
    write(tmp_path, "b")
    cards = {name: load_card(name, tmp_path) for name in "ab"}
    pairs = {"a b", "b a"}
    assert {pair for pair in pairs if shared_tweets(*(cards[name] for name in pair.split()))} == refused


def test_notes_of_runs_name_the_overlaps_of_their_datasets(tmp_path):
    write(tmp_path, "a", 'overlaps = [{ split = "train", dataset = "b", of = "test", tweets = 12 }]')
    write(tmp_path, "b")
    resources = LocalResources(RunPaths(tmp_path, None, tmp_path / "out", tmp_path / "cache"))
    assert "a: train of a holds 12 tweets of test of b" in resources.notes("a")
    assert not any("holds" in note for note in resources.notes("b"))
    assert resources.shared_tweets("a", "b") == ("train of a holds 12 tweets of test of b",)


@pytest.mark.parametrize(
    ("overlap", "reason"),
    [
        ('{ split = "train", dataset = "b" }', "overlaps.0.of"),
        ('{ split = "dev", dataset = "b", of = "test" }', "overlaps.0.split"),
        ('{ split = "train", dataset = "b", of = "test", tweets = 0 }', "overlaps.0.tweets"),
        ('{ split = "train", dataset = "b", of = "test", tweet = 1 }', "did you mean 'tweets'"),
    ],
)
def test_invalid_overlaps_are_refused_with_their_key(tmp_path, overlap, reason):
    write(tmp_path, "a", f"overlaps = [{overlap}]")
    with pytest.raises(ConfigError) as caught:
        load_card("a", tmp_path)
    assert reason in str(caught.value)
