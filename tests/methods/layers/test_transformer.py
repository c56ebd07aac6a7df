"""The transformer layer: equal to BERT's in self-attention, to MAF's equations 4 to 8 in cross-attention."""

from __future__ import annotations

import math

import pytest
import torch
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertLayer

from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.layers.transformer import TransformerLayer, TransformerStack, initialise_like_bert

WIDTH, HEADS, INNER = 24, 4, 40
NAMES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "out",
    "attention.output.LayerNorm": "norm_attention",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "norm",
}


def scattered(module, seed=0):
    """Random weights and norms far from their initial values, so that each of them matters."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))
    return module.eval()


def random_layer(seed=0):
    return scattered(TransformerLayer(WIDTH, HEADS, INNER, dropout=0.1), seed)


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_with_itself_as_keys_it_is_a_layer_of_bert(attention):
    torch.manual_seed(1)
    config = BertConfig(hidden_size=WIDTH, num_attention_heads=HEADS, intermediate_size=INNER)
    config._attn_implementation = attention
    bert, layer = scattered(BertLayer(config)), TransformerLayer(WIDTH, HEADS, INNER, 0.1).eval()
    theirs = {key.rpartition(".")[0]: key for key in bert.state_dict() if key.endswith("weight")}
    assert set(theirs) == set(NAMES)
    layer.load_state_dict(
        {f"{NAMES[key.rpartition('.')[0]]}.{key.rpartition('.')[2]}": value for key, value in bert.state_dict().items()}
    )
    states, real = torch.randn(3, 7, WIDTH), torch.arange(7) < torch.tensor([[7], [4], [1]])
    added = torch.zeros(3, 1, 1, 7).masked_fill(~real[:, None, None], torch.finfo(torch.float32).min)
    with torch.no_grad():
        expected = bert(states, added)
        torch.testing.assert_close(layer(states, states, real), expected, rtol=1e-4, atol=1e-5)


def normed(vector, norm):
    """Layer normalisation of one vector."""
    centred = vector - vector.mean()
    return centred / (centred.square().mean() + 1e-12).sqrt() * norm.weight + norm.bias


def by_loop(layer, text, regions):
    """MAF eqs. 4 to 8 for a tweet, per head and token; `regions` are without padding."""
    part = WIDTH // HEADS
    result = torch.zeros_like(text)
    for position, token in enumerate(text):
        heads = []
        for head in range(HEADS):
            rows = slice(head * part, (head + 1) * part)
            query = layer.query.weight[rows] @ token + layer.query.bias[rows]
            scores, values = [], []
            for region in regions:
                key = layer.key.weight[rows] @ region + layer.key.bias[rows]
                scores.append(float(query @ key) / math.sqrt(WIDTH / HEADS))
                values.append(layer.value.weight[rows] @ region + layer.value.bias[rows])
            total = sum(map(math.exp, scores))
            heads.append(sum(math.exp(s) / total * v for s, v in zip(scores, values, strict=True)))
        attended = layer.out.weight @ torch.cat(heads) + layer.out.bias
        between = normed(token + attended, layer.norm_attention)
        up = layer.up.weight @ between + layer.up.bias
        up = up * (1 + torch.erf(up / math.sqrt(2))) / 2
        result[position] = normed(between + layer.down.weight @ up + layer.down.bias, layer.norm)
    return result


def test_with_regions_as_keys_it_is_equations_4_to_8():
    torch.manual_seed(2)
    layer = random_layer().double()
    text, regions = torch.randn(2, 3, WIDTH).double(), torch.randn(2, 5, WIDTH).double()
    real = torch.tensor([[True, True, False, True, True], [False, False, True, False, False]])
    with torch.no_grad():
        output = layer(text, regions, real)
        expected = torch.stack([by_loop(layer, text[i], regions[i][real[i]]) for i in range(2)])
    torch.testing.assert_close(output, expected, rtol=1e-10, atol=1e-10)


def test_an_item_without_real_keys_is_finite_and_leaves_the_others_alone():
    torch.manual_seed(3)
    layer = random_layer()
    text, regions = torch.randn(2, 3, WIDTH, requires_grad=True), torch.randn(2, 5, WIDTH)
    real = torch.tensor([[False] * 5, [True] * 5])
    output = layer(text, regions, real)
    assert torch.isfinite(output).all()
    torch.testing.assert_close(output[1:], layer(text[1:], regions[1:], real[1:]))
    output.square().sum().backward()
    assert torch.isfinite(text.grad).all()
    assert all(torch.isfinite(parameter.grad).all() for parameter in layer.parameters())


def test_dropout_is_of_training_only():
    torch.manual_seed(4)
    layer, text, real = random_layer(), torch.randn(1, 3, WIDTH), torch.ones(1, 3, dtype=torch.bool)
    with torch.no_grad():
        assert torch.equal(layer(text, text, real), layer(text, text, real))
        layer.train()
        assert not torch.equal(layer(text, text, real), layer(text, text, real))


def test_a_layer_of_bert_base_has_7_087_872_parameters():
    with torch.device("meta"):
        layer = TransformerLayer(768, 12, 3072, 0.1)
        theirs = BertLayer(BertConfig())
    assert sum(parameter.numel() for parameter in layer.parameters()) == 7_087_872
    assert sum(parameter.numel() for parameter in theirs.parameters()) == 7_087_872


@pytest.mark.parametrize("heads", [5, 7, 48])
def test_heads_that_do_not_divide_the_width_are_refused(heads):
    with pytest.raises(ConfigError, match=f"heads = {heads} does not divide the width {WIDTH}"):
        TransformerLayer(WIDTH, heads, INNER, 0.1)


def test_a_stack_is_its_layers_in_turn():
    torch.manual_seed(5)
    stack = scattered(TransformerStack(2, WIDTH, HEADS, INNER, 0.1))
    states, real = torch.randn(2, 3, WIDTH), torch.tensor([[True, True, True], [True, True, False]])
    with torch.no_grad():
        once = stack.layers[0](states, states, real)
        twice = stack.layers[1](once, once, real)
        assert torch.equal(stack(states, real), twice)
    assert len(stack.layers) == 2


def test_initialised_like_bert_weights_are_small_and_biases_zero():
    torch.manual_seed(6)
    layer = scattered(TransformerLayer(64, 4, 256, 0.1))
    norms = {name: layer.get_parameter(name).clone() for name in ("norm.weight", "norm_attention.bias")}
    initialise_like_bert(layer)
    assert layer.up.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert layer.up.weight.mean().item() == pytest.approx(0, abs=0.001)
    assert (layer.up.bias == 0).all()
    assert all(torch.equal(layer.get_parameter(name), before) for name, before in norms.items())
