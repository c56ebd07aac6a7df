"""`plan` excludes methods that are incompatible with their encoder, without torch."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from mnerbench.benchmark.resources.fitting import encoder_shape
from mnerbench.methods.base.choices import SCRATCH_SHAPE
from mnerbench.methods.base.family import EncoderShape
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.encoders.source import EncoderSource
from mnerbench.methods.registry import methods

BERT = EncoderShape("bert", 768, 12)


@pytest.mark.parametrize(
    ("method", "settings", "encoder", "reason"),
    [
        ("bert-grid", {"heads": 5}, BERT, "heads = 5 does not divide the encoder's width 768"),
        ("umt", {"heads": 7}, BERT, "heads = 7 does not divide"),
        ("maf", {"heads": 7}, BERT, "heads = 7 does not divide"),
        ("hamlearning", {"heads": 7}, BERT, "heads = 7 does not divide"),
        (
            "visualbert",
            {},
            EncoderShape("roberta", 768, 12),
            "VisualBERT is BERT with regions; the encoder is a roberta",
        ),
        ("visualbert", {}, EncoderShape("visual_bert", 768, 12), None),
        ("bert-grid", {"heads": 5}, EncoderShape("new", 0, 0), None),  # unknown width
        ("umt", {}, BERT, None),
        ("bert-crf", {}, EncoderShape("roberta", 768, 12), None),
    ],
)
def test_a_method_rejects_an_incompatible_encoder(method, settings, encoder, reason):
    misfit = methods()[method].configure(settings).misfit(encoder)
    assert (misfit is None) if reason is None else (misfit or "").startswith(reason)


def test_shapes_are_read_from_settings(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "distilbert", "dim": 96, "n_heads": 6}')
    assert encoder_shape(EncoderSource("e", tmp_path, "d")) == EncoderShape("distilbert", 96, 6)
    (tmp_path / "config.json").write_text("not json")
    assert encoder_shape(EncoderSource("e", tmp_path, "d")) is None
    assert encoder_shape(EncoderSource("glove", tmp_path / "glove.txt", "d", words=True)) is None


def test_the_declared_shape_of_the_scratch_encoder_is_its_shape():
    encoder = scratch_encoder(["a b"])
    assert EncoderShape(encoder.model.config.model_type, encoder.width, encoder.heads) == EncoderShape(*SCRATCH_SHAPE)


def test_plan_excludes_it_without_torch(fixtures, tmp_path):
    code = (
        "import sys; from mnerbench.benchmark.cli import cli; from click.testing import CliRunner\n"
        "result = CliRunner().invoke(cli, sys.argv[1:]); assert 'torch' not in sys.modules; print(result.output)"
    )
    (tmp_path / "images").mkdir()
    suite = tmp_path / "s.toml"
    suite.write_text(
        'title = "t"\ndatasets = ["probe-object"]\nmethods = ["bert-crf", "bert-grid"]\nencoder = "scratch"\n'
        '[inputs]\ngrid = "resnet18@weights=random,size=64"\n'
    )
    words = ["plan", "--suite", suite, "--set", "bert-grid.heads=3", "--cache", tmp_path, "--out", tmp_path / "runs"]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words), "--format", "json"], capture_output=True, text=True, check=True
    )
    plan = json.loads(done.stdout)
    assert {run["method"] for run in plan["runs"]} == {"bert-crf"}
    assert "cannot be built over scratch: heads = 3" in plan["not_run"]["bert-grid on probe-object"]
