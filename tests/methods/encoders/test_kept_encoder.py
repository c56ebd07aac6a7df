"""Encoders that are built again without the files of their weights."""

import json
import stat

import pytest
import torch
from safetensors.torch import load_file
from tiny_encoder import VOCABULARY, change_config, with_own_code, write_encoder

from mnerbench.datasets.errors import MnerbenchError
from mnerbench.methods.conformance import LABELS
from mnerbench.methods.conformance.synthetic_inputs import pictures
from mnerbench.methods.encoders.kept_tensors import read_tensors, write_tensors
from mnerbench.methods.encoders.text_encoder import load_text_encoder
from mnerbench.methods.kept_method import keep_neural, restore_neural
from mnerbench.methods.registry import method_class, methods


def build(folder, name="maf"):
    """A method over the encoder of a folder; MAF uses its pooler."""
    entry = methods()[name]
    config = entry.configure({})
    shapes = {kind: pictures_shape(kind) for kind in config.inputs}
    return entry.family, config, method_class(entry.family)(config, load_text_encoder(folder), LABELS, shapes)


def pictures_shape(kind):
    return pictures().features[kind].shape


@pytest.mark.parametrize("name", ["bert-crf", "maf", "visualbert-tam"])
def test_a_method_over_a_folder_is_built_from_its_settings(tmp_path, name):
    source = write_encoder(tmp_path / "source")
    change_config(source, dtype="float16", num_labels=3)
    settings = json.loads((source / "tokenizer_config.json").read_text())
    (source / "tokenizer_config.json").write_text(json.dumps({**settings, "vocab_file": "/nowhere/vocab.txt"}))
    family, config, method = build(source, name)
    with torch.no_grad():
        for parameter in method.parameters():
            parameter.add_(torch.randn_like(parameter) / 100)
    keep_neural(method, source, tmp_path / "kept")
    kept_names = {path.name for path in (tmp_path / "kept" / "encoder").iterdir()}
    assert kept_names == {"config.json", "tokenizer_config.json", "vocab.txt"}
    assert "vocab_file" not in (tmp_path / "kept" / "encoder" / "tokenizer_config.json").read_text()
    again = restore_neural(family, config, LABELS, method.visual, tmp_path / "kept")
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in method.state_dict().items())
    words = [VOCABULARY[5], "Cats", "W7", "unheard"]
    assert again.encoder.tokenizer.words(words) == method.encoder.tokenizer.words(words)
    assert again.encoder.tokenizer.limit == method.encoder.tokenizer.limit
    assert again.encoder.tokenizer.template == method.encoder.tokenizer.template


def test_code_of_a_kept_encoder_does_not_run(tmp_path):
    source = write_encoder(tmp_path / "source")
    family, config, method = build(source, "bert-crf")
    keep_neural(method, source, tmp_path / "kept")
    with_own_code(tmp_path / "kept" / "encoder", tmp_path / "mark")
    with pytest.raises(MnerbenchError, match=r"names Python code \(own.OwnConfig, own.OwnModel\)"):
        restore_neural(family, config, LABELS, {}, tmp_path / "kept")
    assert not (tmp_path / "mark").exists()


def test_tensors_that_share_memory_are_written_once_each_and_readable_by_others(tmp_path):
    table = torch.arange(12.0).view(3, 4)
    write_tensors({"table": table, "tied": table, "row": table[1], "across": table.T}, tmp_path / "t.safetensors")
    read = read_tensors(tmp_path / "t.safetensors")
    assert all(torch.equal(read[name], value) for name, value in (("table", table), ("tied", table), ("row", table[1])))
    assert torch.equal(load_file(tmp_path / "t.safetensors")["across"], table.T)
    other = tmp_path / "plain"
    other.touch()
    assert stat.S_IMODE((tmp_path / "t.safetensors").stat().st_mode) == stat.S_IMODE(other.stat().st_mode)
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []
