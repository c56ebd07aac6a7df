"""ATTR-MMKG-MNER: the tweet alone, the memory of its picture's words, attention and gate, against loops over words."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from small_methods import make

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.picture_texts import Tag, Texts
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.conformance import sentences
from mnerbench.methods.conformance.synthetic_inputs import pictures
from mnerbench.methods.encoders.context_masks import last_rows, split_context
from mnerbench.methods.encoders.windows import WindowLayout
from mnerbench.methods.registry import methods


def build(settings=None, view=View.IT, limit=64):
    """The method in float64, a batch of all tweets, and the same tweets without pictures."""
    method, split = make("attr-mmkg", settings or {})
    split = replace(split, layout=WindowLayout(method.encoder.tokenizer, limit))
    return method.double(), split.batch(range(8), view), split.batch(range(8), View.T)


def norm(layer, vector):
    centred = vector - vector.mean()
    return centred / torch.sqrt((centred**2).mean() + layer.eps) * layer.weight + layer.bias


@pytest.mark.parametrize(("settings", "view"), [({}, View.IT), ({"knowledge": False}, View.IT), ({}, View.T)])
def test_emissions_are_those_of_the_tweet_alone_and_its_memory(settings, view):
    method, batch, alone = build(settings, view)
    tokenizer, table = method.encoder.tokenizer, method.encoder.model.get_input_embeddings().weight
    with torch.no_grad():
        emissions, words = method(batch), method.encoder(alone.subwords)
        for tweet, example in enumerate(sentences()):
            image = example.image_id if view is View.IT else None
            numbers = tokenizer.context(method.config.context_texts(pictures(), image))
            assert bool(numbers) == (view is View.IT and tweet < 6)
            memory = [method.see.weight @ norm(method.normalise, table[n]) + method.see.bias for n in numbers]
            for word, state in enumerate(words[tweet, : len(example.words)]):
                gated = torch.zeros_like(state)
                if memory:
                    keys = torch.stack(memory)[None]
                    mask = torch.ones(1, len(memory), dtype=torch.bool)
                    attended = method.attend(state[None, None], keys, mask)[0, 0]
                    gate = method.gate.weight @ torch.cat([state, attended]) + method.gate.bias
                    gated = attended / (1 + torch.exp(-gate))
                expected = method.project.weight @ torch.cat([state, gated]) + method.project.bias
                torch.testing.assert_close(emissions[tweet, word], expected, rtol=1e-7, atol=1e-7)


def test_attributes_come_by_score_then_knowledge():
    tags = {"a": (Tag("low", 0.1), Tag("high", 0.9), Tag("middle", 0.5))}
    inputs = VisualInputs({InputKind.TEXT: Texts({"a": ("a dog barks",)}, "made", "0")}, Texts(tags, "made", "0"))
    configure = methods()["attr-mmkg"].configure
    assert configure({"attributes": 2}).context_texts(inputs, "a") == ("high", "middle", "a dog barks")
    assert configure({"attributes": 2}).context_texts(inputs, None) == ()
    without = methods()["attr-mmkg-no-kg"].configure({})
    assert without.inputs == (InputKind.TAGS,)
    assert without.context_texts(VisualInputs(tags=inputs.tags), "a") == ("high", "middle", "low")


@pytest.mark.parametrize("limit", [64, 12])
def test_masks_of_tweet_and_context_are_those_of_the_windows(limit):
    method, batch, alone = build(limit=limit)
    template, tokenizer = method.encoder.tokenizer.template, method.encoder.tokenizer
    tweet, context = split_context(batch.subwords, template)
    last = last_rows(batch.subwords).tolist()
    assert not split_context(alone.subwords, template)[1].any()
    for window, owner in enumerate(batch.subwords.tweet.tolist()):
        ids = batch.subwords.ids[window]
        assert ids[tweet[window]].tolist() == alone.subwords.ids[window][alone.subwords.mask[window]].tolist()
        image = sentences()[owner].image_id
        texts = tokenizer.context(method.config.context_texts(pictures(), image))
        seen = ids[context[window]].tolist()
        assert seen == texts[: len(seen)]
        assert window in last or not seen
        assert seen == texts or limit == 12 or window not in last
    assert bool(context.any())


def test_the_encoder_does_not_read_the_memory():
    method, batch, alone = build()
    with torch.no_grad():
        method.gate.weight.zero_()
        method.gate.bias.fill_(-1e9)
        torch.testing.assert_close(method(batch)[batch.mask], method(alone)[batch.mask], rtol=1e-9, atol=1e-9)
