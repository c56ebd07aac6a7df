"""Assignment of files to splits: by file name or as the user specifies, never guessed."""

import pytest

from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.importing.splits import split_files, splits_in


@pytest.mark.parametrize(
    ("name", "splits"),
    [
        ("train.txt", ["train"]),
        ("mine.dev.conll", ["valid"]),
        ("wnut17-Validation.jsonl", ["valid"]),
        ("val2.json", ["valid"]),
        ("TEST_labels.txt", ["test"]),
        ("train-00000-of-00002.parquet", ["train"]),
        ("contest.txt", []),
        ("latest.json", []),
        ("data.txt", []),
        ("test_on_train.txt", ["train", "test"]),
    ],
)
def test_a_split_is_a_word_of_the_files_name(name, splits):
    assert splits_in(name) == splits


def test_files_come_in_the_order_of_splits(tmp_path):
    for name in ("a.test.txt", "devel.txt", "b.txt"):
        (tmp_path / name).write_text("x O\n")
    files = split_files([str(tmp_path / "a.test.txt"), f"train={tmp_path / 'b.txt'}", str(tmp_path / "devel.txt")])
    assert {split: [path.name for path in paths] for split, paths in files.items()} == {
        "train": ["b.txt"],
        "valid": ["devel.txt"],
        "test": ["a.test.txt"],
    }
    assert list(files) == ["train", "valid", "test"]


def test_of_a_folder_the_files_whose_names_say_a_split(tmp_path):
    for name in ("train.txt", "test.txt", "captions.test.txt", "README.md", "notes.txt"):
        (tmp_path / name).write_text("x O\n")
    assert list(split_files([str(tmp_path)])) == ["train", "test"]


def test_shards_are_one_split(tmp_path):
    names = [f"train-0000{number}-of-00002.parquet" for number in (1, 0)]
    for name in names:
        (tmp_path / name).write_text("x")
    assert [path.name for path in split_files([str(tmp_path / name) for name in names])["train"]] == names[::-1]
    with pytest.raises(ConfigError, match=r"2 files .* not shards of one"):
        split_files([str(tmp_path / names[0])] * 2)


@pytest.mark.parametrize(
    ("argument", "error", "says"),
    [
        ("data.txt", ConfigError, "its name says no split"),
        ("test_on_train.txt", ConfigError, "its name says train and test"),
        ("trian=data.txt", ConfigError, "'trian' is not a split; did you mean 'train'"),
        ("absent.txt", MissingInputError, "no such file"),
        ("train=absent.txt", MissingInputError, "no such file"),
    ],
)
def test_files_without_a_unique_split_are_refused(tmp_path, monkeypatch, argument, error, says):
    for name in ("data.txt", "test_on_train.txt"):
        (tmp_path / name).write_text("x O\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=says):
        split_files([argument])
