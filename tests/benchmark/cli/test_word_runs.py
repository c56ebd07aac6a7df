"""Runs of methods over vectors of words: with random ones and with a file, from the command line to the report."""

import json

import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.base.configs import SubwordTaggerConfig

SUITE = """
title = "words beside pieces"
datasets = ["tiny"]
methods = ["bert-crf", "hbilstm-crf"]
baseline = "bert-crf"
seeds = 1
encoder = "scratch"
[training]
epochs = 2
batch_size = 8
"""


def run(out, suite, fixtures, *more):
    arguments = ("run", "--suite", suite, "--data", fixtures, "--threads", "1", "--no-mlflow", "--out", out, *more)
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def done(tmp_path_factory, fixtures):
    """A run with random vectors, one with a file, and what was printed."""
    folder = tmp_path_factory.mktemp("words")
    suite, vectors, out = folder / "words.toml", folder / "vectors.txt", folder / "out"
    suite.write_text(SUITE, encoding="utf-8")
    splits = load_corpus("tiny", fixtures).splits.values()
    words = sorted({word.lower() for split in splits for example in split for word in example.words})
    lines = [f"{word} 0.1 {n % 7} -0.3\n" for n, word in enumerate(words[::2]) if " " not in word]
    vectors.write_text("".join(lines), encoding="utf-8")
    random = run(out, suite, fixtures)
    from_file = run(out, suite, fixtures, "--word-vectors", vectors)
    assert (random.exit_code, from_file.exit_code) == (0, 0), random.output + from_file.output
    records = {record.spec.encoder.name: record for record in RunStore(out).records() if record.spec.encoder.words}
    return out, records, (random.output, from_file.output)


def test_vectors_are_part_of_a_runs_identity(done):
    _, records, _ = done
    assert records.keys() == {"random word vectors", "vectors.txt"}
    assert len({record.identity for record in records.values()}) == 2
    for record in records.values():
        assert record.status is Status.DONE
        assert record.parameters["encoder"] == 0


def test_words_without_a_vector_are_counted(done):
    _, records, _ = done
    counts = {name: record.policies["words_without_a_vector"] for name, record in records.items()}
    # Words of training have vectors in any case; a file gives some to words that only dev and test have.
    assert counts["vectors.txt"] < counts["random word vectors"]


def test_the_coverage_of_a_file_is_stored_and_shown(done, fixtures):
    _, records, (first, second) = done
    assert records["random word vectors"].coverage == {}
    assert " words (" not in first
    coverage = records["vectors.txt"].coverage
    assert coverage.keys() == {"train", "valid", "test"}
    train = [word.lower() for example in load_corpus("tiny", fixtures)["train"] for word in example.words]
    splits = load_corpus("tiny", fixtures).splits.values()
    words = sorted({word.lower() for split in splits for example in split for word in example.words})
    with_vector = {word for word in words[::2] if " " not in word}
    train_coverage = coverage["train"]
    assert (train_coverage.words, train_coverage.found) == (len(set(train)), len(set(train) & with_vector))
    assert (train_coverage.written, train_coverage.read) == (len(train), sum(word in with_vector for word in train))
    assert 0 < train_coverage.found < train_coverage.words
    assert f"train: {train_coverage.text}" in " ".join(second.split())


def test_a_width_is_refused_together_with_a_file(tmp_path, fixtures):
    suite, vectors = tmp_path / "words.toml", tmp_path / "vectors.txt"
    suite.write_text(SUITE, encoding="utf-8")
    vectors.write_text("the 0.1 0.2\n", encoding="utf-8")
    width = ("--set", "hbilstm-crf.word_width=50")
    assert run(tmp_path / "a", suite, fixtures, *width, "--methods", "hbilstm-crf").exit_code == 0
    refused = run(tmp_path / "b", suite, fixtures, *width, "--word-vectors", vectors)
    assert isinstance(refused.exception, ConfigError)
    assert "remove word_width" in str(refused.exception)


def test_word_runs_share_the_table_of_the_encoder(done):
    out, _, (first, second) = done
    for text in (first, second):
        assert "hbilstm-crf" in text
        assert "random word vectors" in text
    assert "vectors.txt" in second
    result = CliRunner().invoke(cli, ["report", "--out", str(out), "--format", "json"])
    (table,) = json.loads(result.output)["tables"]
    rows = sorted({row["method"] for row in table["rows"]})
    assert [name.split(" (")[0] for name in rows] == ["bert-crf", "hbilstm-crf", "hbilstm-crf"]
    assert any("vectors.txt" in name for name in rows)
    assert any("random word vectors" in name for name in rows)


def test_the_second_command_trained_one_run_only(done):
    out, _, (_, second) = done
    assert "3 runs" not in second
    assert len(list(RunStore(out).records())) == 3


def test_a_missing_file_does_not_stop_the_other_methods(tmp_path, fixtures):
    suite = tmp_path / "words.toml"
    suite.write_text(SUITE, encoding="utf-8")
    result = CliRunner().invoke(
        cli, ["plan", "--suite", str(suite), "--data", str(fixtures), "--word-vectors", "nowhere.txt"]
    )
    assert result.exit_code == 0, result.output
    assert "no such file" in result.output
    assert "1 run: 0 done, 1 to do" in result.output


def test_a_method_over_an_encoder_may_read_vectors_beside_it(tmp_path, fixtures, monkeypatch):
    monkeypatch.setattr(SubwordTaggerConfig, "reads_word_vectors", True)
    suite, vectors, out = tmp_path / "words.toml", tmp_path / "vectors.txt", tmp_path / "out"
    suite.write_text(SUITE, encoding="utf-8")
    without = run(out, suite, fixtures)
    assert "not run: bert-crf on tiny: no file of word vectors" in without.output
    assert "--word-vectors FILE" in without.output
    word = load_corpus("tiny", fixtures)["train"][0].words[0]
    vectors.write_text(f"{word.lower()} 1 2 3\n", encoding="utf-8")
    assert run(out, suite, fixtures, "--word-vectors", f"mine={vectors}").exit_code == 0
    records = {record.spec.method: record for record in RunStore(out).records() if record.spec.word_vectors is not None}
    spec, coverage = records["bert-crf"].spec, records["bert-crf"].coverage
    assert records.keys() == {"bert-crf"}
    assert (spec.encoder.name, spec.word_vectors.name) == ("scratch", "mine")
    assert coverage["train"].found == 1
    report = CliRunner().invoke(cli, ["report", "--out", str(out), "--format", "json"])
    (table,) = json.loads(report.output)["tables"]
    assert any(text.startswith("mine (") for text in table["conditions"]["word_vectors"])
    vectors.write_text(f"{word.lower()} 1 2 4\n", encoding="utf-8")
    assert "1 to do" in run(out, suite, fixtures, "--word-vectors", vectors, "--methods", "bert-crf").output
