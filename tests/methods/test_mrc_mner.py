"""MRC-MNER: queries in front of tweets, regions weighted per query, existence; all one tweet and query at a time."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from piece_batches import piece_batch
from small_methods import make

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.tagging import conll_spans
from mnerbench.methods.conformance import TYPES, sentences
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.encoders.text_in_front import texts_in_front
from mnerbench.methods.encoders.windows import WindowLayout
from mnerbench.methods.mrc_mner.card import QUERIES, query

TEXTS = ["who is named", "where"]


def test_a_text_in_front_is_the_first_of_a_pair():
    encoder = scratch_encoder(["who is named where", "Ada Kern met Bo"]).eval()
    layout, limit = WindowLayout(encoder.tokenizer, 64), encoder.tokenizer.limit
    tweets = [encoder.tokenizer.words(text.split()) for text in ("Ada Kern met Bo", "Bo")]
    batch = piece_batch(layout, tweets)
    modules = texts_in_front(encoder, TEXTS)
    assert limit - encoder.tokenizer.limit == max(module.positions for module in modules)
    for text, module in zip(TEXTS, modules, strict=True):
        asked = module.put(batch)
        states = module.drop(encoder.encode_subwords(asked))
        assert states.shape[:2] == batch.ids.shape
        for row, tweet in enumerate(tweets):
            flat = [subword for word in tweet for subword in word]
            [pair] = layout.windows(encoder.tokenizer.words(text.split()), flat)
            length = len(pair.ids)
            assert asked.ids[row, :length].tolist() == pair.ids.tolist()
            assert asked.segments[row, :length].tolist() == pair.segments.tolist()
            assert asked.mask[row].sum() == length
            alone = replace(
                batch,
                ids=torch.from_numpy(pair.ids)[None],
                mask=torch.ones(1, length, dtype=torch.bool),
                segments=torch.from_numpy(pair.segments)[None],
            )
            expected = encoder.encode_subwords(alone)[0]
            before = len(encoder.tokenizer.template.before)
            kept = torch.cat([expected[:before], expected[before + module.positions :]])
            torch.testing.assert_close(states[row, : len(kept)], kept, rtol=1e-4, atol=1e-5)


def answer(method, split, tweet, number):
    """Emissions of one query to one tweet, [words, columns], and the log-odds that it has entities."""
    batch = split.batch([tweet], View.IT)
    asked = method.queries[number]
    states = method.encoder.encode_subwords(asked.put(batch.subwords))
    rows = torch.cat([states[0, :1], asked.drop(states)[0][batch.subwords.first[0]]])
    regions = batch.visual.vectors[InputKind.REGIONS][0, : method.config.regions]
    real = batch.visual.masks[InputKind.REGIONS][0, : method.config.regions]
    fused = torch.cat([rows, torch.zeros_like(rows)], -1)
    if real.any():
        seen = method.regions.see(method.regions.normalise(regions[real]))
        scores = [
            float(
                method.regions.weigh.weigh(
                    torch.tanh(method.regions.weigh.answers(region) + method.regions.weigh.question(rows[0]))
                )
            )
            for region in seen
        ]
        total = sum(math.exp(score) for score in scores)
        weighted = torch.stack(
            [len(seen) * math.exp(score) / total * region for score, region in zip(scores, seen, strict=True)]
        )
        looked = method.regions.look(rows[None], weighted[None], torch.ones(1, len(seen), dtype=torch.bool))[0]
        share = torch.sigmoid(method.regions.gate.of_word(rows) + method.regions.gate.of_both(looked))
        fused = torch.cat([rows, share * torch.tanh(method.regions.gate.keep(looked))], -1)
    return method.project(fused[1:]), method.exists(fused[0])


@pytest.mark.parametrize("settings", [{}, {"regions": 2}])
@torch.no_grad()
def test_each_query_reads_each_tweet_alone(settings):
    method, split = make("mrc-mner", settings)
    batch = split.batch(range(8), View.IT)
    emissions, exists = method.answers(batch)
    columns = method.head.columns // len(TYPES)
    for tweet, example in enumerate(sentences()):
        for number in range(len(TYPES)):
            expected, odds = answer(method, split, tweet, number)
            actual = emissions[tweet, : len(example.words), number * columns : (number + 1) * columns]
            torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(exists[tweet, number], odds[0], rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_the_existence_loss_asks_whether_the_tweet_has_entities_of_each_type():
    method, split = make("mrc-mner", {"existence_weight": 0.3})
    batch = split.batch(range(8), View.IT)
    _, exists = method.answers(batch)
    total = 0.0
    for row, example in zip(exists.tolist(), sentences(), strict=True):
        present = {span.type for span in conll_spans(example.labels)}
        total += sum(math.log1p(math.exp(-x if t in present else x)) for x, t in zip(row, TYPES, strict=True))
    loss = method.losses({View.IT: batch})["existence"]
    assert float(loss) == pytest.approx(0.3 * total / (8 * len(TYPES)), rel=1e-4)


@torch.no_grad()
def test_types_differ_by_their_queries_alone():
    method, split = make("mrc-ner", {"picture": False})
    for number in range(1, len(TYPES)):
        method.queries[number] = method.queries[0]
    emissions = method(split.batch(range(8), View.T)).unflatten(-1, (len(TYPES), -1))
    for number in range(1, len(TYPES)):
        torch.testing.assert_close(emissions[:, :, number], emissions[:, :, 0])


def test_types_without_a_query_are_asked_by_name():
    assert query("per") == QUERIES["PER"]
    assert query("Creative_Work") == "creative work"
