"""Optimisations change no result: values and gradients with and without each agree to the tolerances stated here.

Float32 without dropout, unless stated otherwise. Tested elsewhere: the CRF against plain loops and pytorch-crf
(tests/methods/layers/crf), padding to 128 (test_perf.py), micro-batches (test_gradient.py), padding beside longer
tweets (conformance). docs/performance.md lists all optimisations.
"""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from transformers import AutoModel

from mnerbench.benchmark.results.spec import Precision, TrainingSettings
from mnerbench.benchmark.training.gradient import Gradient
from mnerbench.benchmark.training.optimizer import make_optimizer
from mnerbench.benchmark.training.prefetch import prefetch
from mnerbench.datasets.batching import bucketed_batches
from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.conformance import Case
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.registry import methods

NAMES = ("bert-crf", "bert-crf-x", "bert-crf+imgfeat", "ita-ga+cva", "umt")
ROUNDING = {"rtol": 1e-4, "atol": 1e-6}  # a few hundred sums in another order
SAME = {"rtol": 0, "atol": 0}


def build(name):
    case = Case(methods()[name], train=lambda *_: None)
    method = case.build().eval()
    return method, case.split(method)


def gradient(method, split, index, precision=Precision.FP32):
    """Losses and gradients by name."""
    for parameter in method.parameters():
        parameter.grad = None
    losses = Gradient(method, split, precision)(index)
    return losses | {name: p.grad.clone() for name, p in method.named_parameters() if p.grad is not None}


def assert_equal(actual, expected, *, rtol, atol):
    assert actual.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(
            actual[name], value, rtol=rtol, atol=atol, msg=lambda text, name=name: f"{name}: {text}"
        )


@pytest.mark.parametrize("name", NAMES)
def test_fused_attention_equals_eager_attention(name):
    method, split = build(name)
    fused = gradient(method, split, range(7))
    plain = copy.deepcopy(method)
    config = copy.deepcopy(method.encoder.model.config)
    config._attn_implementation = "eager"
    model = AutoModel.from_config(config, attn_implementation="eager")
    model.pooler = None
    model.load_state_dict(method.encoder.model.state_dict())
    eager = TextEncoder(model.eval(), method.encoder.tokenizer)
    assert method.encoder.takes_whole_mask
    assert not eager.takes_whole_mask
    plain.encoder = eager
    assert_equal(gradient(plain, split, range(7)), fused, **ROUNDING)


@pytest.mark.parametrize("name", NAMES)
def test_a_precomputed_mask_equals_the_models_mask(name):
    method, split = build(name)
    finished = gradient(method, split, range(7))
    method.encoder.takes_whole_mask = False
    assert_equal(gradient(method, split, range(7)), finished, **ROUNDING)


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_tweets_in_a_batch_changes_nothing(name):
    """Batches group tweets by length: seed and lengths decide which tweets share a batch."""
    method, split = build(name)
    (order,) = bucketed_batches(split.tweet_lengths, 8, 3)
    assert sorted(order) == list(range(8))
    assert_equal(gradient(method, split, order), gradient(method, split, range(8)), **ROUNDING)


@pytest.mark.parametrize("name", NAMES)
def test_cached_windows_equal_recomputed_windows(name):
    method, split = build(name)
    first = gradient(method, split, range(7))
    assert split._windows
    assert_equal(gradient(method, split, range(7)), first, **SAME)
    split._windows.clear()
    assert_equal(gradient(method, split, range(7)), first, **SAME)


def test_prefetched_batches_equal_batches_made_on_demand(monkeypatch):
    method, split = build("ita-ga+cva")
    make, order = Gradient(method, split, Precision.FP32).make_batches, [[0, 3], [5, 1], [2]]
    on_demand = list(prefetch(make, order, torch.device("cpu")))
    prefetched = list(prefetch(make, order, torch.device("meta")))
    for (index, microbatches), (other, others) in zip(on_demand, prefetched, strict=True):
        assert index == other
        for view, batch in microbatches[0].items():
            assert torch.equal(batch.subwords.ids, others[0][view].subwords.ids)
            assert torch.equal(batch.labels, others[0][view].labels)


def test_a_fused_optimizer_makes_the_same_steps():
    weights = []
    for fused in (True, False):
        method, split = build("bert-crf")
        optimizer = make_optimizer(method, TrainingSettings())
        groups = [{**group, "fused": fused} for group in optimizer.param_groups]
        optimizer = torch.optim.AdamW(groups, fused=fused)
        for _ in range(3):
            gradient(method, split, range(7))
            optimizer.step()
        weights.append({name: p.detach() for name, p in method.named_parameters()})
    assert_equal(*weights, rtol=1e-5, atol=2e-6)


def test_picture_vectors_are_converted_without_loss():
    method, split = build("umt")
    stored = split.features[InputKind.GRID]
    batch = split.batch(range(6), method.config.primary_view).visual.vectors[InputKind.GRID]
    for row, image in zip(batch, split.image_ids[method.config.primary_view], strict=False):
        assert np.array_equal(row.numpy(), stored.vectors(image).astype(np.float32))


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_is_close(name):
    """bfloat16 has eight bits: losses agree to 2 %, the direction of the gradient to a cosine of 0.99."""
    method, split = build(name)
    exact, half = (gradient(method, split, range(7), precision) for precision in (Precision.FP32, Precision.BF16))
    losses = [key for key in exact if key in {"nll", "spans", "it", "t", "cva"}]
    for key in losses:
        torch.testing.assert_close(half[key], exact[key], rtol=0.02, atol=1e-3)
    flat = [torch.cat([terms[key].flatten() for key in exact if key not in losses]) for terms in (exact, half)]
    assert torch.cosine_similarity(*flat, dim=0) > 0.99
