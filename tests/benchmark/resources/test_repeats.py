"""Warnings of `plan` about numbers of captions that a source does not have."""

from __future__ import annotations

import shutil

import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli.plan import command

SUITE = """
title = "by number of captions"
datasets = ["tiny"]
methods = ["bert-crf", "ita-ga-1", "ita-ga-2", "ita-ga", "ita-ga+cva"]
baseline = "bert-crf"
seeds = 2
encoder = "scratch"
[variants]
ita-ga-1 = { of = "ita-ga", settings = { captions = 1 } }
ita-ga-2 = { of = "ita-ga", settings = { captions = 2 } }
"""


@pytest.fixture
def plan(tmp_path, fixtures):
    shutil.copytree(fixtures / "tiny", tmp_path / "data" / "tiny")
    (tmp_path / "suite.toml").write_text(SUITE, encoding="utf-8")

    def output_of(*flags):
        paths = ["--suite", tmp_path / "suite.toml", "--data", tmp_path / "data", "--out", tmp_path / "out"]
        result = CliRunner().invoke(command, [*map(str, [*paths, *flags])], env={"COLUMNS": "400"})
        assert result.exit_code == 0, result.output
        return result.output

    return tmp_path / "data" / "tiny", output_of


def test_methods_that_request_more_captions_than_exist_are_named_once(plan):
    _, output_of = plan
    text = output_of()
    assert "blip2 has at most 2 captions per picture of tiny: ita-ga-2, ita-ga train the same model" in text
    assert text.count("train the same model") == 1


def test_the_number_of_captions_is_that_of_the_source(plan):
    folder, output_of = plan
    lines = (folder / "captions.blip2.txt").read_text(encoding="utf-8").splitlines()
    one_each = {line.split(" :")[0]: line for line in lines}
    (folder / "captions.one.txt").write_text("\n".join(one_each.values()), encoding="utf-8")
    text = output_of("--input", "captions=one")
    assert "one has at most 1 caption per picture of tiny: ita-ga-1, ita-ga-2, ita-ga train the same model" in text


def test_a_single_number_of_captions_gives_no_warning(plan):
    _, output_of = plan
    assert "train the same" not in output_of("--methods", "bert-crf,ita-ga,ita-ga+cva")
