"""Resolution of encoders, their digests, and errors for missing ones."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
import torch
from piece_batches import piece_batch
from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

from mnerbench.datasets import pretrained
from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError
from mnerbench.datasets.pretrained import files_digest, local_models, models_dir
from mnerbench.methods.encoders.encoder_digest import digest
from mnerbench.methods.encoders.source import resolve_encoder, unfetched, word_file_named, words_named
from mnerbench.methods.encoders.text_encoder import load_text_encoder
from mnerbench.methods.encoders.windows import WindowLayout


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A models folder with a small BERT."""
    folder = tmp_path_factory.mktemp("models") / "org" / "small-bert"
    folder.mkdir(parents=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s", "a"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    )
    config = BertConfig(vocab_size=9, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    BertModel(config).save_pretrained(folder)
    return folder.parent.parent


def test_a_name_is_found_in_the_models_folder_and_a_path_is_a_path(models):
    by_name = resolve_encoder("org/small-bert", models)
    by_path = resolve_encoder(str(models / "org" / "small-bert"), None)
    assert by_name.folder == by_path.folder == models / "org" / "small-bert"
    assert by_name.digest == by_path.digest
    assert by_path.name == "small-bert"
    assert local_models(models) == ["org/small-bert"]


def test_the_digest_is_of_the_content(models, tmp_path):
    copy = shutil.copytree(models / "org" / "small-bert", tmp_path / "copy")
    assert digest(copy) == digest(models / "org" / "small-bert")
    (copy / "README.md").write_text("no matter")
    assert digest(copy) == digest(models / "org" / "small-bert")
    (copy / "vocab.txt").write_text((copy / "vocab.txt").read_text() + "dog\n")
    assert digest(copy) != digest(models / "org" / "small-bert")


def test_a_display_name_changes_only_the_name(models, tmp_path, monkeypatch):
    folder = models / "org" / "small-bert"
    plain, named = resolve_encoder(str(folder), None), resolve_encoder(f"Small BERT, no. 2={folder}", None)
    assert (named.name, plain.name) == ("Small BERT, no. 2", "small-bert")
    assert replace(named, name=plain.name) == plain
    assert resolve_encoder("a/b=org/small-bert", models).name == "a/b"
    assert resolve_encoder("mine=scratch", None) == replace(resolve_encoder("scratch", None), name="mine")
    shutil.copytree(folder, tmp_path / "lr=1e-5")
    monkeypatch.chdir(tmp_path)
    assert resolve_encoder("lr=1e-5", None).name == "lr=1e-5"
    (tmp_path / "v.txt").write_text("a 1.0\n")
    assert resolve_encoder(words_named("GloVe=v.txt"), None).name == "GloVe"
    assert resolve_encoder(words_named("GloVe=v.txt"), None).words


@pytest.mark.parametrize("name", ["=bert", "name=", "a\nb=bert", f"{'x' * 81}=bert", "<b>=bert"])
def test_invalid_display_names_are_refused(name):
    with pytest.raises(ConfigError, match="is not NAME=DIR"):
        resolve_encoder(name, None)


def test_a_missing_encoder_is_an_error(models, monkeypatch):
    monkeypatch.setattr(pretrained, "_from_hub", lambda *_: (None, "no network"))
    with pytest.raises(MissingInputError) as caught:
        resolve_encoder("org/smal-bert", models)
    text = str(caught.value)
    for part in (
        "org/smal-bert",
        str(models),
        "no network",
        "did you mean 'org/small-bert'",
        "--encoder",
        "MNERBENCH_MODELS",
    ):
        assert part in text


def test_a_folder_without_weights_is_an_error(models, tmp_path):
    copy = shutil.copytree(models / "org" / "small-bert", tmp_path / "copy")
    (copy / "model.safetensors").unlink()
    with pytest.raises(MissingInputError, match="no weights"):
        resolve_encoder(str(copy), None)


def test_a_folder_without_a_tokenizer_is_an_error(models, tmp_path):
    copy = shutil.copytree(models / "org" / "small-bert", tmp_path / "copy")
    for file in ("tokenizer.json", "vocab.txt"):
        (copy / file).unlink(missing_ok=True)
    with pytest.raises(MissingInputError, match=r"(?s)no tokenizer .*copy the tokenizer's files"):
        resolve_encoder(str(copy), None)


def test_an_unknown_model_type_is_an_error(models, tmp_path):
    copy = shutil.copytree(models / "org" / "small-bert", tmp_path / "copy")
    (copy / "config.json").write_text('{"model_type": "no such model"}')
    with pytest.raises(MissingInputError, match="cannot be loaded"):
        load_text_encoder(copy)


def test_flag_before_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("MNERBENCH_MODELS", "/elsewhere")
    assert models_dir(tmp_path) == tmp_path
    assert str(models_dir(None)) == "/elsewhere"


def test_a_loaded_encoder_has_no_unused_pooler_and_gives_a_vector_per_word(models):
    encoder = load_text_encoder(models / "org" / "small-bert")
    assert not [name for name, _ in encoder.named_parameters() if "pooler" in name]
    batch = piece_batch(WindowLayout(encoder.tokenizer, 16), [encoder.tokenizer.words(["the", "cats", "zz"])])
    assert batch.ids[0].tolist() == [2, 5, 6, 7, 1, 3]
    assert encoder(batch).shape == (1, 3, 16)


def test_byte_level_tokenizers_see_words_one_by_one(tmp_path):
    from tokenizers import ByteLevelBPETokenizer

    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator(
        ["the cat sat", "a cat"], vocab_size=300, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    )
    trained.save_model(str(tmp_path))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "RobertaTokenizer"}))
    size = trained.get_vocab_size()
    config = RobertaConfig(
        vocab_size=size,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=66,
        type_vocab_size=1,
        pad_token_id=1,
    )
    torch.manual_seed(0)
    RobertaModel(config).save_pretrained(tmp_path)
    encoder = load_text_encoder(tmp_path)
    assert encoder.tokenizer.limit == 64
    assert encoder.tokenizer.template == ((0,), (2,), (2, 2), (2,), 0)
    pieces = encoder.tokenizer._tokenizer.convert_ids_to_tokens(
        [ids[0] for ids in encoder.tokenizer.words(["cat", "the"])]
    )
    assert all(piece.startswith("Ġ") for piece in pieces)
    batch = piece_batch(
        WindowLayout(encoder.tokenizer, 16),
        [encoder.tokenizer.words(["the", "cat"])],
        [encoder.tokenizer.context(["a cat"])],
    )
    assert encoder(batch).shape == (1, 2, 16)


def test_vectors_of_words_are_random_or_a_file(tmp_path):
    random = resolve_encoder(words_named("random"), None)
    assert (random.name, random.folder, random.words) == ("random word vectors", None, True)
    sources = []
    for folder, numbers in (("a", "1 2"), ("b", "1 2"), ("c", "1 3")):
        path = tmp_path / folder / f"vectors-{folder}.txt"
        path.parent.mkdir()
        path.write_text(f"ada {numbers}\n", encoding="utf-8")
        sources.append(resolve_encoder(words_named(str(path)), None))
    first, second, third = sources
    assert (first.name, first.folder, first.words) == ("vectors-a.txt", tmp_path / "a" / "vectors-a.txt", True)
    assert len({random.digest, first.digest, third.digest}) == 3
    assert first.digest == second.digest
    with pytest.raises(MissingInputError, match=r"--word-vectors nowhere\.txt: no such file"):
        resolve_encoder(words_named("nowhere.txt"), None)


def test_vectors_beside_a_text_encoder_come_from_a_file(tmp_path):
    (tmp_path / "v.txt").write_text("ada 1 2\n", encoding="utf-8")
    name = f"mine={tmp_path / 'v.txt'}"
    assert resolve_encoder(word_file_named(name), None) == resolve_encoder(words_named(name), None)
    assert unfetched(word_file_named(str(tmp_path / "v.txt")), None) is None
    for missing in ("random", "nowhere.txt"):
        with pytest.raises(MissingInputError, match="-> --word-vectors FILE") as caught:
            resolve_encoder(word_file_named(missing), None)
        assert caught.value.needs == (unfetched(word_file_named(missing), None),)


@pytest.mark.parametrize("target", ["tokenizer.json", "nowhere"])
def test_a_file_that_is_a_link_to_nothing_is_named(tmp_path, target):
    (tmp_path / "tokenizer.json").symlink_to(target)
    with pytest.raises(DataError, match=r"tokenizer.json: .*\n  -> check its disk"):
        files_digest([tmp_path / "tokenizer.json"])
