"""The nearest valid name of what was typed."""

from __future__ import annotations

import pytest

from mnerbench.datasets.errors import near, suggestion

NAMES = ["bert", "bert-crf", "bert-crf-x", "lr_encoder", "reproduce/umt", "ita/table1", "twitter15", "twitter17"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("BERT-CRF", ["bert-crf"]),
        ("bert_crf", ["bert-crf"]),
        ("Bert CRF", ["bert-crf"]),
        ("LR-Encoder", ["lr_encoder"]),
        ("umt", ["reproduce/umt"]),
        ("UMT", ["reproduce/umt"]),
        ("Table1", ["ita/table1"]),
        ("twiter15", ["twitter15", "twitter17"]),
        ("nothing", []),
    ],
)
def test_case_blanks_folders_and_spelling(typed, found):
    assert near(typed, NAMES) == found


def test_a_name_that_is_near_is_asked_for_and_else_the_valid_ones_are_said():
    assert suggestion("BERT-CRF", NAMES) == "; did you mean 'bert-crf'?"
    assert suggestion("x", ["a", "b"]) == "; valid: a, b"
    assert suggestion("x", []) == "; valid: (none)"
