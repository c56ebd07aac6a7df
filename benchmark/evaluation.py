"""From a trained method to word labels on whole original sentences."""

from __future__ import annotations

from typing import Any

import torch

from mnerbench.benchmark.spec import Precision
from mnerbench.datasets.batching import bucketed_batches
from mnerbench.datasets.tagging import Scheme, recode
from mnerbench.datasets.visual.inputs import View
from mnerbench.methods.batch import EncodedSplit
from mnerbench.methods.neural import NeuralMethod

_TWEETS = 64


@torch.inference_mode()
def predict(
    method: NeuralMethod[Any], split: EncodedSplit, view: View, precision: Precision, scheme: Scheme
) -> list[list[str]]:
    """BIO labels of every tweet of a split, in the split's order.

    Args:
        method: in whatever mode; left in evaluation mode.
        split: encoded with the contexts of `view`.
        view: which picture goes with a tweet.
        precision: arithmetic.
        scheme: of the method's label set; the answer is BIO in any case.
    """
    method.eval()
    device = next(method.parameters()).device
    labels: list[list[str]] = [[] for _ in range(len(split))]
    for index in bucketed_batches(split.lengths(view), _TWEETS, None):
        batch = split.batch(index, view).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=precision is Precision.BF16):
            paths = method.decode(batch)
        for position, path in zip(index, paths, strict=True):
            names = [method.labels[number] for number in path]
            labels[position] = names if scheme is Scheme.BIO else recode(names, Scheme.BIO)
    return labels
