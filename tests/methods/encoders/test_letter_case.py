"""A tokenizer must not lowercase a cased vocabulary merely by default."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from tiny_encoder import VOCABULARY, write_encoder

from mnerbench.benchmark.cli import cli
from mnerbench.datasets.errors import MissingInputError
from mnerbench.methods.encoders.letter_case import CaseMisfit, case_misfit
from mnerbench.methods.encoders.text_encoder import load_text_encoder, load_tokenizer

CASED = [*VOCABULARY[:-2], "The", "Cat"]


def test_a_cased_vocabulary_without_a_word_about_it_is_refused(tmp_path):
    folder = write_encoder(tmp_path / "cased", vocabulary=CASED, lower=None)
    with pytest.raises(MissingInputError, match=r"(?s)vocabulary holds capitals; .*\n  -> write .*do_lower_case"):
        load_text_encoder(folder)


@pytest.mark.parametrize(("lower", "pieces"), [(False, ["The"]), (True, ["the"])])
def test_the_letter_case_in_the_files_is_used(tmp_path, lower, pieces):
    folder = write_encoder(tmp_path / "cased", vocabulary=CASED, lower=lower)
    assert load_tokenizer(folder).tokenize("The") == pieces


def test_the_remedy_works(tmp_path):
    folder = write_encoder(tmp_path / "cased", vocabulary=CASED, lower=None)
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False}))
    assert load_tokenizer(folder).tokenize("The Cat") == ["The", "Cat"]


def test_an_uncased_vocabulary_is_as_before(tmp_path):
    tokenizer = load_tokenizer(write_encoder(tmp_path / "plain", lower=None))
    assert tokenizer.tokenize("The cats") == ["the", "cat", "##s"]
    assert case_misfit(tokenizer) is None


def test_both_misfits_are_seen(tmp_path):
    cased = load_tokenizer(write_encoder(tmp_path / "cased", vocabulary=CASED, lower=True))
    assert case_misfit(cased) is CaseMisfit.LOWERED
    plain = load_tokenizer(write_encoder(tmp_path / "plain", lower=False))
    assert case_misfit(plain) is CaseMisfit.KEPT
    whole = load_tokenizer(write_encoder(tmp_path / "whole", vocabulary=CASED, lower=False))
    assert case_misfit(whole) is None


def test_data_check_shows_unknown_subwords_and_the_misfit(tmp_path, fixtures):
    folder = write_encoder(tmp_path / "plain", lower=False)
    words = ["data", "check", "tiny", "--data", str(fixtures), "--encoder", str(folder)]
    result = CliRunner().invoke(cli, words)
    assert "unknown to the tokenizer" in result.output
    assert "encoder: the tokenizer keeps capitals, and its vocabulary holds none" in result.output
    data = json.loads(CliRunner().invoke(cli, [*words, "--format", "json"]).output)
    split = data["datasets"][0]["report"]["splits"]["test"]
    assert 0 < split["unknown_pieces"] <= split["pieces"]
    assert data["encoder_notes"] == ["the tokenizer keeps capitals, and its vocabulary holds none"]
