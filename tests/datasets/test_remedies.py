"""For a data folder one level too deep or too high, the right one is suggested."""

from __future__ import annotations

import shutil

import pytest

from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.remedies import misplaced

FILES = ["train.txt", "valid.txt", "test.txt"]


def fill(folder):
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).write_text("a\tO\n")


@pytest.mark.parametrize(
    ("data_dir", "answer"),
    [
        ("data/twitter15", "--data HOME/data   # HOME/data/twitter15 is one level too deep"),
        ("data/twitter17", "--data HOME/data   # HOME/data/twitter17 is one level too deep"),
        (".", "--data HOME/data   # twitter15 is one level below HOME"),
        ("other", None),
        ("nowhere", None),
    ],
)
def test_the_intended_folder_is_suggested(tmp_path, data_dir, answer):
    for name in ("twitter15", "twitter17"):
        fill(tmp_path / "data" / name)
    (tmp_path / "other").mkdir()
    remedies = misplaced("twitter15", FILES, tmp_path / data_dir)
    assert remedies == ([answer.replace("HOME", str(tmp_path))] if answer else [])


def test_files_without_a_folder_of_the_name_are_told_where_to_go(tmp_path):
    fill(tmp_path / "twitter2015")
    (way,) = misplaced("twitter15", FILES, tmp_path / "twitter2015")
    assert way.startswith(f"mkdir {tmp_path / 'twitter2015' / 'twitter15'}, and put train.txt, valid.txt, test.txt")


@pytest.mark.parametrize("name", ["../data/twitter15", "/twitter15", "*", "", ".."])
def test_what_is_no_name_of_a_folder_is_looked_for_nowhere(tmp_path, name):
    fill(tmp_path / "data" / "twitter15")
    assert misplaced(name, FILES, tmp_path / "data") == []


def test_a_corpus_says_it_first(tmp_path):
    fill(tmp_path / "data" / "twitter15")
    with pytest.raises(MissingInputError) as caught:
        load_corpus("twitter15", tmp_path / "data" / "twitter15")
    assert caught.value.needs[0].ways[0].startswith(f"--data {tmp_path / 'data'}")


def test_so_does_a_dataset_with_a_card_of_its_own(tmp_path, fixtures):
    shutil.copytree(fixtures / "tiny", tmp_path / "data" / "tiny")
    for data_dir in (tmp_path / "data" / "tiny", tmp_path):
        with pytest.raises(ConfigError, match=f"--data {tmp_path / 'data'}"):
            load_corpus("tiny", data_dir)
