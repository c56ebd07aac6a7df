"""BERT-CRF+ImgFeat: the encoder's input, and tweets without a picture."""

from __future__ import annotations

import pytest
import torch
from piece_batches import piece_batch

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.family import Variant
from mnerbench.methods.batch import Batch
from mnerbench.methods.conformance import LABELS, Case, sentences
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.encoders.windows import WindowLayout
from mnerbench.methods.imgfeat.model import ImgFeat
from mnerbench.methods.registry import methods
from mnerbench.methods.visual_batch import VisualBatch

NAME = "bert-crf+imgfeat"


def build(settings=None, name=NAME):
    entry = methods()[name]
    case = Case(entry._replace(variant=Variant("t", settings or {})), train=lambda *_: None)
    method = case.build().eval()
    return method, case.split(method)


def by_hand(method, batch):
    """Emissions of each tweet's words, from the transformers model on each window without padding.

    [CLS] subwords [SEP] are the first segment, the projected picture vectors after them the second.
    """
    kind, model = method.config.vectors, method.encoder.model
    emissions = [[] for _ in batch.labels]
    for window, tweet in enumerate(batch.subwords.tweet.tolist()):
        length = int(batch.subwords.mask[window].sum())
        inputs = model.embeddings.word_embeddings.weight[batch.subwords.ids[window, :length]]
        if batch.visual.present(kind)[tweet]:
            vectors = batch.visual.vectors[kind][tweet]
            inputs = torch.cat([inputs, vectors @ method.see.weight.T + method.see.bias])
        segments = torch.tensor([[0] * length + [1] * (len(inputs) - length)])
        states = model(inputs_embeds=inputs[None], token_type_ids=segments).last_hidden_state[0]
        owner = batch.subwords.owner[window, :length].tolist()
        firsts = [i for i in range(1, length) if owner[i] >= 0 and owner[i] != owner[i - 1]]
        emissions[tweet].append(states[firsts] @ method.project.weight.T + method.project.bias)
    return [torch.cat(parts) for parts in emissions]


def assert_by_hand(method, batch):
    with torch.no_grad():
        emissions, expected = method(batch), by_hand(method, batch)
    for row, tweet, words in zip(emissions, expected, batch.mask.sum(1).tolist(), strict=True):
        assert len(tweet) == words
        torch.testing.assert_close(row[:words], tweet, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["grid", "global"])
def test_the_encoder_reads_the_picture_after_the_subwords_of_every_window(kind):
    method, split = build({"vectors": kind})
    with torch.no_grad():
        method.see.weight.normal_(0, 0.2)
        method.see.bias.normal_()
    split.layout = WindowLayout(method.encoder.tokenizer, 11)
    batch = split.batch(range(8), View.IT)
    assert batch.visual.vectors[InputKind(kind)].shape[1] == {"grid": 4, "global": 1}[kind]
    assert batch.visual.present(InputKind(kind)).tolist() == [True] * 6 + [False] * 2
    assert (batch.subwords.tweet.bincount() > 1).tolist() == [True, False, True, True, False, False, False, True]
    assert_by_hand(method, batch)


def test_emissions_depend_neither_on_padding_nor_on_other_tweets():
    method, split = build()
    with torch.no_grad():
        together = method(split.batch(range(8), View.IT))
        for tweet, example in enumerate(sentences()):
            words = len(example.words)
            alone = method(split.batch([tweet], View.IT))[0, :words]
            torch.testing.assert_close(together[tweet, :words], alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("settings", [{}, {"pooling": "mean"}, {"label_rule": "x"}, {"decoder": "softmax"}])
def test_without_a_picture_it_is_the_tagger_of_text_with_the_same_weights(settings):
    (method, split), (plain, texts) = build(settings), build(settings, "bert-crf")
    missing, extra = method.load_state_dict(plain.state_dict(), strict=False)
    assert missing == ["see.weight", "see.bias"]
    assert not extra
    text = texts.batch(range(8), View.T)
    with torch.no_grad():
        expected, mask = plain(text), plain.targets(text)[1]
        torch.testing.assert_close(method(split.batch(range(8), View.T))[mask], expected[mask], rtol=1e-4, atol=1e-5)
        with_pictures = method(split.batch(range(8), View.IT))
        torch.testing.assert_close(with_pictures[6:][mask[6:]], expected[6:][mask[6:]], rtol=1e-4, atol=1e-5)
        assert not torch.allclose(with_pictures[:6][mask[:6]], expected[:6][mask[:6]], atol=1e-3)


def test_each_cell_is_read_and_their_order_is_seen():
    method, split = build()
    batch = split.batch([0], View.IT)
    vectors = batch.visual.vectors[InputKind.GRID]

    def emissions(cells):
        visual = VisualBatch({InputKind.GRID: cells}, batch.visual.masks)
        return method(Batch(batch.subwords, batch.labels, visual))

    with torch.no_grad():
        method.see.weight.normal_(0, 0.2)
        before = emissions(vectors)
        for cell in range(4):
            changed = vectors.clone()
            changed[:, cell] += 1
            assert (emissions(changed) - before).abs().max() > 1e-4, cell
        assert (emissions(vectors.flip(1)) - before).abs().max() > 1e-4


@pytest.mark.parametrize(("kind", "cells"), [("grid", 49), ("global", 1)])
def test_the_window_limit_leaves_room_for_the_cells(kind, cells):
    torch.manual_seed(0)
    encoder = scratch_encoder(["rain in Lund"] * 2)
    assert encoder.tokenizer.limit == 512
    config = methods()[NAME].configure({"vectors": kind})
    method = ImgFeat(config, encoder, LABELS, {InputKind(kind): FeatureShape(8, cells)}).eval()
    assert encoder.tokenizer.limit == 512 - cells
    words = encoder.tokenizer.words(["rain", "Lund"] * 300)
    subwords = piece_batch(WindowLayout(encoder.tokenizer, 10_000), [words])
    assert subwords.mask[0].sum() == 512 - cells
    vectors = {InputKind(kind): torch.randn(1, cells, 8)}
    real = {InputKind(kind): torch.ones(1, cells, dtype=torch.bool)}
    assert_by_hand(method, Batch(subwords, torch.zeros(1, 600, dtype=torch.long), VisualBatch(vectors, real)))


def test_the_projection_is_initialised_like_bert_and_is_the_only_new_layer():
    method, _ = build()
    plain, _ = build(name="bert-crf")
    assert set(dict(method.named_parameters())) - set(dict(plain.named_parameters())) == {"see.weight", "see.bias"}
    assert method.see.weight.shape == (128, 8)
    assert method.see.weight.std().item() == pytest.approx(0.02, rel=0.1)
    assert (method.see.bias == 0).all()


def test_the_cells_are_the_default_and_its_view_is_the_one_with_the_picture():
    config = methods()[NAME].configure({})
    assert config.inputs == (InputKind.GRID,)
    assert config.primary_view is View.IT
