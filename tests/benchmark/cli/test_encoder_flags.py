"""Encoders that do not fit or that bring code of their own, on the command line."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from tiny_encoder import change_config, with_own_code, write_encoder

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import MissingInputError


def call(verb, fixtures, out, *words, answer=""):
    base = [verb, "--suite", "tiny", "--data", fixtures, "--methods", "bert-crf", "--seeds", "1", "--out", out]
    return CliRunner().invoke(cli, list(map(str, [*base, *words])), input=answer)


@pytest.fixture
def remote(tmp_path, monkeypatch):
    """An encoder with code of its own, which leaves a mark where it runs."""
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    return with_own_code(write_encoder(tmp_path / "remote"), tmp_path / "mark")


def test_yes_runs_no_code_of_an_encoder(remote, fixtures, tmp_path):
    result = call("run", fixtures, tmp_path / "runs", "--encoder", remote, "--no-mlflow", answer="y\n" * 50)
    assert isinstance(result.exception, MissingInputError)
    message = "needs Python code that came with it (own.OwnConfig, own.OwnModel), which does not run by default"
    assert "".join(message.split()) in "".join(result.output.split())
    assert "--trust-remote-code" in result.output
    assert not (tmp_path / "mark").exists()


def test_the_flag_runs_the_code_and_plan_and_record_mention_it(remote, fixtures, tmp_path):
    words = ("--encoder", remote, "--trust-remote-code", "--set", "training.epochs=1")
    planned = call("plan", fixtures, tmp_path / "runs", *words)
    assert "--trust-remote-code: own.py in" in planned.output
    assert "run with all your permissions" in planned.output
    assert not (tmp_path / "mark").exists()
    result = call("run", fixtures, tmp_path / "runs", *words, "--no-mlflow")
    assert result.exit_code == 0, result.output
    (record,) = RunStore(tmp_path / "runs").records()
    assert "encoder remote: computed by Python files of its own (own.py)" in record.notes
    assert "computed by Python files of its own" in result.output


def test_the_flag_changes_nothing_for_other_encoders(fixtures, tmp_path):
    folder = write_encoder(tmp_path / "plain")
    plans = [
        call("plan", fixtures, tmp_path / "runs", "--encoder", folder, "--format", "json", *words).output
        for words in ((), ("--trust-remote-code",))
    ]
    assert plans[0] == plans[1]
    output = call("plan", fixtures, tmp_path / "runs", "--encoder", folder, "--trust-remote-code").output
    assert "no encoder here names Python files" in output


def test_weights_that_do_not_fit_are_named_before_training(fixtures, tmp_path):
    folder = change_config(write_encoder(tmp_path / "other"), num_hidden_layers=4)
    result = call("run", fixtures, tmp_path / "runs", "--encoder", folder, "--no-mlflow")
    assert isinstance(result.exception, MissingInputError)
    assert "its weights lack 4,448 of" in " ".join(result.output.split())
    assert list(RunStore(tmp_path / "runs").records()) == []
