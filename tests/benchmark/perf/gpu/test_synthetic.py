"""Synthetic tweets have the lengths of real ones, and runs accept the synthetic encoder."""

from __future__ import annotations

import statistics

import torch

from mnerbench.benchmark.perf.gpu.synthetic import NAME, vocabulary, write_encoder, write_tweets
from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.tagging import illegal_transitions
from mnerbench.methods.encoders.text_encoder import load_text_encoder, load_tokenizer


def test_lengths_and_names_are_those_of_twitter_2015(tmp_path):
    write_tweets(tmp_path, {"train": 2000, "valid": 10, "test": 10})
    write_encoder(tmp_path / "encoder", tiny=True)
    corpus = load_corpus(NAME, tmp_path)
    assert [len(corpus[split]) for split in ("train", "valid", "test")] == [2000, 10, 10]
    words = [len(example.words) for example in corpus["train"]]
    assert 15.5 < statistics.mean(words) < 16.7  # 16.1
    assert 5.0 < statistics.pstdev(words) < 6.0  # 5.5
    assert max(words) <= 37
    tokenizer = load_tokenizer(tmp_path / "encoder")
    texts = [list(example.words) for example in corpus["train"]]
    pieces = [len(row) for row in tokenizer(texts, is_split_into_words=True)["input_ids"]]
    assert 40 < statistics.mean(pieces) < 45  # 42
    assert tokenizer.unk_token_id not in {
        piece for row in tokenizer(texts, is_split_into_words=True)["input_ids"] for piece in row
    }
    labels = [label for example in corpus["train"] for label in example.labels]
    assert 1.3 < sum(label.startswith("B-") for label in labels) / 2000 < 1.7  # 6,166 of 4,000
    assert not any(any(illegal_transitions(example.labels)) for example in corpus["train"])
    assert all(example.image_id for example in corpus["train"])


def test_the_same_seed_gives_the_same_tweets(tmp_path):
    for folder in ("a", "b"):
        write_tweets(tmp_path / folder, {"train": 20})
    first, second = ((tmp_path / folder / NAME / "train.txt").read_text() for folder in ("a", "b"))
    assert first == second


def test_an_encoder_is_stored_in_bf16_and_loaded_in_fp32(tmp_path):
    write_encoder(tmp_path / "encoder", tiny=True)
    encoder = load_text_encoder(tmp_path / "encoder")
    assert {parameter.dtype for parameter in encoder.parameters()} == {torch.float32}
    assert encoder.tokenizer.words(["kalo"]) != encoder.tokenizer.words(["kalu"])


def test_a_vocabulary_of_the_size_of_bert():
    pieces = vocabulary(30_522)
    assert len(pieces) == len(set(pieces)) == 30_522
