"""Predicts the labels of all words of a split with a trained method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

# Tweets per batch on a CPU, where the sizes of matrices decide how sums are rounded: another number would change the
# last digits of emissions, and not be faster. Fixed, so that a run, its repetition and its kept tagger agree.
_TWEETS = 64
# Subwords of a batch per GiB of a GPU's memory, padding included: 33,000 on 80 GiB, for which the layers of a large
# encoder take 1 GiB. A function of the card, not of what is free on it, so that runs repeat.
_SUBWORDS_PER_GIB = 416
_MOST_TWEETS = 1024  # the pictures of a batch are in the memory of the host, too


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

    for index, batch in prefetch(make_batch, evaluation_batches(split.lengths(view), _gpu_memory(device)), device):
        paths = _decode(method, split, (index, view), precision, batch)
        for position, path in zip(index, paths, strict=True):
            names = [method.labelling.outputs[number] for number in path]
            labels[position] = names if scheme is Scheme.BIO else recode(names, Scheme.BIO)
        advance(len(index))
    return labels


def evaluation_batches(lengths: Sequence[int], memory: int | None) -> list[list[int]]:
    """Group all tweets into batches of similar length, for a pass without gradients.

    Args:
        lengths: subwords per tweet.
        memory: bytes of the GPU; None for a CPU.

    Returns:
        Batches of indices into `lengths`; each index occurs exactly once.
    """
    if memory is None:
        return bucketed_batches(lengths, _TWEETS, None)
    subwords = _SUBWORDS_PER_GIB * memory / 2**30
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        size = len(batches[-1]) + 1 if batches else 1
        fits = size <= _TWEETS or (size <= _MOST_TWEETS and size * lengths[index] <= subwords)
        if batches and fits:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def _gpu_memory(device: torch.device) -> int | None:
    return torch.cuda.get_device_properties(device).total_memory if device.type == "cuda" else None


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
