"""UMT's conversion matrix, written out as its released code has it."""

from __future__ import annotations

import pytest
import torch

from mnerbench.datasets.tagging import Scheme, label_set
from mnerbench.methods.label_scheme import SubwordLabels
from mnerbench.methods.layers.entity_spans import conversion, span_names, span_numbers

BIO = label_set(("PER", "LOC", "ORG", "MISC"))
BIOES = label_set(("PER", "LOC", "ORG", "MISC"), Scheme.BIOES)
THIRTEEN = SubwordLabels(BIO).names
Q = 0.25

FOR_WORDS = [
    [1, 0, 0, 0, 0, 0, 0, 0, 0],  # O
    [0, Q, 0, Q, 0, Q, 0, Q, 0],  # B
    [0, 0, Q, 0, Q, 0, Q, 0, Q],  # I
]
# trans_matrix of run_mtmner_crf.py: [0,0] [1,1] [4,10] [5,11] [6,12] are 1, B and I share theirs.
FOR_PIECES = [
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],  # PAD
    [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],  # O
    [0, 0, Q, 0, Q, 0, Q, 0, Q, 0, 0, 0, 0],  # B
    [0, 0, 0, Q, 0, Q, 0, Q, 0, Q, 0, 0, 0],  # I
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0],  # X
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0],  # [CLS]
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],  # [SEP]
]
FOR_BIOES = [
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],  # O
    [0, Q, 0, 0, 0, Q, 0, 0, 0, Q, 0, 0, 0, Q, 0, 0, 0],  # B
    [0, 0, Q, 0, 0, 0, Q, 0, 0, 0, Q, 0, 0, 0, Q, 0, 0],  # I
    [0, 0, 0, Q, 0, 0, 0, Q, 0, 0, 0, Q, 0, 0, 0, Q, 0],  # E
    [0, 0, 0, 0, Q, 0, 0, 0, Q, 0, 0, 0, Q, 0, 0, 0, Q],  # S
]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [(BIO, FOR_WORDS), (THIRTEEN, FOR_PIECES), (BIOES, FOR_BIOES)],
    ids=["words", "pieces", "bioes"],
)
def test_the_matrix_is_the_one_of_the_released_code(labels, expected):
    assert torch.equal(conversion(labels), torch.tensor(expected))


def test_the_matrix_for_subwords_in_bioes_adds_the_two_tags_of_the_scheme():
    matrix = conversion(SubwordLabels(BIOES).names)
    assert matrix.shape == (9, 21)
    expected = torch.zeros(9, 21)
    expected[0, 0] = 1  # PAD
    expected[1:6, 1:18] = torch.tensor(FOR_BIOES)
    expected[[6, 7, 8], [18, 19, 20]] = 1  # X, [CLS], [SEP]
    assert torch.equal(matrix, expected)


def test_span_labels_are_the_labels_without_types():
    assert span_names(BIO) == ["O", "B", "I"]
    assert span_names(BIOES) == ["O", "B", "I", "E", "S"]
    assert span_names(THIRTEEN) == ["[PAD]", "O", "B", "I", "X", "[CLS]", "[SEP]"]


def test_span_numbers_say_which_span_label_a_label_has():
    assert span_numbers(BIO).tolist() == [0, 1, 2, 1, 2, 1, 2, 1, 2]
    assert span_numbers(THIRTEEN).tolist() == [0, 1, 2, 3, 2, 3, 2, 3, 2, 3, 4, 5, 6]
    assert span_numbers(BIOES).tolist() == [0] + [1, 2, 3, 4] * 4


def test_a_type_may_have_a_hyphen_and_other_numbers_of_types_share_otherwise():
    labels = label_set(("geo-loc", "person"))
    assert span_names(labels) == ["O", "B", "I"]
    assert conversion(labels).tolist() == [[1, 0, 0, 0, 0], [0, 0.5, 0, 0.5, 0], [0, 0, 0.5, 0, 0.5]]
    assert conversion(label_set(("person",))).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
