"""HVPNeT's gates, one picture and one layer at a time, and the prefixes in BERT's attention, by hand."""

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


def given(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def encoder(model, config, **more):
    torch.manual_seed(0)
    return TextEncoder(model(config(**SIZES, **more)).eval(), SimpleNamespace())


def batch(ids, mask):
    """Pieces alone: where words are, nobody asks here."""
    nothing, rows = torch.zeros(0), torch.arange(len(ids))
    where = {"owner": nothing, "first": nothing, "words": nothing, "units": nothing, "unit_mask": nothing}
    alone = {"segments": torch.zeros_like(ids), "tweet": rows, "first_rows": rows}
    return SubwordBatch(ids=ids, mask=mask, **alone, **where, sizes=(), full=False)


def test_gates_are_the_formula():
    torch.manual_seed(0)
    gates = StageGates((3, 5), 4, 2)
    cells = given(2, 6, 8)
    found = gates(cells)
    assert found.shape == (2, 2, 6, 8)
    for picture in range(2):
        stages = []
        for place, part in enumerate((cells[picture, :, :3], cells[picture, :, 3:])):
            centred = part - part.mean(-1, keepdim=True)
            normal = centred / (centred.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt()
            stages.append(normal @ gates.map[place].weight.T + gates.map[place].bias)
        mean = torch.stack([stage.mean(0) for stage in stages]).mean(0)
        for layer in range(2):
            own = slice(2 * layer, 2 * layer + 2)
            signal = gates.gates.weight[own] @ mean + gates.gates.bias[own]
            signal = torch.where(signal > 0, signal, 0.01 * signal).exp()
            share = signal / signal.sum()
            mixed = share[0] * stages[0] + share[1] * stages[1]
            expected = mixed @ gates.give[layer].weight.T + gates.give[layer].bias
            torch.testing.assert_close(found[layer, picture], expected, rtol=1e-5, atol=1e-6)


def test_a_network_of_one_stage_has_nothing_to_choose():
    gates = StageGates((8,), 4, 3)
    assert torch.equal(gates.shares(gates.mapped(given(2, 6, 8))), torch.ones(2, 3, 1))


def test_prefix_attention_is_the_formula():
    """One layer of BERT, one head at a time: softmax(q [k_prefix; k] / sqrt(width)) [v_prefix; v]."""
    own = encoder(BertModel, BertConfig)
    attention = own.model.encoder.layer[0].attention.self
    enable_prefixes(own)
    prefixes, real = given(2, 1, 3, 24), torch.tensor([[True, True, False]])
    seen = []
    attention.register_forward_hook(lambda _, inputs, output: seen.extend([inputs[0], output[0]]))
    ids = torch.tensor([[1, 5, 7, 9]])
    encode_with_prefixes(own, batch(ids, torch.ones_like(ids, dtype=torch.bool)), prefixes, real)
    states, found = seen[0][0], seen[1][0]
    for head in range(3):
        part = slice(4 * head, 4 * head + 4)
        query, key, value = (
            states @ layer.weight[part].T + layer.bias[part]
            for layer in (attention.query, attention.key, attention.value)
        )
        keys = torch.cat([prefixes[0, 0, :2, :12][:, part], key])
        values = torch.cat([prefixes[0, 0, :2, 12:][:, part], value])
        expected = (query @ keys.T / math.sqrt(4)).softmax(-1) @ values
        torch.testing.assert_close(found[:, part], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("model", "config"),
    [
        (BertModel, BertConfig),
        (RobertaModel, RobertaConfig),
        (XLMRobertaModel, XLMRobertaConfig),
        (ElectraModel, ElectraConfig),
    ],
)
def test_without_any_prefix_a_row_is_read_as_if_alone(model, config):
    own = encoder(model, config)
    ids = torch.tensor([[3, 5, 7, 9], [3, 6, 4, 1]])
    rows = batch(ids, torch.arange(4) < torch.tensor([[4], [3]]))
    alone = own.pieces(rows)
    enable_prefixes(own)
    torch.testing.assert_close(own.pieces(rows), alone, rtol=1e-5, atol=1e-6)
    found = encode_with_prefixes(own, rows, given(2, 2, 3, 24), torch.tensor([[True] * 3, [False] * 3]))
    assert not torch.allclose(found[0], alone[0], atol=1e-3)
    torch.testing.assert_close(found[1, :3], alone[1, :3], rtol=1e-5, atol=1e-6)


def test_an_encoder_that_takes_no_prefixes_is_refused():
    torch.manual_seed(0)
    model = DistilBertModel(DistilBertConfig(vocab_size=30, dim=12, n_layers=1, n_heads=3))
    other = TextEncoder(model, SimpleNamespace())
    said = (
        f"(?s)a DistilBertModel of transformers {re.escape(transformers.__version__)} takes none.*--encoder with a BERT"
    )
    with pytest.raises(ConfigError, match=said):
        enable_prefixes(other)
