"""HVPNeT's gates, per picture and layer, and its prefix attention, against explicit formulas."""

import math
import re
from types import SimpleNamespace

import pytest
import torch
import transformers
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    ElectraConfig,
    ElectraModel,
    RobertaConfig,
    RobertaModel,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.hvpnet.prefixes import enable_prefixes, encode_with_prefixes
from mnerbench.methods.hvpnet.pyramid import StageGates

SIZES = {
    "vocab_size": 30,
    "hidden_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 20,
    "max_position_embeddings": 20,
}


def random_tensor(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def encoder(model, config, **more):
    torch.manual_seed(0)
    return TextEncoder(model(config(**SIZES, **more)).eval(), SimpleNamespace())


def batch(ids, mask):
    """A batch of subwords without positions of words, which are not needed here."""
    nothing, rows = torch.zeros(0), torch.arange(len(ids))
    where = {"owner": nothing, "first": nothing, "words": nothing, "units": nothing, "unit_mask": nothing}
    alone = {"segments": torch.zeros_like(ids), "tweet": rows, "first_rows": rows}
    return SubwordBatch(ids=ids, mask=mask, **alone, **where, sizes=(), unit_sizes=(), full=False)


def test_gates_are_the_formula():
    torch.manual_seed(0)
    gates = StageGates((3, 5), 4, 2)
    cells = random_tensor(2, 6, 8)
    output = gates(cells)
    assert output.shape == (2, 2, 6, 8)
    for picture in range(2):
        stages = []
        for index, part in enumerate((cells[picture, :, :3], cells[picture, :, 3:])):
            centred = part - part.mean(-1, keepdim=True)
            normal = centred / (centred.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt()
            stages.append(normal @ gates.map[index].weight.T + gates.map[index].bias)
        mean = torch.stack([vectors.mean(0) for vectors in stages]).mean(0)
        for layer in range(2):
            rows = slice(2 * layer, 2 * layer + 2)
            signal = gates.gates.weight[rows] @ mean + gates.gates.bias[rows]
            signal = torch.where(signal > 0, signal, 0.01 * signal).exp()
            share = signal / signal.sum()
            mixed = share[0] * stages[0] + share[1] * stages[1]
            expected = mixed @ gates.give[layer].weight.T + gates.give[layer].bias
            torch.testing.assert_close(output[layer, picture], expected, rtol=1e-5, atol=1e-6)


def test_a_network_of_one_stage_has_nothing_to_choose():
    gates = StageGates((8,), 4, 3)
    assert torch.equal(gates.shares(gates.mapped(random_tensor(2, 6, 8))), torch.ones(2, 3, 1))


def test_prefix_attention_is_the_formula():
    """One layer of BERT, one head at a time: softmax(q [k_prefix; k] / sqrt(width)) [v_prefix; v]."""
    text_encoder = encoder(BertModel, BertConfig)
    attention = text_encoder.model.encoder.layer[0].attention.self
    enable_prefixes(text_encoder)
    prefixes, real = random_tensor(2, 1, 3, 24), torch.tensor([[True, True, False]])
    captured = []
    attention.register_forward_hook(lambda _, inputs, output: captured.extend([inputs[0], output[0]]))
    ids = torch.tensor([[1, 5, 7, 9]])
    encode_with_prefixes(text_encoder, batch(ids, torch.ones_like(ids, dtype=torch.bool)), prefixes, real)
    states, output = captured[0][0], captured[1][0]
    for head in range(3):
        part = slice(4 * head, 4 * head + 4)
        query, key, value = (
            states @ layer.weight[part].T + layer.bias[part]
            for layer in (attention.query, attention.key, attention.value)
        )
        keys = torch.cat([prefixes[0, 0, :2, :12][:, part], key])
        values = torch.cat([prefixes[0, 0, :2, 12:][:, part], value])
        expected = (query @ keys.T / math.sqrt(4)).softmax(-1) @ values
        torch.testing.assert_close(output[:, part], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("model", "config"),
    [
        (BertModel, BertConfig),
        (RobertaModel, RobertaConfig),
        (XLMRobertaModel, XLMRobertaConfig),
        (ElectraModel, ElectraConfig),
    ],
)
def test_without_prefixes_a_window_is_encoded_as_usual(model, config):
    text_encoder = encoder(model, config)
    ids = torch.tensor([[3, 5, 7, 9], [3, 6, 4, 1]])
    windows = batch(ids, torch.arange(4) < torch.tensor([[4], [3]]))
    alone = text_encoder.encode_subwords(windows)
    enable_prefixes(text_encoder)
    torch.testing.assert_close(text_encoder.encode_subwords(windows), alone, rtol=1e-5, atol=1e-6)
    output = encode_with_prefixes(
        text_encoder, windows, random_tensor(2, 2, 3, 24), torch.tensor([[True] * 3, [False] * 3])
    )
    assert not torch.allclose(output[0], alone[0], atol=1e-3)
    torch.testing.assert_close(output[1, :3], alone[1, :3], rtol=1e-5, atol=1e-6)


def test_an_encoder_that_takes_no_prefixes_is_refused():
    torch.manual_seed(0)
    model = DistilBertModel(DistilBertConfig(vocab_size=30, dim=12, n_layers=1, n_heads=3))
    other = TextEncoder(model, SimpleNamespace())
    version = re.escape(transformers.__version__)
    message = f"(?s)a DistilBertModel of transformers {version} does not accept.*--encoder with a BERT"
    with pytest.raises(ConfigError, match=message):
        enable_prefixes(other)
