"""UMGF: the graph against loops over pairs of nodes in float64, the objects it reads, and its released settings."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from small_methods import make
from transformers import BertConfig, BertModel

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.choices import LabelRule
from mnerbench.methods.conformance import LABELS
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.encoders.windows import WindowLayout
from mnerbench.methods.registry import methods
from mnerbench.methods.umgf.model import UMGF

SMALL = {"width": 12, "heads": 3, "inner": 5, "layers": 2}


def build(settings=None, view=View.IT):
    """The method in float64 with random weights, and tweets of one or more windows; the last two have no picture."""
    method, split = make("umgf", {**SMALL, **(settings or {})})
    method.double()
    torch.manual_seed(1)
    with torch.no_grad():
        for name, parameter in method.named_parameters():
            if not name.startswith("encoder."):
                parameter.copy_(torch.randn_like(parameter) * 0.4)
    split = replace(split, layout=WindowLayout(method.encoder.tokenizer, 11))
    batch = split.batch(range(8), view)
    return method, batch.mapped(lambda tensor: tensor.double() if tensor.is_floating_point() else tensor)


def line(layer, vector):
    return layer.weight @ vector + layer.bias


def norm(layer, vector):
    centred = vector - vector.mean()
    return centred / torch.sqrt((centred**2).mean() + 1e-5) * layer.weight + layer.bias


def among(attention, nodes, heads):
    """Self-attention, a node and a head at a time; objects have neither value nor output projections."""
    size = nodes.shape[1] // heads
    projects = isinstance(attention.value, torch.nn.Linear)
    result = []
    for node in nodes:
        parts = []
        for head in range(heads):
            part = slice(head * size, (head + 1) * size)
            query = line(attention.query, node)[part]
            weights = [math.exp(query @ line(attention.key, other)[part] / math.sqrt(size)) for other in nodes]
            values = [(line(attention.value, other) if projects else other)[part] for other in nodes]
            parts.append(sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights))
        mixed = torch.cat(parts)
        result.append(norm(attention.norm, node + (line(attention.out, mixed) if projects else mixed)))
    return torch.stack(result)


def receive(side, nodes, neighbours):
    """Gated sums, a pair at a time, and the feed-forward network."""
    result = []
    for node in nodes:
        total = node
        for neighbour in neighbours:
            total = total + neighbour / (1 + torch.exp(-line(side.gate, torch.cat([node, neighbour]))))
        received = norm(side.norm_received, total)
        result.append(norm(side.norm, received + line(side.down, line(side.up, received).clamp(min=0))))
    return torch.stack(result)


def graph(method, states, vectors):
    """The graph's words of one window; `vectors` are those of the objects that it sees."""
    first, _, _, second, _, _ = list(method.see)[1:]
    network = method.see[0]
    words = torch.stack([line(method.read, state) for state in states])
    objects = [line(second, line(first, line(network, v)).clamp(min=0)).clamp(min=0) for v in vectors]
    objects = torch.stack(objects) if objects else words.new_zeros(0, words.shape[1])
    for layer in method.layers:
        words = among(layer.among_words, words, method.config.heads)
        objects = among(layer.among_objects, objects, method.config.heads) if len(objects) else objects
        received = receive(layer.to_words, words, objects)
        if layer.to_objects is not None and len(objects):
            objects = receive(layer.to_objects, objects, words)
        words = received
    return words


@pytest.mark.parametrize(
    ("settings", "view"), [({}, View.IT), ({"objects": 2, "label_rule": "x"}, View.IT), ({}, View.T)]
)
def test_emissions_are_those_of_the_graph(settings, view):
    method, batch = build(settings, view)
    subwords, regions = batch.subwords, batch.visual.masks[InputKind.REGIONS]
    seen = regions.sum(1).clamp(max=method.config.objects).tolist()
    assert len(subwords.tweet) > 8, "some tweets have several windows"
    assert set(seen) == ({0} if view is View.T else set(range(method.config.objects + 1)) & set(range(4)))
    with torch.no_grad():
        states = method.encoder.encode_subwords(subwords)
        fused = torch.zeros(*states.shape[:2], method.config.width, dtype=torch.float64)
        for window, tweet in enumerate(subwords.tweet.tolist()):
            length = int(subwords.mask[window].sum())
            vectors = batch.visual.vectors[InputKind.REGIONS][tweet][: seen[tweet]]
            fused[window, :length] = graph(method, states[window, :length], vectors)
        rows = torch.cat([states, fused], -1)
        expected = method.labelling.units(rows, subwords) @ method.project.weight.T + method.project.bias
        mask = method.targets(batch)[1]
        torch.testing.assert_close(method(batch)[mask], expected[mask], rtol=1e-9, atol=1e-9)


def test_the_objects_of_highest_score_are_read():
    method, batch = build({"objects": 1})
    with torch.no_grad():
        before = method(batch).clone()
        batch.visual.vectors[InputKind.REGIONS][:, 1:] *= -1
        assert torch.equal(method(batch)[batch.mask], before[batch.mask])
        batch.visual.vectors[InputKind.REGIONS][0, 0] *= -1
        after = method(batch)
    assert not torch.allclose(after[0], before[0])
    assert torch.equal(after[1:][batch.mask[1:]], before[1:][batch.mask[1:]])


def test_the_released_profile_labels_every_subword_with_thirteen_names():
    entry = methods()["umgf"]
    config = entry.configure({"profile": "released"})
    assert config.label_rule is LabelRule.X
    assert (config.width, config.heads, config.inner, config.layers) == (512, 8, 256, 6)
    assert (config.dropout, config.objects) == (0.4, 4)
    method, _ = make("umgf", {**SMALL, "label_rule": "x"})
    assert method.project.out_features == 13


def test_parameters_with_bert_base_cased_are_those_of_the_layers_that_the_code_uses():
    with torch.device("meta"):
        encoder = TextEncoder(BertModel(BertConfig(vocab_size=28_996), add_pooling_layer=False), SimpleNamespace())
        config = methods()["umgf"].configure({"profile": "released"})
        method = UMGF(config, encoder, LABELS, {InputKind.REGIONS: FeatureShape(2048, 4)})
    new = sum(p.numel() for n, p in method.named_parameters() if not n.startswith("encoder."))
    square, norms = 512 * 512 + 512, 2 * 512
    receives = (1024 * 512 + 512) + (512 * 256 + 256) + (256 * 512 + 512) + 2 * norms
    layers = 6 * (4 * square + 2 * square + 2 * norms) + 11 * receives
    see = (2048 * 2048 + 2048) + (2048 * 512 + 512) + square
    assert new == see + (768 * 512 + 512) + layers + (1280 * 13 + 13) + (13 * 13 + 2 * 13)


def test_heads_must_divide_the_width():
    with pytest.raises(ConfigError, match="heads = 5 does not divide width = 512"):
        methods()["umgf"].configure({"heads": 5})
