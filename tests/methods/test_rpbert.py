"""RpBERT: both passes tweet by tweet without padding, the relation loss, and where relation labels count."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from relation_methods import GRID, build, label, windows, word_means
from small_methods import make

from mnerbench.datasets.inputs import View
from mnerbench.methods.conformance import sentences
from mnerbench.methods.registry import methods


def encode(method, ids, segments, cells):
    """States of one window without padding; the cells are the second segment and follow its subwords."""
    embedded = method.encoder.model.get_input_embeddings()(ids)
    kinds = torch.cat([segments, torch.ones(len(cells), dtype=torch.long)])
    inputs = {"inputs_embeds": torch.cat([embedded, cells])[None], "token_type_ids": kinds[None]}
    return method.encoder.model(**inputs).last_hidden_state[0, : len(ids)]


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize(
    ("name", "view"), [("rpbert", View.IT), ("rpbert", View.T), ("rpbert-no-rp", View.IT), ("rpbert-no-rp", View.T)]
)
def test_emissions_are_those_of_two_passes(name, view, words):
    method, batch = build(name, {"word_vectors": words}, view=view)
    table = method.encoder.further_vectors.vectors if words else None
    present = batch.visual.present(GRID)
    assert len(batch.subwords.tweet) > 8, "some tweets have several windows"
    assert present.sum() == (6 if view is View.IT else 0)
    with torch.no_grad():
        emissions, gates = method(batch), method.judged_relation(batch)
        for tweet, length in enumerate(batch.mask.sum(1).tolist()):
            rows = list(windows(batch, tweet))
            cells = batch.visual.vectors[GRID][tweet] @ method.see.weight.T + method.see.bias
            cells = cells if present[tweet] else cells[:0]
            if name == "rpbert":
                no, yes = method.relation(encode(method, *rows[0][:2], cells)[0]).tolist()
                probability = math.exp(yes) / (math.exp(no) + math.exp(yes))
                assert gates[tweet].item() == pytest.approx(probability)
                cells = probability * cells
            states = [(encode(method, ids, segments, cells), owners) for ids, segments, owners in rows]
            means = word_means(states, length)
            if table is not None:
                means = torch.cat([means, table[batch.word_rows[tweet, :length]]], -1)
            expected = label(method, means)
            torch.testing.assert_close(emissions[tweet, :length], expected, rtol=1e-9, atol=1e-9)
    assert (gates is None) == (name == "rpbert-no-rp")
    assert table is None or (batch.word_rows > 0).any()


def test_the_relation_loss_is_the_cross_entropy_of_labelled_pairs_with_a_picture():
    method, batch = build("rpbert", {"relation_weight": 0.3})
    related = [example.related for example in sentences()]
    counted = [label for label, here in zip(related, batch.visual.present(GRID), strict=True) if here]
    assert set(counted) == {True, False, None}
    assert related[6] is not None, "a labelled tweet has none"
    with torch.no_grad():
        gates, terms = method.judged_relation(batch).tolist(), method.losses({View.IT: batch})
        nll = method.head.loss(method(batch), batch.labels, batch.mask)
    losses = [
        -math.log(gate if label else 1 - gate)
        for gate, label, here in zip(gates, related, batch.visual.present(GRID), strict=True)
        if label is not None and here
    ]
    assert terms.keys() == {"nll", "relation"}
    assert terms["relation"].item() == pytest.approx(0.3 * sum(losses) / 8, rel=1e-6)
    assert terms["nll"].item() == pytest.approx(nll.item())


def test_a_step_on_a_relation_corpus_has_the_relation_loss_alone():
    method, batch = build("rpbert")
    with torch.no_grad():
        terms, both = method.relation_losses({View.IT: batch}), method.losses({View.IT: batch})
    assert terms == {"relation": both["relation"]}


def test_labels_belong_to_a_tweet_with_its_own_picture():
    _, split = make("rpbert")
    own = [-1 if example.related is None else int(example.related) for example in sentences()]
    assert split.batch(range(8), View.IT).related.tolist() == own
    shown = zip(own, sentences(), split.image_ids[View.IT_SHUFFLED], strict=True)
    expected = [label if image == example.image_id else -1 for label, example, image in shown]
    assert split.batch(range(8), View.IT_SHUFFLED).related.tolist() == expected
    assert split.crossed([0, 0, 1], [0, 1, 1], View.IT).related.tolist() == [own[0], -1, own[1]]


@pytest.mark.parametrize("name", ["rpbert-no-rp", "bert-crf+imgfeat"])
def test_methods_that_learn_no_relation_get_no_labels(name):
    method, split = make(name, methods()[name].variant.settings)
    batch = split.batch(range(8), View.IT)
    assert batch.related is None
    assert method.losses({View.IT: batch}).keys() == {"nll"}
    assert method.judged_relation(batch) is None


def test_without_any_label_only_tagging_is_learned():
    method, split = make("rpbert")
    unlabelled = replace(split, related=None).batch(range(8), View.IT)
    assert method.losses({View.IT: unlabelled}).keys() == {"nll"}
    method.losses({View.IT: unlabelled})["nll"].backward()
    assert method.relation.weight.grad.abs().sum() > 0, "the tagging loss trains the gate"


def test_cells_take_positions_from_the_encoder():
    method, _ = make("rpbert")
    without, _ = make("bert-crf")
    assert method.encoder.tokenizer.limit == without.encoder.tokenizer.limit - 4
