"""Taggers from strangers: damaged and foreign files are refused with the file, the reason and a remedy."""

import json
import os
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from mnerbench.benchmark.results.tagger_file import digests, read_tagger_file
from mnerbench.benchmark.training.kept_tagger import load_kept
from mnerbench.datasets.errors import ConfigError, MissingInputError, MnerbenchError, StoreError

pytestmark = pytest.mark.slow


@pytest.fixture
def copy(kept, tmp_path):
    """A function that copies the tagger of a method."""

    def copied(method):
        shutil.copytree(kept.out / kept.record(method).identity / "tagger", tmp_path / method)
        return tmp_path / method

    return copied


def edit(folder, change, *, signed=True):
    """Change `tagger.json`; `signed` gives it the digests of the present files."""
    content = json.loads((folder / "tagger.json").read_text(encoding="utf-8"))
    if signed:
        content["files"] = {name: file.model_dump() for name, file in digests(folder).items()}
    change(content)
    (folder / "tagger.json").write_text(json.dumps(content), encoding="utf-8")


def nothing(content):
    """Only sign the files."""


@pytest.mark.parametrize("method", ["t-ner", "bert", "hbilstm-crf", "mgcmt"])
def test_every_damaged_byte_is_noticed(copy, method):
    folder = copy(method)
    for name in read_tagger_file(folder).files:
        path = folder / name
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(StoreError, match=r"damaged: another sha256.*\n  -> "):
            load_kept(folder)
        path.write_bytes(content[:-1])
        with pytest.raises(StoreError, match="bytes instead of"):
            load_kept(folder)
        path.unlink()
        with pytest.raises(StoreError, match=f"{path.name}: missing"):
            load_kept(folder)
        path.write_bytes(content)
    load_kept(folder)


def test_links_and_foreign_files_are_refused(copy, tmp_path):
    folder = copy("bert")
    (folder / "encoder" / "tokenizer_config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StoreError, match="not a file of this tagger\n  -> move it away"):
        load_kept(folder)
    (folder / "encoder" / "tokenizer_config.json").unlink()
    (folder / "weights.safetensors").rename(tmp_path / "elsewhere.safetensors")
    (folder / "weights.safetensors").symlink_to(tmp_path / "elsewhere.safetensors")
    with pytest.raises(StoreError, match="a link, where a tagger has files"):
        load_kept(folder)
    with pytest.raises(MissingInputError, match="no kept tagger"):
        load_kept(tmp_path / "none")


@pytest.mark.parametrize(
    "name", ["../secret.json", "/etc/passwd.json", "encoder/../../x.json", "encoder/model.bin", "a.py"]
)
def test_names_outside_the_folder_and_of_other_kinds_are_refused(copy, name):
    folder = copy("bert")
    edit(folder, lambda content: content["files"].update({name: {"bytes": 1, "sha256": "0" * 64}}))
    with pytest.raises(StoreError, match=r"tagger\.json: not a tagger of format 1"):
        load_kept(folder)


def test_tagger_json_is_strict(copy):
    folder = copy("bert")
    for change, message in (
        (lambda c: c.update(format=2), "not a tagger of format 1: format"),
        (lambda c: c.update(surprise=1), "surprise"),
        (lambda c: c.pop("files"), "files"),
        (lambda c: c.update(labels=["O"]), "its label set is not that of its entity types"),
        (lambda c: c["spec"].update(revision=99), "revision 99 of bert"),
        (lambda c: c["spec"]["config"].update(dropout=3), "setting dropout of bert"),
        (lambda c: c["spec"]["config"].update(new=1), "setting new of bert"),
    ):
        original = (folder / "tagger.json").read_bytes()
        edit(folder, change)
        with pytest.raises(StoreError, match=message):
            load_kept(folder)
        (folder / "tagger.json").write_bytes(original)
    edit(folder, lambda content: content["spec"].update(family="unheard-of"))
    with pytest.raises(ConfigError, match="unheard-of"):
        load_kept(folder)
    (folder / "tagger.json").write_bytes(b"\x80\x04pickle")
    with pytest.raises(StoreError, match=r"tagger\.json"):
        load_kept(folder)


def test_weights_of_another_method_are_refused(copy):
    folder = copy("bert")
    weights = load_file(folder / "weights.safetensors")
    for change in (
        {**weights, "extra": torch.zeros(1)},
        {name: tensor for name, tensor in weights.items() if name != "project.bias"},
        {**weights, "project.bias": torch.zeros(3)},
        {**weights, "project.bias": weights["project.bias"].double()},
    ):
        save_file(change, folder / "weights.safetensors")
        edit(folder, nothing)
        with pytest.raises(StoreError, match=r"weights.safetensors: .*not the weights of this method\n  -> "):
            load_kept(folder)
    (folder / "weights.safetensors").write_bytes(b"\x80\x04\x95" + os.urandom(40))
    edit(folder, nothing)
    with pytest.raises(StoreError, match="not a file of tensors"):
        load_kept(folder)


def test_settings_of_a_huge_network_are_refused_before_it_is_built(copy):
    folder = copy("hbilstm-crf")
    edit(folder, lambda content: content["spec"]["config"].update(hidden=4_000))
    with pytest.raises(StoreError, match="larger than its weights"):
        load_kept(folder)
    folder = copy("bert-grid")
    edit(folder, lambda content: content["shapes"]["grid"].update(width=2_000_000_000))
    with pytest.raises(StoreError, match="cannot be built"):
        load_kept(folder)


def test_a_text_encoder_names_no_code_and_no_further_files(copy):
    folder = copy("bert")
    config = {"model_type": "bert", "hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    for settings, message in (
        ({**config, "auto_map": {"AutoModel": "evil.Model"}}, r"names Python code \(evil.Model\)"),
        ({**config, "backbone": "microsoft/resnet-50"}, "name further files"),
        ({**config, "num_hidden_layers": 10**6}, "layers"),
        ({**config, "hidden_size": 65536}, "parameters, its weights are"),
        ({**config, "model_type": "unheard-of"}, "cannot be"),
    ):
        (folder / "encoder" / "config.json").write_text(json.dumps(settings), encoding="utf-8")
        edit(folder, nothing)
        with pytest.raises(MnerbenchError, match=message):
            load_kept(folder)
    (folder / "encoder" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "encoder" / "tokenizer_config.json").write_text('{"vocab_file": "/etc/passwd"}', encoding="utf-8")
    edit(folder, nothing)
    with pytest.raises(StoreError, match=r"name further files \(vocab_file\)"):
        load_kept(folder)


@pytest.mark.parametrize(
    ("method", "change"),
    [
        ("majority", {"labels": {"a": 1}}),
        ("lookup", {"entities": [["a"]]}),
        ("lookup", []),
        ("t-ner", {"labels": ["O", "B-PER"], "dictionaries": [], "clusters": {}}),
        ("t-ner", {"labels": ["O"], "dictionaries": "x", "clusters": {}}),
    ],
)
def test_states_of_other_methods_are_refused(copy, method, change):
    folder = copy(method)
    (folder / "state.json").write_text(json.dumps(change), encoding="utf-8")
    edit(folder, nothing)
    with pytest.raises(StoreError, match=rf"state.json: not a state of {method}"):
        load_kept(folder)


def test_damaged_words_are_refused(copy):
    for method, name, key in (("hbilstm-crf", "words.json", "fixed"), ("mgcmt", "table.json", "words")):
        folder = copy(method)
        path = folder / "encoder" / name
        content = json.loads(path.read_text(encoding="utf-8"))
        for words in ([*content[key], "zzz"], "abc", [1]):
            path.write_text(json.dumps({**content, key: words}), encoding="utf-8")
            edit(folder, nothing)
            with pytest.raises(StoreError):
                load_kept(folder)
