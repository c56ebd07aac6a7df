"""Diagnoses of picture use: the projection against its formula, distances and attention computed by hand."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest
import torch

from mnerbench.benchmark.results.attention import load_attention
from mnerbench.benchmark.results.predictions import pair_up
from mnerbench.benchmark.results.spec import Precision
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training import diagnostics
from mnerbench.benchmark.training.diagnosis_files import ADDITIVE, store_diagnosis
from mnerbench.benchmark.training.diagnostics import Diagnosis, sample_blocks
from mnerbench.benchmark.training.predict import predict
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.tagging import Scheme
from mnerbench.methods.conformance import Case, sentences
from mnerbench.methods.layers.transformer import TransformerLayer
from mnerbench.methods.registry import methods

RUN = "0123456789abcdef"
LOOKING = ["umt", "maf", "hamlearning", "hamlearning-no-rgcn"]


def diagnosed(name, forward=None):
    """An untrained method, its encoding of the eight sentences, and its diagnosis; `forward` replaces its own."""
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
    method, split, diagnosis = diagnosed("bert-grid", lambda m, b: text_of(m, b) + picture_of(m, b)[:, None])
    labels = predict(method, split, View.IT, Precision.FP32, Scheme.BIO)
    assert diagnosis.additive() == [labels[index] for index in diagnosis.tweets]
    assert len({label for path in labels for label in path}) > 2


def test_the_projection_removes_the_interaction(monkeypatch):
    def forward(method, batch):
        return text_of(method, batch) * picture_of(method, batch)[:, None]

    method, split, diagnosis = diagnosed("bert-grid", forward)
    decoded = []
    monkeypatch.setattr(diagnosis, "_decode", lambda emissions, batch: decoded.append(emissions[0]))
    diagnosis.additive()
    [block] = diagnosis.blocks
    with torch.no_grad():
        every = {(t, v): method(split.crossed([t], [v], View.IT))[0].double() for t in block for v in block}
    n = len(block)
    for emissions, tweet in zip(decoded, block, strict=True):
        text = sum(every[tweet, v] for v in block) / n
        picture = sum(every[t, tweet].mean(0) for t in block) / n
        both = sum(crossed.mean(0) for crossed in every.values()) / n**2
        torch.testing.assert_close(emissions.double(), text + picture - both, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(decoded[0].double(), every[block[0], block[0]], atol=0.1)


@pytest.mark.parametrize("name", ["umt", "umt-x", "maf", "hamlearning", "ita-all", "bert-grid", "bert-crf+imgfeat"])
def test_crossed_batches_pair_each_text_with_the_given_picture(name):
    method, split, _ = diagnosed(name)
    with torch.no_grad():
        crossed = split.crossed([0, 2], [3, 3], View.IT)
        emissions = method(crossed)
        for row, text in enumerate([0, 2]):
            alone = method(split.crossed([text], [3], View.IT))
            torch.testing.assert_close(emissions[row, : alone.shape[1]], alone[0], rtol=1e-4, atol=1e-4)
        uncrossed = method(split.batch([3], View.IT))
        torch.testing.assert_close(method(split.crossed([3], [3], View.IT)), uncrossed)


class Windows:
    """Counts the windows that a method's text encoder computes."""

    def __init__(self, method):
        self.count = 0
        method.encoder.model.register_forward_pre_hook(self._see, with_kwargs=True)

    def _see(self, _, arguments, keywords):
        self.count += len(keywords["input_ids"])


@pytest.mark.parametrize("name", ["bert-grid", *LOOKING])
def test_a_text_is_encoded_once_for_all_pictures_of_its_block(name):
    method, split, diagnosis = diagnosed(name)
    windows, [block] = Windows(method), diagnosis.blocks
    labels = diagnosis.additive()
    of_texts = [len(split.layout.windows(split.words[text], [])) for text in block]
    assert min(of_texts) == 1
    assert windows.count == sum(1 if count == 1 else count * len(block) for count in of_texts)
    shown = split.shown(block, View.IT)
    with torch.inference_mode():
        for text in block:
            alone = diagnosis._emissions(text, block, shown)
            with method.encoder.encoding_equal_windows_once():
                shared = diagnosis._emissions(text, block, shown)
            torch.testing.assert_close(shared, alone, rtol=1e-5, atol=1e-5)
    method.encoder.encoding_equal_windows_once = contextlib.nullcontext
    assert diagnosis.additive() == labels


def test_texts_with_different_contexts_are_encoded_one_by_one():
    method, _, diagnosis = diagnosed("ita-la")
    windows, [block] = Windows(method), diagnosis.blocks
    diagnosis.additive()
    assert windows.count >= len(block) ** 2


@pytest.mark.parametrize("name", ["bert-grid", "umt", "ita-la"])
def test_the_progress_of_a_diagnosis_ends_at_its_passes(name):
    _, _, diagnosis = diagnosed(name)
    reported = []
    diagnosis.advance = reported.append
    diagnosis.additive()
    diagnosis.attention()
    diagnosis.distance()
    assert sum(reported) == diagnosis.passes > 0


def test_the_sample_has_tweets_with_pictures_in_blocks_of_equal_size(monkeypatch):
    _, split, diagnosis = diagnosed("umt")
    assert diagnosis.blocks == [list(range(7))]  # the eighth has no picture
    monkeypatch.setattr(diagnostics, "BLOCK", 3)
    blocks = sample_blocks(split)
    assert [len(block) for block in blocks] == [3, 3]
    assert len({index for block in blocks for index in block}) == 6
    monkeypatch.setattr(diagnostics, "BLOCKS", 1)
    assert sample_blocks(split) == blocks[:1]


def test_a_single_tweet_forms_no_block():
    case = Case(methods()["umt"], lambda method, split, epochs: None)
    method = case.build()
    assert sample_blocks(case.split(method, sentences()[:1])) == []
    assert sample_blocks(case.split(method, sentences()[7:])) == []


@pytest.mark.parametrize("name", ["ita-ga", "ita-ga+cva"])
def test_the_distance_is_that_of_the_word_vectors_of_all_tweets_with_a_picture(name, monkeypatch):
    monkeypatch.setattr(diagnostics, "BLOCK", 2)
    monkeypatch.setattr(diagnostics, "BLOCKS", 2)
    method, split, diagnosis = diagnosed(name)
    pictured = [index for index, image in enumerate(split.image_ids[View.IT]) if image is not None]
    assert len(pictured) > len(diagnosis.tweets) > 0  # the sample leaves some out
    with torch.no_grad():
        pairs = [split.batch(pictured, view) for view in (View.IT, View.T)]
        with_picture, without = (method.encoder(batch.subwords)[batch.mask].double() for batch in pairs)
    monkeypatch.setattr(diagnostics, "_BATCH", 3)
    distance = diagnosis.distance()
    assert distance.tweets == len(pictured)
    assert distance.l2 == pytest.approx(float((with_picture - without).norm(dim=1).mean()), rel=1e-4)
    assert distance.norm == pytest.approx(float(without.norm(dim=1).mean()), rel=1e-4)
    assert distance.l2 > 0


def test_the_reported_attention_is_that_of_the_layer():
    torch.manual_seed(0)
    layer = TransformerLayer(8, 1, 16, 0.0).eval()
    queries, keys, real = torch.randn(3, 4, 8), torch.randn(3, 5, 8), torch.rand(3, 5) > 0.3
    weights = layer.attention(queries, keys, real)
    attended = layer.norm_attention(queries + layer.out(weights @ layer.value(keys)))
    expected = layer.norm(attended + layer.down(torch.nn.functional.gelu(layer.up(attended))))
    torch.testing.assert_close(layer(queries, keys, real), expected, rtol=1e-4, atol=1e-5)
    assert weights[~real[:, None].expand_as(weights)].abs().max() == 0


@pytest.mark.parametrize("name", LOOKING)
def test_words_attend_to_the_cells_of_their_own_picture(name):
    _, split, diagnosis = diagnosed(name)
    attention = diagnosis.attention()
    assert [len(tweet.weights) for tweet in attention] == [len(split.words[index]) for index in diagnosis.tweets]
    for index, tweet in zip(diagnosis.tweets, attention, strict=True):
        # The picture of the seventh tweet is not in the store.
        assert torch.allclose(tweet.weights.sum(1), torch.tensor(0.0 if index == 6 else 1.0), atol=1e-5)
        assert (tweet.boxes is not None) == name.startswith("hamlearning")
        if tweet.boxes is not None:
            assert tweet.boxes.shape == (tweet.weights.shape[1], 4)
            assert tweet.weights[:, 1 + index % 3 :].sum() == 0  # it has 1 + index % 3 regions


def test_the_auc_is_over_labelled_tweets_with_a_picture(monkeypatch):
    monkeypatch.setattr(diagnostics, "_BATCH", 3)
    method, split, diagnosis = diagnosed("maf")
    values = [0.7, 0.7, 0.0, 0.2, 0.1, 1.0, 0.9, 0.9]
    lengths = {
        tuple(batch.subwords.ids[0][batch.subwords.mask[0]].tolist()): n
        for n in range(8)
        for batch in [split.batch([n], View.IT)]
    }

    def judged(batch):
        rows = zip(batch.subwords.ids, batch.subwords.mask, strict=True)
        return torch.tensor([values[lengths[tuple(ids[real].tolist())]] for ids, real in rows])

    monkeypatch.setattr(method, "judged_relation", judged)
    # Related: 0 and 3; unrelated: 1 and 4. Two have no label, one no picture in the store, one no picture at all.
    relation = diagnosis.relation(sentences())
    assert (relation.related, relation.unrelated) == (2, 2)
    assert relation.auc == (0.5 + 1 + 0 + 1) / 4
    assert diagnosis.relation([replace(example, related=True) for example in sentences()]) is None
    assert diagnosis.relation([replace(example, related=None) for example in sentences()]) is None
    monkeypatch.setattr(method, "judged_relation", lambda batch: None)
    assert diagnosis.relation(sentences()) is None


@pytest.mark.parametrize(
    ("name", "judges"),
    [
        *[(name, True) for name in ("maf", "maf-no-ca", "hamlearning", "hamlearning-no-vit", "rpbert", "riva")],
        *[(name, False) for name in ("maf-no-cm", "hamlearning-no-rm", "rpbert-no-rp", "umt")],
    ],
)
def test_methods_judge_the_relation_unless_that_module_is_off(name, judges):
    method, split, diagnosis = diagnosed(name)
    assert (diagnosis.relation(sentences()) is not None) == judges
    if judges:
        with torch.no_grad():
            whole = method.judged_relation(split.batch(range(8), View.IT))
            alone = torch.cat([method.judged_relation(split.batch([tweet], View.IT)) for tweet in range(8)])
        torch.testing.assert_close(whole, alone, rtol=1e-4, atol=1e-5)
        assert whole.std() > 0


def test_methods_without_visual_attention_report_none():
    assert diagnosed("ita-ga")[2].attention() == []


def test_a_stored_diagnosis_can_be_read_without_torch(tmp_path):
    method, split, diagnosis = diagnosed("hamlearning")
    store = RunStore(tmp_path)
    predictions = list(pair_up(sentences(), predict(method, split, View.IT, Precision.FP32, Scheme.BIO)))
    store.save_predictions(RUN, "test", "it", predictions)
    figures = store_diagnosis(store, RUN, diagnosis, sentences())
    assert figures.tweets == 7
    assert figures.own.gold == figures.additive.gold == sum(item.counts[2] for item in predictions[:7])
    assert figures.own.correct == sum(item.counts[0] for item in predictions[:7])
    assert [item.id for item in store.predictions(RUN, "test", ADDITIVE)] == [str(n) for n in range(7)]
    attention = load_attention(store, RUN, "0")
    assert np.allclose(attention["weights"].sum(1), 1, atol=1e-2)
    assert attention["size"].tolist() == [200, 200]
    assert load_attention(store, RUN, "7") == load_attention(store, RUN[::-1], "0") == {}
