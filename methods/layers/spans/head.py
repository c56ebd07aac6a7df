"""A head over typed spans instead of labels: start, end and biaffine scores, and the best set without overlaps."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mnerbench.methods.layers.head import TaggingHead
from mnerbench.methods.layers.spans import semi_markov
from mnerbench.methods.layers.spans.labels import SpanLabels

RANK = 32  # of the biaffine form of each type


class SpanHead(TaggingHead):
    """Scores every span of words, and defines a distribution over sets of spans that do not overlap.

    The score of type t for the span from word i to word j is

        start_t(i) + end_t(j) + u_t(i) . v_t(j) / sqrt(RANK),

    a biaffine form (Yu et al. 2020, ACL; Dozat and Manning 2017) of rank `RANK` per type. All four are columns of
    the emissions, type by type, so that the last layer of a method is linear as with other heads and diagnostics
    compare its inputs. The loss is the mean over tweets of -log p(gold spans). There are no weights.

    Args:
        names: labels of words, which say how spans are written.
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.spans = SpanLabels(names)
        self.columns = len(self.spans.types) * (2 + 2 * RANK)

    def scores(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Scores of all spans, float64 [tweets, words, words, types]; `LEAST` for impossible ones."""
        real = emissions.masked_fill(~mask[..., None], 0).double()
        columns = real.view(*mask.shape, len(self.spans.types), 2 + 2 * RANK)
        start, end, left, right = columns[..., 0], columns[..., 1], columns[..., 2 : 2 + RANK], columns[..., 2 + RANK :]
        pairs = torch.einsum("bitr,bjtr->bijt", left, right) / RANK**0.5
        return semi_markov.only_possible(start[:, :, None] + end[:, None] + pairs, mask)

    def loss(self, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """Mean over tweets."""
        scores = self.scores(emissions, mask)
        gold = torch.where(self.spans.spans(labels, mask), scores, 0).sum((1, 2, 3))
        return (semi_markov.log_partition(scores) - gold).mean().float()

    def loss_denominator(self, mask: Tensor) -> int:
        """Number of tweets."""
        return len(mask)

    def decode(self, emissions: Tensor, mask: Tensor) -> list[list[int]]:
        """Labels of the best set of spans."""
        best = semi_markov.best_sets(self.scores(emissions, mask))
        return [self.spans.write(spans, words) for spans, words in zip(best, mask.sum(1).tolist(), strict=True)]

    def log_posteriors(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Log-probability of each label at each word: of the spans that write it there; 0 at padding."""
        posteriors = self.spans.log_posteriors(*semi_markov.log_posteriors(self.scores(emissions, mask)))
        return posteriors.masked_fill(~mask[..., None], 0).to(torch.promote_types(emissions.dtype, torch.float32))
