"""Probabilities of predicted entities, from the posteriors of a method's head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from mnerbench.benchmark.results.spec import Precision
from mnerbench.datasets.batching import bucketed_batches
from mnerbench.datasets.inputs import View
from mnerbench.datasets.tagging import Scheme, Span, recode
from mnerbench.methods.batch import Batch, EncodedSplit
from mnerbench.methods.label_scheme import SubwordLabels
from mnerbench.methods.layers.spans import semi_markov
from mnerbench.methods.layers.spans.head import SpanHead
from mnerbench.methods.tagger import NeuralMethod

BATCH = 64  # tweets, as in `benchmark/training/predict.py`


@torch.inference_mode()
def entity_posteriors(
    method: NeuralMethod[Any],
    split: EncodedSplit,
    view: View,
    predicted: Sequence[tuple[Sequence[str], Sequence[Span]]],
    settings: tuple[Precision, Scheme],
    *,
    progress: Callable[[str, int, int], None] = lambda _what, _done, _total: None,
) -> list[list[float]]:
    """The posterior of each entity, per tweet, in the order of the spans.

    Args:
        method: in evaluation mode, on its device.
        split: the tweets.
        view: in which they were predicted.
        predicted: labels of each tweet, in BIO, and the spans that they write.
        settings: arithmetic, and the scheme of the method's labels.
        progress: called after every batch with `posteriors`, the number of tweets done, and that of all.
    """
    precision, scheme = settings
    device = next(method.parameters()).device
    posteriors: list[list[float]] = [[] for _ in predicted]
    tagged = [tweet for tweet, (_, spans) in enumerate(predicted) if spans]
    lengths = [split.lengths(view)[tweet] for tweet in tagged]
    done = 0
    for part in bucketed_batches(lengths, BATCH, None):
        index = [tagged[position] for position in part]
        batch = split.batch(index, view).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=precision is Precision.BF16):
            emissions = method(batch)
        _, mask = method.targets(batch)
        if isinstance(method.head, SpanHead):
            of_spans = semi_markov.log_posteriors(method.head.scores(emissions, mask))[0].exp().cpu()
            for row, tweet in enumerate(index):
                posteriors[tweet] = _of_spans(of_spans[row], predicted[tweet][1], method.head.spans.types)
        else:
            of_labels = _of_words(method, batch, method.head.log_posteriors(emissions, mask)).exp().cpu()
            for row, tweet in enumerate(index):
                labels, spans = predicted[tweet]
                written = labels if scheme is Scheme.BIO else recode(labels, scheme)
                posteriors[tweet] = _of_labels(of_labels[row], written, spans, method.labelling.names)
        done += len(index)
        progress("posteriors", done, len(tagged))
    return posteriors


def _of_words(method: NeuralMethod[Any], batch: Batch, log_posteriors: Tensor) -> Tensor:
    """Log-posteriors of words, [tweets, words, labels], from those of units."""
    labelling = method.labelling
    return (
        labelling.of_words(log_posteriors, batch.subwords) if isinstance(labelling, SubwordLabels) else log_posteriors
    )


def _of_labels(of_words: Tensor, labels: Sequence[str], spans: Sequence[Span], names: Sequence[str]) -> list[float]:
    columns = [names.index(label) for label in labels]
    marginals = of_words[torch.arange(len(columns)), torch.tensor(columns)].tolist()
    return [min(marginals[span.start : span.end]) for span in spans]


def _of_spans(of_spans: Tensor, spans: Sequence[Span], types: Sequence[str]) -> list[float]:
    return [float(of_spans[span.start, span.end - 1, types.index(span.type)]) for span in spans]
