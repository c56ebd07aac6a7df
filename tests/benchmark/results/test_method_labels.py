"""Labels of methods: two encoders of one method give two lines, whatever their folders are called."""

import json

from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.method_labels import method_labels
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef, RunSpec


def spec(encoder, method="bert-crf", dataset="d", seed=0):
    data = DatasetRef(name=dataset, fingerprints={})
    fields = {"config": {}, "training": None, "protocol": "equal", "seed": seed}
    return RunSpec(method=method, family=method, dataset=data, encoder=encoder, **fields)


def test_the_name_of_an_encoder_is_not_part_of_the_identity():
    a, b = (spec(EncoderRef(name=name, digest="a" * 64)) for name in ("bert", "BERT, ours"))
    assert a.identity == b.identity


def test_labels_include_the_encoder_only_if_there_are_several():
    small, large = EncoderRef(name="ckpt", digest="a" * 64), EncoderRef(name="ckpt", digest="b" * 64)
    named = EncoderRef(name="other", digest="c" * 64)
    specs = [spec(small), spec(small, seed=1), spec(large), spec(named), spec(small, dataset="e"), spec(None, "lookup")]
    label = method_labels(specs)
    assert [label(item) for item in specs] == [
        *["bert-crf over ckpt (aaaaaaaaaaaa)"] * 2,
        "bert-crf over ckpt (bbbbbbbbbbbb)",
        "bert-crf over other",
        "bert-crf",
        "lookup",
    ]


SUITE = """
title = "two encoders"
datasets = ["tiny"]
[[parts]]
methods = ["bert"]
encoder = "scratch"
[[parts]]
methods = ["bilstm-crf"]
word_vectors = "two={file}"
[[parts]]
methods = ["bilstm-crf"]
"""


def test_a_plan_has_a_line_for_each(tmp_path, fixtures):
    (tmp_path / "v.txt").write_text("the 1.0 2.0\n")
    (tmp_path / "suite.toml").write_text(SUITE.format(file=tmp_path / "v.txt"))
    flags = ["--suite", tmp_path / "suite.toml", "--data", fixtures, "--out", tmp_path, "--seeds", 1]
    arguments = [str(argument) for argument in ("plan", *flags)]
    output = CliRunner().invoke(cli, arguments, env={"COLUMNS": "200"}, catch_exceptions=False).output
    assert "bilstm-crf over two" in output
    assert "bilstm-crf over random word vectors" in output
    assert "bert over" not in output
    runs = json.loads(CliRunner().invoke(cli, [*arguments, "--format", "json"]).output)["runs"]
    assert {run["method"] for run in runs} == {"bert", "bilstm-crf"}
