"""What pictures do to a trained method: the projection against its formula, distances and attention by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnerbench.benchmark.results.attention import load_attention
from mnerbench.benchmark.results.predictions import pair_up
from mnerbench.benchmark.results.spec import Precision
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training import diagnostics as room
from mnerbench.benchmark.training.diagnosis_files import ADDITIVE, keep_diagnosis
from mnerbench.benchmark.training.diagnostics import Diagnosis, sample_blocks
from mnerbench.benchmark.training.predict import predict
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.tagging import Scheme
from mnerbench.methods.conformance import Case, sentences
from mnerbench.methods.layers.transformer import TransformerLayer
from mnerbench.methods.registry import methods

RUN = "0123456789abcdef"
LOOKING = ["umt", "maf", "hamlearning", "hamlearning-no-rgcn"]


def made(name, forward=None):
    """An untrained method on the eight sentences, and its diagnosis; `forward` replaces how it computes."""
    case = Case(methods()[name], lambda method, split, epochs: None)
    method = case.build().eval()
    torch.manual_seed(5)
    for parameter in method.head.parameters():
        torch.nn.init.normal_(parameter)
    split = case.split(method)
    if forward is not None:
        method.forward = lambda batch: forward(method, batch)
    return method, split, Diagnosis(method, split, Precision.FP32, Scheme.BIO)


def text_of(method, batch):
    return 5 * method.project(method.encoder(batch.subwords))


def picture_of(method, batch):
    cells = batch.visual.vectors[InputKind.GRID]
    return cells.mean(1) @ torch.linspace(-3, 3, cells.shape[-1] * len(method.labels)).view(cells.shape[-1], -1)


def test_a_method_that_adds_text_and_picture_is_its_own_projection():
    method, split, diagnosis = made("bert-grid", lambda m, b: text_of(m, b) + picture_of(m, b)[:, None])
    own = predict(method, split, View.IT, Precision.FP32, Scheme.BIO)
    assert diagnosis.additive() == [own[place] for place in diagnosis.tweets]
    assert len({label for path in own for label in path}) > 2


def test_what_only_the_combination_says_is_projected_away(monkeypatch):
    def forward(method, batch):
        return text_of(method, batch) * picture_of(method, batch)[:, None]

    method, split, diagnosis = made("bert-grid", forward)
    seen = []
    monkeypatch.setattr(diagnosis, "_decode", lambda emissions, batch: seen.append(emissions[0]))
    diagnosis.additive()
    [block] = diagnosis.blocks
    with torch.no_grad():
        every = {(t, v): method(split.crossed([t], [v], View.IT))[0].double() for t in block for v in block}
    n = len(block)
    for emissions, own in zip(seen, block, strict=True):
        text = sum(every[own, v] for v in block) / n
        picture = sum(every[t, own].mean(0) for t in block) / n
        both = sum(one.mean(0) for one in every.values()) / n**2
        torch.testing.assert_close(emissions.double(), text + picture - both, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(seen[0].double(), every[block[0], block[0]], atol=0.1)


@pytest.mark.parametrize("name", ["umt", "umt-x", "maf", "hamlearning", "ita-all", "bert-grid", "bert-crf+imgfeat"])
def test_a_tweet_with_another_ones_picture_is_that_batch(name):
    method, split, _ = made(name)
    with torch.no_grad():
        crossed = split.crossed([0, 2], [3, 3], View.IT)
        found = method(crossed)
        for row, text in enumerate([0, 2]):
            alone = method(split.crossed([text], [3], View.IT))
            torch.testing.assert_close(found[row, : alone.shape[1]], alone[0], rtol=1e-4, atol=1e-4)
        own = method(split.batch([3], View.IT))
        torch.testing.assert_close(method(split.crossed([3], [3], View.IT)), own)


def test_the_sample_is_of_pictured_tweets_in_blocks_of_one_size(monkeypatch):
    _, split, diagnosis = made("umt")
    assert diagnosis.blocks == [list(range(7))]  # the eighth has no picture
    monkeypatch.setattr(room, "BLOCK", 3)
    blocks = sample_blocks(split)
    assert [len(block) for block in blocks] == [3, 3]
    assert len({place for block in blocks for place in block}) == 6
    monkeypatch.setattr(room, "BLOCKS", 1)
    assert sample_blocks(split) == blocks[:1]


def test_one_tweet_has_nobody_to_exchange_pictures_with():
    case = Case(methods()["umt"], lambda method, split, epochs: None)
    method = case.build()
    assert sample_blocks(case.split(method, sentences()[:1])) == []
    assert sample_blocks(case.split(method, sentences()[7:])) == []


@pytest.mark.parametrize("name", ["ita-ga", "ita-ga+cva"])
def test_distance_is_that_of_the_word_vectors(name):
    method, split, diagnosis = made(name)
    with torch.no_grad():
        pairs = [split.batch(diagnosis.tweets, view) for view in (View.IT, View.T)]
        seen, unseen = (method.encoder(batch.subwords)[batch.mask].double() for batch in pairs)
    found = diagnosis.distance()
    assert found.l2 == pytest.approx(float((seen - unseen).norm(dim=1).mean()), rel=1e-4)
    assert found.norm == pytest.approx(float(unseen.norm(dim=1).mean()), rel=1e-4)
    assert found.l2 > 0


def test_attention_is_what_the_layer_computes_with():
    torch.manual_seed(0)
    layer = TransformerLayer(8, 1, 16, 0.0).eval()
    queries, keys, real = torch.randn(3, 4, 8), torch.randn(3, 5, 8), torch.rand(3, 5) > 0.3
    weights = layer.attention(queries, keys, real)
    attended = layer.norm_attention(queries + layer.out(weights @ layer.value(keys)))
    expected = layer.norm(attended + layer.down(torch.nn.functional.gelu(layer.up(attended))))
    torch.testing.assert_close(layer(queries, keys, real), expected, rtol=1e-4, atol=1e-5)
    assert weights[~real[:, None].expand_as(weights)].abs().max() == 0


@pytest.mark.parametrize("name", LOOKING)
def test_words_look_at_the_cells_of_their_own_picture(name):
    _, split, diagnosis = made(name)
    looks = diagnosis.attention()
    assert [len(look.weights) for look in looks] == [len(split.words[place]) for place in diagnosis.tweets]
    for place, look in zip(diagnosis.tweets, looks, strict=True):
        # The picture of the seventh is in no store.
        assert torch.allclose(look.weights.sum(1), torch.tensor(0.0 if place == 6 else 1.0), atol=1e-5)
        assert (look.boxes is not None) == name.startswith("hamlearning")
        if look.boxes is not None:
            assert look.boxes.shape == (look.weights.shape[1], 4)
            assert look.weights[:, 1 + place % 3 :].sum() == 0  # so many regions it has


def test_methods_without_such_a_layer_leave_none():
    assert made("ita-ga")[2].attention() == []


def test_what_is_kept_can_be_read_without_torch(tmp_path):
    method, split, diagnosis = made("hamlearning")
    store = RunStore(tmp_path)
    whole = list(pair_up(sentences(), predict(method, split, View.IT, Precision.FP32, Scheme.BIO)))
    store.save_predictions(RUN, "test", "it", whole)
    found = keep_diagnosis(store, RUN, diagnosis, sentences())
    assert found.tweets == 7
    assert found.own.gold == found.additive.gold == sum(item.counts[2] for item in whole[:7])
    assert found.own.correct == sum(item.counts[0] for item in whole[:7])
    assert [item.id for item in store.predictions(RUN, "test", ADDITIVE)] == [str(n) for n in range(7)]
    kept = load_attention(store, RUN, "0")
    assert np.allclose(kept["weights"].sum(1), 1, atol=1e-2)
    assert kept["size"].tolist() == [200, 200]
    assert load_attention(store, RUN, "7") == load_attention(store, RUN[::-1], "0") == {}
