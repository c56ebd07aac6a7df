"""`benchmark data import`: from files to a dataset that is checked and run."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.cli.data.import_files import parse_columns, parse_map, parse_tag_names
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import ConfigError

SUITE = 'title = "t"\ndatasets = ["mine"]\nmethods = ["majority", "lookup", "bert-grid"]\nencoder = "scratch"\n'


def run(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


def write_files(folder):
    for split in ("train", "dev", "test"):
        (folder / f"{split}.conll").write_text("Ada NNP B-PERSON\nLee NNP E-PERSON\nin IN O\nRome NNP S-LOC\n")


def test_an_imported_dataset_is_checked_and_run(tmp_path):
    write_files(tmp_path)
    files = [tmp_path / f"{split}.conll" for split in ("train", "dev", "test")]
    imported = run("data", "import", *files, "--name", "mine", "--data", tmp_path / "d", "--map", "PERSON=PER")
    assert imported.exit_code == 0
    for part in (
        *("valid: dev.conll, read as conll", "labels were converted from bioes to BIO"),
        *("no tweet names a picture", "nothing was dropped or changed", "card.toml"),
        f"benchmark run --datasets mine --data {tmp_path / 'd'}",
    ):
        assert part in imported.output
    checked = run("data", "check", "mine", "--data", tmp_path / "d")
    assert (checked.exit_code, "as the card says" in checked.output) == (0, True)
    (tmp_path / "suite.toml").write_text(SUITE)
    flags = ("--data", tmp_path / "d", "--out", tmp_path / "o", "--cache", tmp_path / "c", "--no-mlflow")
    done = run("run", "--suite", tmp_path / "suite.toml", *flags)
    assert "not run: bert-grid on mine: no tweet of 'mine' names a picture" in done.output
    assert (done.exit_code, "2 runs: 0 done, 2 to do" in done.output) == (0, True)
    again = run("data", "import", tmp_path, "--name", "mine", "--data", tmp_path / "d", "--force")
    assert "--map PERSON=PER --force" in again.output


def test_a_corpus_of_which_some_tweets_name_a_picture_runs_over_own_vectors(tmp_path):
    rows = [{"words": ["Ada", "in", "Rome"], "ner_tags": [1, 0, 2], "image": f"p/{n}.jpg"} for n in range(3)]
    rows.append({"words": ["Bob"], "ner_tags": [1]})
    for split in ("train", "validation", "test"):
        (tmp_path / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    flags = ("--name", "mine", "--data", tmp_path / "d", "--tag-names", "O,B-PER,B-LOC")
    assert run("data", "import", tmp_path, *flags).exit_code == 0
    np.savez(tmp_path / "d" / "mine" / "grid.npz", **{str(n): np.eye(4, dtype=np.float32) for n in (0, 1)})
    (tmp_path / "suite.toml").write_text(SUITE + "seeds = 1\n[training]\nepochs = 1\n")
    where = ("--data", tmp_path / "d", "--out", tmp_path / "o", "--cache", tmp_path / "c", "--threads", 1)
    done = run("run", "--suite", tmp_path / "suite.toml", *where, "--no-mlflow", "--input", "grid=file")
    assert (done.exit_code, "grid of mine from file" in done.output) == (0, True)
    (record,) = [record for record in RunStore(tmp_path / "o").records() if record.spec.method == "bert-grid"]
    assert set(record.metrics["test"]) == {"it", "t", "it-shuffled"}
    assert record.policies["tweets_without_grid"] == 6


def test_conflicts_resolved_in_a_file_are_in_the_notes_of_its_runs(tmp_path):
    row = {"text": "Ada Lee", "entities": [[0, 7, "PER"], [0, 3, "PER"]]}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "card.toml").write_text('name = "mine"\ntypes = ["PER"]\n[files]\n')
    for split in ("train", "dev", "test"):
        (tmp_path / "mine" / f"{split}.jsonl").write_text(json.dumps(row) + "\n")
        with (tmp_path / "mine" / "card.toml").open("a") as card:
            card.write(f'{split} = "{split}.jsonl"\n')
    note = "entities_overlapping_dropped: train 1, valid 1, test 1"
    assert f"note  {note}" in run("data", "check", "mine", "--data", tmp_path).output
    (tmp_path / "suite.toml").write_text(SUITE.replace('"majority", ', "").replace(', "bert-grid"', ""))
    run("run", "--suite", tmp_path / "suite.toml", "--data", tmp_path, "--out", tmp_path / "o", "--no-mlflow")
    (record,) = RunStore(tmp_path / "o").records()
    assert f"mine: {note}" in record.notes


def test_a_second_import_needs_force(tmp_path):
    write_files(tmp_path)
    arguments = ("data", "import", f"train={tmp_path / 'train.conll'}", "--name", "mine", "--data", tmp_path)
    assert "no valid and no test split: no model can be trained on it\n" in run(*arguments).output
    with pytest.raises(ConfigError, match="--force"):
        run(*arguments)
    assert run(*arguments, "--force").exit_code == 0


@pytest.mark.parametrize("name", ["Mine", "../mine", "", "a/b"])
def test_invalid_dataset_names_are_refused(tmp_path, name):
    write_files(tmp_path)
    with pytest.raises(ConfigError, match="--name"):
        run("data", "import", tmp_path, "--name", name, "--data", tmp_path)


def test_flags_are_read_as_written(tmp_path):
    assert parse_columns("2,-1") == (1, -1)
    (tmp_path / "names.txt").write_text("O\nB-PER\n\n")
    assert parse_tag_names(str(tmp_path / "names.txt")) == parse_tag_names("O, B-PER") == ("O", "B-PER")
    assert parse_map(["OTHER=MISC"]) == {"OTHER": "MISC"}


@pytest.mark.parametrize("text", ["1", "0,1", "1,1", "a,b", "1,2,3"])
def test_invalid_columns_are_refused(text):
    with pytest.raises(ConfigError, match="not two columns, of word and label"):
        parse_columns(text)


@pytest.mark.parametrize("flag", ["OTHER", "=MISC", "OTHER="])
def test_invalid_maps_are_refused(flag):
    with pytest.raises(ConfigError, match="is not OLD=NEW"):
        parse_map([flag])


def test_predictions_on_a_corpus_without_training_split_are_scored(tmp_path):
    write_files(tmp_path)
    data, out = ("--data", tmp_path / "d"), ("--out", tmp_path / "o")
    assert run("data", "import", f"test={tmp_path / 'test.conll'}", "--name", "mine", *data).exit_code == 0
    row = {"id": "0", "tokens": ["Ada", "Lee", "in", "Rome"], "predicted": ["B-PERSON", "O", "O", "B-LOC"]}
    (tmp_path / "theirs.jsonl").write_text(json.dumps(row) + "\n")
    scored = run("score", tmp_path / "theirs.jsonl", "--dataset", "mine", "--name", "theirs", *data, *out)
    assert (scored.exit_code, "F1 conlleval 50.00" in scored.output) == (0, True)
    assert run("report", *out).exit_code == 0
