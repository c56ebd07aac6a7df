"""A distribution over sets of non-overlapping spans: a semi-Markov CRF of order zero (Sarawagi and Cohen 2004).

p(S) = exp(sum of the scores of the spans in S) / Z over all sets S of spans that share no word; words outside of spans
score 0. Z, the best set and the probability of each span are exact, by dynamic programming over boundaries between
words: boundary b is before word b.

Scores are float64 [tweets, words, words, types]: of the span from the first to the last word, both inclusive. Those of
impossible spans, which end before they start or reach into padding, are `LEAST` (`only_possible`).
"""

from __future__ import annotations

import torch
from torch import Tensor

from mnerbench.methods.layers.crf.inputs import LEAST


def only_possible(scores: Tensor, mask: Tensor) -> Tensor:
    """The scores with `LEAST` for impossible spans; `mask` is True for words, [tweets, words]."""
    words = mask.shape[1]
    ordered = torch.ones(words, words, dtype=torch.bool, device=mask.device).triu()
    possible = ordered & mask[:, None]  # a span whose last word is real has no padding in it
    return torch.where(possible[..., None], scores, LEAST)


def prefix_sums(scores: Tensor) -> Tensor:
    """Log-sum over the sets of spans before each boundary, [tweets, words + 1]."""
    of_any_type = scores.logsumexp(-1)
    sums = [scores.new_zeros(len(scores))]
    for last in range(scores.shape[1]):
        ending = torch.stack(sums, -1) + of_any_type[:, : last + 1, last]
        sums.append(torch.cat([ending, sums[-1][:, None]], -1).logsumexp(-1))
    return torch.stack(sums, -1)


def suffix_sums(scores: Tensor) -> Tensor:
    """Log-sum over the sets of spans after each boundary, [tweets, words + 1]."""
    return prefix_sums(scores.flip(1, 2).transpose(1, 2)).flip(-1)


def log_partition(scores: Tensor) -> Tensor:
    """Log Z, [tweets]."""
    return prefix_sums(scores)[:, -1]


def log_posteriors(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Log-probability of each span, in the shape of the scores, and of each word to be in none, [tweets, words].

    For impossible spans it is finite and around `LEAST`. A padded word is in none with probability one.
    """
    before, after = prefix_sums(scores), suffix_sums(scores)
    total = before[:, -1:]
    of_spans = before[:, :-1, None, None] + scores + (after[:, 1:] - total)[:, None, :, None]
    return of_spans, before[:, :-1] + after[:, 1:] - total


@torch.no_grad()
def best_sets(scores: Tensor) -> list[list[tuple[int, int, int]]]:
    """The best set of each tweet, from left to right: first word, last word and type of each span.

    A span is taken only if it improves the sum.
    """
    of_best_type, types = scores.max(-1)
    best, starts = [scores.new_zeros(len(scores))], []
    for last in range(scores.shape[1]):
        ending, start = (torch.stack(best, -1) + of_best_type[:, : last + 1, last]).max(-1)
        improves = ending > best[-1]
        best.append(torch.where(improves, ending, best[-1]))
        starts.append(torch.where(improves, start, -1))
    if not starts:
        return [[] for _ in scores]
    type_rows = types.tolist()
    return [_walk_back(row, types) for row, types in zip(torch.stack(starts, -1).tolist(), type_rows, strict=True)]


def _walk_back(starts: list[int], types: list[list[int]]) -> list[tuple[int, int, int]]:
    """Follow the best starts from the last word to the first.

    Args:
        starts: the start of the span that the best set before the next boundary ends with; -1 for none.
        types: the best type of each span.
    """
    spans, last = [], len(starts) - 1
    while last >= 0:
        start = starts[last]
        if start >= 0:
            spans.append((start, last, types[start][last]))
            last = start
        last -= 1
    return spans[::-1]
