"""Word vectors beside a text encoder: lookup, batches, and where they are not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnerbench.datasets.inputs import View
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.batch import encode_split
from mnerbench.methods.conformance import LABELS, sentences
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.encoders.word_table import WordTable

VECTORS = {"lund": np.array([1, 2, 3], np.float32), "ada": np.array([4, 5, 6], np.float32)}


def split(table):
    encoder = scratch_encoder(["Ada met Bo in Lund"])
    examples = sentences()[:6]
    images = {View.T: [None] * len(examples)}
    reads = (SubwordTaggerConfig(), VisualInputs())
    return encode_split(examples, images, reads, encoder.tokenizer, LABELS, limit=16, word_table=table)


def test_words_are_looked_up_in_lower_case_and_unknown_ones_are_zero():
    table = WordTable(VECTORS)
    rows = torch.tensor([table.rows(["LUND", "nowhere", "Ada", "ada"])])
    assert (rows > 0).tolist() == [[True, False, True, True]]
    assert table(rows)[0].tolist() == [[1, 2, 3], [0, 0, 0], [4, 5, 6], [4, 5, 6]]
    assert table.width == 3


def test_a_table_without_words_has_the_given_width():
    table = WordTable(width=5)
    assert table.rows(["ada"]) == [0]
    assert table(torch.zeros(1, 2, dtype=torch.long)).tolist() == [[[0.0] * 5] * 2]


def test_batches_carry_the_rows_of_their_words_and_zero_at_padding():
    table, tweets = WordTable(VECTORS), [example.words for example in sentences()]
    batch = split(table).batch([5, 0, 1], View.T)
    assert batch.word_rows.shape == batch.mask.shape
    for row, mask, tweet in zip(batch.word_rows, batch.mask, (5, 0, 1), strict=True):
        assert row[mask].tolist() == table.rows(tweets[tweet])
        assert not row[~mask].any()
    assert batch.word_rows.any()
    assert torch.equal(batch.mapped(lambda tensor: tensor + 1).word_rows, batch.word_rows + 1)


def test_other_batches_have_none():
    batch = split(None).batch([0, 1], View.T)
    assert batch.word_rows is None
    assert batch.mapped(torch.clone).word_rows is None


def test_the_table_is_neither_trained_nor_stored_but_moves_with_the_encoder():
    encoder = scratch_encoder(["Ada met Bo in Lund"])
    before = set(encoder.state_dict())
    assert encoder.word_table is None
    with pytest.raises(RuntimeError, match="reads_word_vectors"):
        _ = encoder.further_vectors
    encoder.word_table = WordTable(VECTORS)
    assert set(encoder.state_dict()) == before
    assert not list(encoder.further_vectors.parameters())
    assert encoder.to(torch.float64).further_vectors.vectors.dtype is torch.float64
