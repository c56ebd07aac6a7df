"""Methods that cannot be built are reported before training, and the others run."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner
from short_grid import session_for
from small_probe import write_small_probe

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.manifest import load_manifests
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training import build_check
from mnerbench.benchmark.training.build_check import BuildCheck, without_unbuildable
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.registry import method_class
from mnerbench.methods.subword_tagger import SubwordTagger


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """A folder with the small encoder and its tokenizer."""
    folder = tmp_path_factory.mktemp("encoder") / "small"
    small = scratch_encoder(["ada met bo in lund"])
    small.model.save_pretrained(folder)
    small.tokenizer._tokenizer.save_pretrained(folder)
    return folder


def call(verb, fixtures, out, *words):
    base = [verb, "--suite", "tiny", "--data", fixtures, "--seeds", "1", "--out", out]
    return CliRunner().invoke(cli, list(map(str, [*base, *words])))


def trained(out):
    return {record.spec.method for record in RunStore(out).records()}


def test_unreadable_weights_leave_out_the_methods_over_that_encoder(encoder, fixtures, tmp_path):
    folder = shutil.copytree(encoder, tmp_path / "cut")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    words = ("--encoder", folder, "--methods", "lookup,bert-crf,ita-ga", "--no-mlflow")
    result = call("run", fixtures, tmp_path / "runs", *words)
    assert result.exit_code == 0, result.output + str(result.exception)
    assert "not run: bert-crf, ita-ga on tiny: cannot be built over cut: " in result.output
    assert trained(tmp_path / "runs") == {"lookup"}
    (grid,) = load_manifests(tmp_path / "runs")
    assert "cannot be built over cut" in grid.not_run["bert-crf on tiny"].reason
    checked = call("plan", fixtures, tmp_path / "runs", *words[:-1], "--check")
    assert "not run: bert-crf, ita-ga on tiny: cannot be built over cut: " in checked.output
    assert "bert-crf" in call("plan", fixtures, tmp_path / "runs", *words[:-1]).output.split("not run")[0]


def test_a_broken_method_does_not_affect_others(fixtures, tmp_path, monkeypatch):
    def broken(*_):
        raise AttributeError("no past_key_values here")

    monkeypatch.setattr(
        build_check, "method_class", lambda family: broken if family.name == "bert" else method_class(family)
    )
    session = session_for(tmp_path, fixtures, tmp_path / "runs")
    grid = without_unbuildable(session.grid, session.to_do(), session.resources)
    assert {job.spec.method for job in grid.jobs} == {"lookup", "ita-ga+cva"}
    assert grid.not_run == {"bert-crf on tiny": "cannot be built over scratch: AttributeError: no past_key_values here"}


def test_each_method_is_built_once_for_all_its_seeds_and_the_encoder_loaded_once(fixtures, tmp_path, monkeypatch):
    built, loaded = [], []
    original = SubwordTagger.__init__
    monkeypatch.setattr(SubwordTagger, "__init__", lambda self, *args: (built.append(1), original(self, *args))[1])
    monkeypatch.setattr(
        "mnerbench.benchmark.training.build_check.scratch_encoder",
        lambda texts: (loaded.append(1), scratch_encoder(texts))[1],
    )
    session = session_for(tmp_path, fixtures, tmp_path / "runs")
    check = BuildCheck(session.resources)
    assert all(check.fault(job) is None for job in session.grid.jobs)
    assert (len(built), len(loaded)) == (2, 1), "two methods with two seeds each; ITA is a subword tagger too"


def test_methods_with_pictures_are_checked_once_their_vectors_exist(tmp_path):
    write_small_probe(tmp_path / "data", "object", sizes=(12, 6, 6))
    base = ["--suite", "probes", "--datasets", "small", "--seeds", "1", "--set", "training.epochs=1"]
    base += ["--data", tmp_path / "data", "--cache", tmp_path / "cache", "--out", tmp_path / "runs"]
    picks = "bert-grid,umt,maf,hamlearning,visualbert-tam,bilstm-crf,gvatt-hbilstm-crf"
    base += ["--methods", picks, "--baseline", "bert-grid"]

    def plan():
        result = CliRunner().invoke(cli, list(map(str, ["plan", *base, "--check", "--format", "json"])))
        assert result.exit_code == 0, result.output + str(result.exception)
        return json.loads(result.output)

    assert not plan()["not_run"], "the shapes are not known yet"
    for kind in ("grid=resnet18@weights=random,size=96", "global=resnet18@weights=random,size=96", "regions=names"):
        words = [
            "data",
            "prepare",
            "small",
            "--input",
            kind,
            "--data",
            tmp_path / "data",
            "--cache",
            tmp_path / "cache",
        ]
        assert CliRunner().invoke(cli, list(map(str, words))).exit_code == 0
    assert not plan()["not_run"]
