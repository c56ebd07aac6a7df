"""Numbers of captions that a source has not, as `plan` says it."""

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

    def said(*flags):
        where = ["--suite", tmp_path / "suite.toml", "--data", tmp_path / "data", "--out", tmp_path / "out"]
        found = CliRunner().invoke(command, [*map(str, [*where, *flags])], env={"COLUMNS": "400"})
        assert found.exit_code == 0, found.output
        return found.output

    return tmp_path / "data" / "tiny", said


def test_methods_that_ask_for_more_than_there_is_are_named_once(plan):
    _, said = plan
    text = said()
    assert "blip2 has at most 2 captions per picture of tiny: ita-ga-2, ita-ga train the same model" in text
    assert text.count("train the same model") == 1


def test_each_picture_may_have_less_than_the_richest(plan):
    folder, said = plan
    lines = (folder / "captions.blip2.txt").read_text(encoding="utf-8").splitlines()
    one_each = {line.split(" :")[0]: line for line in lines}
    (folder / "captions.one.txt").write_text("\n".join(one_each.values()), encoding="utf-8")
    text = said("--input", "captions=one")
    assert "one has at most 1 caption per picture of tiny: ita-ga-1, ita-ga-2, ita-ga train the same model" in text


def test_one_number_is_no_repeat(plan):
    _, said = plan
    assert "train the same" not in said("--methods", "bert-crf,ita-ga,ita-ga+cva")
