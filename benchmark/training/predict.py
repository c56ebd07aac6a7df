"""Predicts the labels of all words of a split with a trained method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from mnerbench.benchmark.results.spec import Precision
from mnerbench.benchmark.training.memory import free_cached_memory, is_out_of_memory
from mnerbench.benchmark.training.prefetch import prefetch
from mnerbench.datasets.batching import bucketed_batches
from mnerbench.datasets.inputs import View
from mnerbench.datasets.tagging import Scheme, recode
from mnerbench.methods.batch import Batch, EncodedSplit
from mnerbench.methods.tagger import NeuralMethod

_TWEETS = 64


@torch.inference_mode()
def predict(
    method: NeuralMethod[Any],
    split: EncodedSplit,
    view: View,
    precision: Precision,
    scheme: Scheme,
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> list[list[str]]:
    """BIO labels of every tweet of a split, in the split's order; non-labels as predicted (`umt-x` may predict `X`).

    Args:
        method: in either mode; left in evaluation mode.
        split: encoded with the contexts of `view`.
        view: which picture goes with a tweet.
        precision: arithmetic.
        scheme: of the method's labels; they are converted to BIO.
        advance: called after every batch with its number of tweets.
    """
    method.eval()
    labels: list[list[str]] = [[] for _ in range(len(split))]
    device = next(method.parameters()).device

    def make_batch(index: list[int]) -> Batch:
        return split.batch(index, view).staged(device)

    for index, batch in prefetch(make_batch, bucketed_batches(split.lengths(view), _TWEETS, None), device):
        paths = _decode(method, split, (index, view), precision, batch)
        for position, path in zip(index, paths, strict=True):
            names = [method.labelling.outputs[number] for number in path]
            labels[position] = names if scheme is Scheme.BIO else recode(names, Scheme.BIO)
        advance(len(index))
    return labels


def _decode(
    method: NeuralMethod[Any],
    split: EncodedSplit,
    index_and_view: tuple[list[int], View],
    precision: Precision,
    batch: Batch | None = None,
) -> list[list[int]]:
    """Label numbers of some tweets in a view; decodes in halves if memory is short, since tweets are independent."""
    index, view = index_and_view
    device = next(method.parameters()).device
    try:
        moved = (batch or split.batch(index, view)).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=precision is Precision.BF16):
            return method.decode(moved)
    except Exception as error:
        if not is_out_of_memory(error) or len(index) == 1:
            raise
    free_cached_memory()
    half = len(index) // 2
    return [path for part in (index[:half], index[half:]) for path in _decode(method, split, (part, view), precision)]
