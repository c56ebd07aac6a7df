"""On the real Twitter-2015 test split, every scorer counts all gold entities, for any length limit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mnerbench.benchmark.results.predictions import pair_up, score_all
from mnerbench.benchmark.results.spec import Precision
from mnerbench.benchmark.training.predict import predict
from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.inputs import View
from mnerbench.datasets.tagging import Scheme, label_set
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.batch import encode_split
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.registry import method_class, methods

DATA = Path(os.environ.get("MNERBENCH_DATA", "/nowhere"))


@pytest.mark.data
@pytest.mark.skipif(not (DATA / "twitter15" / "test.txt").is_file(), reason="MNERBENCH_DATA holds no real data")
@pytest.mark.parametrize("limit", [8, 256])
def test_5207_gold_entities_are_scored(limit):
    corpus = load_corpus("twitter15", DATA)
    labels, entry = label_set(corpus.types), methods()["bert"]
    reads = (entry.configure({}), VisualInputs())
    # A vocabulary from one tweet: nearly all words are split into characters or unknown.
    encoder = scratch_encoder([" ".join(corpus["train"][0].words)])
    method = method_class(entry.family)(entry.configure({}), encoder, labels)
    split = encode_split(corpus["test"], {View.T: [None] * 3257}, reads, encoder.tokenizer, labels, limit=limit)
    scores = score_all(list(pair_up(corpus["test"], predict(method, split, View.T, Precision.FP32, Scheme.BIO))))
    assert {name: score.overall.gold for name, score in scores.items()} == {
        "conlleval": 5207,
        "strict-iob2": 5072,
        "umt": 5207,
    }
