"""Warnings of runs: curves of failed runs, collapsed predictions, splits without entities."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from short_grid import session_for

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.execution.progress import summary
from mnerbench.benchmark.resources.entity_warnings import empty_split_warnings
from mnerbench.benchmark.results.record import COLLAPSED, Status
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training import evaluation, neural_run
from mnerbench.benchmark.training.events import EpochDone
from mnerbench.benchmark.training.gradient import TrainingError
from mnerbench.benchmark.training.run import execute
from mnerbench.benchmark.training.trainer import Trainer


def trained(tmp_path, fixtures, listen=lambda _: None):
    session = session_for(tmp_path, fixtures, tmp_path / "runs")
    job = next(job for job in session.to_do() if job.spec.method == "bert-crf")
    return execute(job, session.resources, listen)


def test_a_run_that_fails_keeps_its_curve_up_to_there(tmp_path, fixtures, monkeypatch):
    epoch = Trainer._epoch

    def second_fails(self, *words):
        if self.progress.epoch == 1:
            raise TrainingError("the loss is nan")
        return epoch(self, *words)

    monkeypatch.setattr(Trainer, "_epoch", second_fails)
    record = trained(tmp_path, fixtures)
    assert record.status is Status.FAILED
    assert "epoch 2" in record.error.message
    assert [point.epoch for point in record.curve] == [1]
    assert record.timings["train"] > 0
    RunStore(tmp_path / "runs").save_record(record)
    assert RunStore(tmp_path / "runs").record(record.identity).curve == record.curve


def test_a_collapse_is_reported_in_every_epoch_and_at_the_end(tmp_path, fixtures, monkeypatch):
    def silent(method, split, *_, **__):
        return [["O"] * len(tweet) for tweet in split.words]

    monkeypatch.setattr(evaluation, "predict", silent)
    monkeypatch.setattr(neural_run, "diagnose", lambda *_: None)
    events = []
    record = trained(tmp_path, fixtures, events.append)
    assert record.status is Status.DONE, record.error
    assert next(event.entities for event in events if isinstance(event, EpochDone)) == 0
    assert record.collapsed()
    assert summary(record).endswith(COLLAPSED)


def test_a_run_with_predictions_is_no_collapse(tmp_path, fixtures):
    session = session_for(tmp_path, fixtures, tmp_path / "runs")
    job = next(job for job in session.to_do() if job.spec.method == "lookup")
    record = execute(job, session.resources, lambda _: None)
    assert not record.collapsed()
    assert COLLAPSED not in summary(record)


@pytest.mark.parametrize(("split", "says"), [("train", "only learn to predict none"), ("test", "no F1, no rank")])
def test_splits_without_entities_are_reported_before_training(tmp_path, fixtures, split, says):
    import shutil

    data = tmp_path / "data"
    shutil.copytree(fixtures / "tiny", data / "tiny")
    path = data / "tiny" / f"{split}.txt"
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text(
        "\n".join(line.rsplit("\t", 1)[0] + "\tO" if "\t" in line else line for line in lines), encoding="utf-8"
    )
    words = ["plan", "--suite", "tiny", "--methods", "lookup", "--data", data, "--out", tmp_path / "runs"]
    output = " ".join(CliRunner().invoke(cli, list(map(str, words))).output.split())
    assert "tiny: no entity in the" in output
    assert f"tweets of {split}: " in output
    assert says in output


def test_corpora_with_entities_give_no_warning(tmp_path, fixtures):
    session = session_for(tmp_path, fixtures, tmp_path / "runs")
    assert list(empty_split_warnings(session.grid.jobs, session.resources)) == []
