"""The valid names nearest to a typed one."""

from __future__ import annotations

import pytest

from mnerbench.datasets.errors import near, suggestion

NAMES = ["bert", "bert-crf", "bert-crf-x", "lr_encoder", "reproduce/umt", "ita/table1", "twitter15", "twitter17"]


@pytest.mark.parametrize(
    ("typed", "names"),
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
def test_case_blanks_folders_and_spelling(typed, names):
    assert near(typed, NAMES) == names


def test_near_names_are_suggested_and_otherwise_all_valid_ones():
    assert suggestion("BERT-CRF", NAMES) == "; did you mean 'bert-crf'?"
    assert suggestion("x", ["a", "b"]) == "; valid: a, b"
    assert suggestion("x", []) == "; valid: (none)"
