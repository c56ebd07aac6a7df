"""A linear-chain CRF over sparse binary features, fitted by L-BFGS: convex, so that its weights depend on no seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from mnerbench.methods.layers.crf.linear_chain import LinearChainCRF

Numbers = NDArray[np.int64]
Tweet = Sequence[Sequence[int]]  # feature numbers of each word, at least one
_BATCH = 512  # tweets of like length, whose recursions run together


class _Rows(NamedTuple):
    """Tweets of like length: where their words are among all words, labels and mask, all [tweets, words]."""

    words: Tensor
    labels: Tensor
    mask: Tensor


class SparseCRF:
    """Emissions are sums of the weights of a word's features; features that training lacks have none.

    Args:
        penalty: half of it times the sum of squared weights is added to the negative log-likelihood, in nats.
        iterations: most iterations of L-BFGS.

    Attributes:
        features: numbers of the features of the training tweets, ascending, [features].
        weights: float64 [features, labels].
        crf: start, end and transition scores.
    """

    features: Numbers
    weights: Tensor
    crf: LinearChainCRF

    def __init__(self, penalty: float, iterations: int) -> None:
        self._penalty, self._iterations = penalty, iterations

    def fit(self, tweets: Sequence[Tweet], labels: Sequence[Sequence[int]], size: int) -> None:
        """Minimise the penalised negative log-likelihood.

        Args:
            tweets: features of each tweet's words; there is at least one word.
            labels: label numbers, one per word.
            size: number of labels.
        """
        features, starts = _flat(tweets)
        self.features, columns = np.unique(features, return_inverse=True)
        self.crf = LinearChainCRF(size, fused=False).double()
        with torch.no_grad():
            for parameter in self.crf.parameters():
                parameter.zero_()
        weights = torch.zeros(len(self.features), size, dtype=torch.float64, requires_grad=True)
        matrix, rows = _matrix(columns, starts, len(self.features)), _rows(labels)
        transposed = matrix.T.tocsr()
        parameters = [weights, *self.crf.parameters()]
        optimizer = torch.optim.LBFGS(
            parameters, max_iter=self._iterations, max_eval=2 * self._iterations, history_size=8,
            tolerance_grad=1e-3, tolerance_change=1e-7, line_search_fn="strong_wolfe",
        )  # fmt: skip

        def loss() -> Tensor:
            optimizer.zero_grad()
            emissions = torch.from_numpy(matrix @ weights.detach().numpy()).requires_grad_()
            nll = torch.stack([self._nll(emissions, part) for part in rows]).sum()
            penalty = torch.stack([(p**2).sum() for p in parameters]).sum()
            total = nll + self._penalty / 2 * penalty
            total.backward()  # type: ignore[no-untyped-call]
            assert emissions.grad is not None
            assert weights.grad is not None
            weights.grad += torch.from_numpy(transposed @ emissions.grad.numpy())
            return total

        optimizer.step(loss)  # type: ignore[no-untyped-call]
        self.weights = weights.detach()

    def _nll(self, emissions: Tensor, rows: _Rows) -> Tensor:
        return self.crf.nll(emissions[rows.words], rows.labels, rows.mask).sum()

    @torch.no_grad()
    def decode(self, tweet: Tweet) -> list[int]:
        """The best labelling of one tweet."""
        features, starts = _flat([tweet])
        positions = np.searchsorted(self.features, features).clip(max=len(self.features) - 1)
        weights = self.weights.numpy()[positions] * (self.features[positions] == features)[:, None]
        emissions = torch.from_numpy(np.add.reduceat(weights, starts[:-1]))[None]
        [path] = self.crf.decode(emissions, torch.ones(1, len(tweet), dtype=torch.bool))
        return path

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything that `fit` determines, by name."""
        scores = {f"crf.{name}": value.numpy() for name, value in self.crf.state_dict().items()}
        return {"features": self.features, "weights": self.weights.numpy(), **scores}

    def restore(self, arrays: Mapping[str, NDArray[Any]], size: int) -> None:
        """Take over the result of `arrays`.

        Args:
            arrays: by name.
            size: number of labels.

        Raises:
            KeyError, ValueError: an array is missing, or has another shape or type.
        """
        features, weights = arrays["features"], arrays["weights"]
        ascending = features.ndim == 1 and len(features) > 0 and bool((np.diff(features) > 0).all())
        fits = weights.shape == (len(features), size) and weights.dtype == np.float64
        if not ascending or features.dtype != np.int64 or not fits:
            raise ValueError("weights of other features or labels")
        self.features, self.weights = features, torch.from_numpy(weights)
        self.crf = LinearChainCRF(size, fused=False).double()
        scores = {name: torch.from_numpy(arrays[f"crf.{name}"]) for name in self.crf.state_dict()}
        if any(scores[name].shape != value.shape for name, value in self.crf.state_dict().items()):
            raise ValueError("transition scores of other labels")
        self.crf.load_state_dict(scores)


def _flat(tweets: Sequence[Tweet]) -> tuple[Numbers, Numbers]:
    """Features of all words in a row, and where those of each word start, with the end."""
    words = [features for tweet in tweets for features in tweet]
    starts = np.cumsum([0, *map(len, words)])
    return np.array([feature for features in words for feature in features], np.int64), starts


def _matrix(columns: Numbers, starts: Numbers, width: int) -> csr_array:
    """Features of all words, [words, features]."""
    return csr_array((np.ones(len(columns)), columns, starts), shape=(len(starts) - 1, width))


def _rows(labels: Sequence[Sequence[int]]) -> list[_Rows]:
    """All tweets, in batches of like length."""
    starts = np.cumsum([0, *map(len, labels)])
    order = sorted(range(len(labels)), key=lambda tweet: len(labels[tweet]))
    batches = []
    for first in range(0, len(order), _BATCH):
        part = order[first : first + _BATCH]
        position = torch.arange(max(len(labels[tweet]) for tweet in part))
        mask = position < torch.tensor([len(labels[tweet]) for tweet in part])[:, None]
        words = torch.where(mask, torch.from_numpy(starts[part])[:, None] + position, 0)
        gold = torch.zeros(mask.shape, dtype=torch.long)
        gold[mask] = torch.tensor([label for tweet in part for label in labels[tweet]], dtype=torch.long)
        batches.append(_Rows(words, gold, mask))
    return batches
