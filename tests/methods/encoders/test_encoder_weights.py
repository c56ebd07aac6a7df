"""Encoder weights that the files lack are an error, or a note for an unused pooler."""

from __future__ import annotations

import json
import re
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_encoder import change_config, write_encoder

from mnerbench.benchmark.training.encoder_notes import encoder_notes
from mnerbench.datasets.errors import MissingInputError
from mnerbench.methods.encoders.source import EncoderSource
from mnerbench.methods.encoders.text_encoder import load_text_encoder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An encoder with consistent files."""
    return write_encoder(tmp_path_factory.mktemp("encoder") / "whole")


@pytest.fixture
def copy(whole, tmp_path):
    """A copy for tests that damage it."""
    return shutil.copytree(whole, tmp_path / "copy")


def refusal(folder):
    with pytest.raises(MissingInputError) as caught:
        load_text_encoder(folder)
    assert str(folder) in str(caught.value)
    assert "\n  -> " in str(caught.value)
    return str(caught.value)


def test_files_that_fit_are_loaded_value_by_value(whole):
    stored = load_file(whole / "model.safetensors")
    loaded = load_text_encoder(whole).model.state_dict()
    assert all(torch.equal(loaded[name], stored[name]) for name in loaded)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"num_hidden_layers": 3}, r"its weights lack 2,224 of 8,5\d\d parameters \(encoder.layer.2"),
        ({"num_hidden_layers": 1}, r"weights hold 16 tensors that the network does not have \(encoder.layer.1"),
        ({"hidden_size": 32}, r"[\d,]+ of [\d,]+ parameters have another shape in its weights \(embeddings"),
        ({"vocab_size": 31}, r"496 of [\d,]+ parameters have another shape .*word_embeddings.weight"),
        ({"max_position_embeddings": 32}, "have another shape .*position_embeddings"),
        (
            {"model_type": "distilbert", "dim": 16, "hidden_dim": 32, "n_layers": 2, "n_heads": 2},
            r"its weights lack [\d,]+ of [\d,]+ parameters \(transformer.layer.0",
        ),
        ({"model_type": "electra"}, r"its weights lack [\d,]+ of [\d,]+ parameters \(embeddings"),
        ({"model_type": "no such model"}, "the model cannot be loaded"),
        ({"hidden_act": "no such function"}, "cannot be loaded: KeyError"),
        ({"num_attention_heads": -2}, "the model cannot be loaded: -2 attention heads"),
        ({"hidden_size": -1}, "cannot be loaded"),
        ({"hidden_size": 10_000_000, "intermediate_size": 10_000_000}, r"describes [\d,]+ parameters, its weights are"),
        ({"num_hidden_layers": 10**9}, "1,000,000,000 layers"),
    ],
    ids=str,
)
def test_settings_of_another_network_are_refused(copy, changes, reason):
    message = refusal(change_config(copy, **changes))
    assert re.search(reason, message), message


@pytest.mark.parametrize(
    "content", [b"x" * 20_000, None, b"\xff" * 8 + b"{}" * 9_999], ids=["noise", "cut", "huge header"]
)
def test_damaged_weights_are_refused(copy, content):
    path = copy / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-50] if content is None else content)
    assert "cannot be loaded" in refusal(copy)


def test_settings_that_are_not_json_are_refused(copy):
    (copy / "config.json").write_text("[" * 100_000)
    assert "cannot be loaded" in refusal(copy)


def test_one_tensor_too_few_and_one_too_many(copy):
    path = copy / "model.safetensors"
    stored = load_file(path)
    less = {name: tensor for name, tensor in stored.items() if name != "encoder.layer.1.output.dense.weight"}
    save_file(less, path, {"format": "pt"})
    assert "its weights lack 512 of" in refusal(copy)
    assert "(encoder.layer.1.output.dense.weight)" in refusal(copy)
    save_file({**stored, "encoder.layer.1.adapter.weight": torch.zeros(2)}, path, {"format": "pt"})
    assert "1 tensors that the network does not have (encoder.layer.1.adapter.weight)" in refusal(copy)


def test_a_pre_training_head_is_dropped_silently(tmp_path):
    folder = write_encoder(tmp_path / "trained", head=True)
    encoder = load_text_encoder(folder)
    source = EncoderSource("e", folder, "d")
    assert encoder_notes("e", source, encoder) == ()


def test_a_randomly_initialised_pooler_is_noted_when_used(tmp_path, whole):
    folder = write_encoder(tmp_path / "trained", head=True)
    encoder = load_text_encoder(folder)
    encoder.use_pooler()
    (note,) = encoder_notes("e", EncoderSource("e", folder, "d"), encoder)
    assert note.startswith("encoder e: its files hold no pooler")
    pretrained = load_text_encoder(whole)
    pretrained.use_pooler()
    assert encoder_notes("e", EncoderSource("e", whole, "d"), pretrained) == ()
    stored = load_file(whole / "model.safetensors")
    assert torch.equal(pretrained.pooler.weight, stored["pooler.dense.weight"])


def test_the_check_draws_no_random_number(whole):
    torch.manual_seed(3)
    load_text_encoder(whole)
    after = torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(after, torch.rand(1))


def test_settings_of_an_encoder_are_read_with_bounds(copy):
    (copy / "config.json").write_text("[" * 100_000)
    assert EncoderSource("e", copy, "d").settings() == {}
    (copy / "config.json").write_text(json.dumps([1]))
    assert EncoderSource("e", copy, "d").settings() == {}
