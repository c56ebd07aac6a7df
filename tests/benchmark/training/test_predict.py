"""Every gold entity is scored, whatever the tokenizer, the length limit or the label scheme."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from mnerbench.benchmark.results.predictions import pair_up, score_all
from mnerbench.benchmark.results.spec import Precision
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.context import RunContext
from mnerbench.benchmark.training.predict import evaluation_batches, predict
from mnerbench.datasets.batching import bucketed_batches
from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.inputs import View, viewed_images
from mnerbench.datasets.tagging import Scheme, conll_spans, is_label, label_set
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.batch import encode_split
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.registry import method_class, methods

RUN = "0123456789abcdef"


@pytest.fixture(scope="module")
def test_split(fixtures):
    return load_corpus("tiny", fixtures)["test"]


def predictions(examples, limit, scheme, labels=None):
    torch.manual_seed(0)
    entry = methods()["bert-crf"]
    labels = label_set(("PER", "LOC", "ORG", "MISC"), scheme)
    # A vocabulary of one tweet: nearly every word of the others is split into characters or unknown.
    method = method_class(entry.family)(entry.configure({}), scratch_encoder([" ".join(examples[0].words)]), labels)
    split = encode_split(
        examples,
        {View.T: [None] * len(examples)},
        (entry.configure({}), VisualInputs()),
        method.encoder.tokenizer,
        labels,
        limit=limit,
        scheme=scheme,
        repair=True,
    )
    return list(pair_up(examples, predict(method, split, View.T, Precision.FP32, scheme))), split.counts


@pytest.mark.parametrize("scheme", list(Scheme))
@pytest.mark.parametrize("limit", [8, 256])
def test_no_gold_entity_is_dropped(test_split, limit, scheme):
    predicted, counts = predictions(test_split, limit, scheme)
    assert score_all(predicted)["conlleval"].overall.gold == sum(len(conll_spans(e.labels)) for e in test_split) > 0
    assert [item.gold for item in predicted] == [example.labels for example in test_split]
    assert all(is_label(label) and label[0] in "OBI" for item in predicted for label in item.predicted)
    longer = sum(len(example.words) > 6 for example in test_split)
    assert counts.split_tweets >= longer > 0 if limit == 8 else counts.split_tweets == 0


@pytest.mark.parametrize("scheme", list(Scheme))
def test_a_predicted_x_on_a_first_subword_reaches_the_scorers(test_split, scheme, monkeypatch):
    entry, labels = methods()["bert-crf-x"], label_set(("PER", "LOC", "ORG", "MISC"), scheme)
    method = method_class(entry.family)(entry.configure({}), scratch_encoder([test_split[0].words[0]]), labels)
    views = {View.T: [None] * len(test_split)}
    reads = (entry.configure({}), VisualInputs())
    tokenizer = method.encoder.tokenizer
    split = encode_split(test_split, views, reads, tokenizer, labels, limit=256, scheme=scheme, repair=True)
    continuation = method.labelling.names.index("X")
    monkeypatch.setattr(method.head, "decode", lambda _, mask: [[continuation] * int(n) for n in mask.sum(1)])
    predicted = predict(method, split, View.T, Precision.FP32, scheme)
    assert {label for tweet in predicted for label in tweet} == {"X"}
    scores = score_all(list(pair_up(test_split, predicted)))
    # Adjacent X are one wrong entity per tweet for UMT's scorer, and no entity for the others.
    assert {name: score.overall.predicted for name, score in scores.items()} == {
        "conlleval": 0,
        "strict-iob2": 0,
        "umt": len(test_split),
    }


def test_a_missing_word_or_tweet_is_an_error(test_split):
    labels = [["O"] * len(example.words) for example in test_split]
    with pytest.raises(ValueError, match="shorter"):
        list(pair_up(test_split, labels[:-1]))
    with pytest.raises(ValueError, match="gold labels but"):
        list(pair_up(test_split, [labels[0][:-1], *labels[1:]]))


def test_stored_predictions_are_the_scored_ones(test_split, tmp_path):
    store = RunStore(tmp_path)
    provider = SimpleNamespace(tweets=lambda data: {"test": test_split}, paths=SimpleNamespace(out=tmp_path))
    spec = SimpleNamespace(identity=RUN, scored={"test": (SimpleNamespace(name="tiny"), "test")})
    context = RunContext(SimpleNamespace(spec=spec), provider, lambda _: None)
    labels = [list(example.labels) for example in test_split]
    labels[0] = ["O"] * len(labels[0])
    (store.folder(RUN) / "record.json").parent.mkdir()
    (store.folder(RUN) / "record.json").write_text("of earlier predictions")
    context.store_predictions("test", "t", labels)
    assert not (store.folder(RUN) / "record.json").exists()
    stored = store.predictions(RUN, "test", "t")
    assert score_all(stored) == context.metrics["test"]["t"]
    totals = [sum(column) for column in zip(*(item.counts for item in stored), strict=True)]
    overall = context.metrics["test"]["t"]["conlleval"].overall
    assert totals == [overall.correct, overall.predicted, overall.gold]


def test_views_show_the_tweets_picture_none_or_another():
    images = ("a", "b", None, "d")
    assert viewed_images(View.IT, images, 0) == images
    assert viewed_images(View.T, images, 0) == (None,) * 4
    for seed in range(20):
        shuffled = viewed_images(View.IT_SHUFFLED, images, seed)
        assert sorted(map(str, shuffled)) == sorted(map(str, images))
        assert all(image != other for image, other in zip(images, shuffled, strict=True))
    assert viewed_images(View.IT_SHUFFLED, images, 3) == viewed_images(View.IT_SHUFFLED, images, 3)


LENGTHS = [(7 * number) % 61 + 3 for number in range(3000)]


def test_batches_on_a_cpu_never_change():
    """Another size would round differently: a repeated run, or a kept tagger, could give other labels."""
    assert evaluation_batches(LENGTHS, None) == bucketed_batches(LENGTHS, 64, None)
    assert {len(batch) for batch in evaluation_batches(LENGTHS, None)} == {64, 3000 % 64}


@pytest.mark.parametrize("gigabytes", [1, 8, 80, 1000])
def test_batches_on_a_gpu_fill_its_memory(gigabytes):
    batches = evaluation_batches(LENGTHS, gigabytes * 2**30)
    assert sorted(index for batch in batches for index in batch) == list(range(len(LENGTHS)))
    lengths = [LENGTHS[index] for batch in batches for index in batch]
    assert lengths == sorted(lengths)
    for batch in batches:
        padded = len(batch) * max(LENGTHS[index] for index in batch)
        assert len(batch) <= 64 or (len(batch) <= 1024 and padded <= 416 * gigabytes)
    assert len(batches) <= len(evaluation_batches(LENGTHS, None))
    assert (len(batches) == 3) == (gigabytes == 1000)
    assert evaluation_batches([], gigabytes * 2**30) == []


def test_progress_counts_tweets(test_split):
    entry, labels = methods()["bert-crf"], label_set(("PER", "LOC", "ORG", "MISC"), Scheme.BIO)
    method = method_class(entry.family)(entry.configure({}), scratch_encoder(["a"]), labels)
    views, reads = {View.T: [None] * len(test_split)}, (entry.configure({}), VisualInputs())
    split = encode_split(test_split, views, reads, method.encoder.tokenizer, labels, limit=64)
    reported = []
    predict(method, split, View.T, Precision.FP32, Scheme.BIO, advance=reported.append)
    assert sum(reported) == len(test_split)
