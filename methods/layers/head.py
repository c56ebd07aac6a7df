"""Tagging heads: label losses, decoding and posteriors from emissions."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.base.choices import CRFBackend, Decoder
from mnerbench.methods.layers.crf.linear_chain import build_crf


class TaggingHead(nn.Module, ABC):
    """Computes losses, labels and posteriors from emissions.

    In all methods, `emissions` are float [tweets, words, columns], `labels` long and `mask` bool [tweets, words].

    Attributes:
        columns: width of the emissions: the labels, or what a head over spans computes their scores from.
    """

    columns: int

    @abstractmethod
    def loss(self, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """Scalar training loss."""

    @abstractmethod
    def loss_denominator(self, mask: Tensor) -> int:
        """Number of items that the loss averages over; weighs the losses of a batch's parts."""

    @abstractmethod
    def decode(self, emissions: Tensor, mask: Tensor) -> list[list[int]]:
        """Label numbers, one per word, per tweet."""

    @abstractmethod
    def log_posteriors(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Log-probability of each label at each word, [tweets, words, labels]."""


class CRFHead(TaggingHead):
    """Linear-chain CRF; the loss is the mean over tweets of the negative log-likelihood (ITA eq. 1)."""

    def __init__(self, labels: int, backend: CRFBackend) -> None:
        super().__init__()
        self.columns = labels
        self.crf = build_crf(labels, backend)

    def loss(self, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """Mean over tweets."""
        total: Tensor = self.crf.nll(emissions, labels, mask)
        return total.mean()

    def loss_denominator(self, mask: Tensor) -> int:
        """Number of tweets."""
        return len(mask)

    def decode(self, emissions: Tensor, mask: Tensor) -> list[list[int]]:
        """Viterbi."""
        paths: list[list[int]] = self.crf.decode(emissions, mask)
        return paths

    def log_posteriors(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Forward-backward."""
        posteriors: Tensor = self.crf.log_marginals(emissions, mask)
        return posteriors


class SoftmaxHead(TaggingHead):
    """Softmax per word; the loss is the mean over words, as usual for token classification."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.columns = labels

    def loss(self, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """Mean over words."""
        return nn.functional.cross_entropy(emissions.flatten(0, 1).float(), labels.masked_fill(~mask, -100).flatten())

    def loss_denominator(self, mask: Tensor) -> int:
        """Number of words."""
        return int(mask.sum())

    def decode(self, emissions: Tensor, mask: Tensor) -> list[list[int]]:
        """The most probable label of each word."""
        best = emissions.argmax(-1).tolist()
        return [row[:length] for row, length in zip(best, mask.sum(1).tolist(), strict=True)]

    def log_posteriors(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Log-softmax."""
        return torch.log_softmax(emissions.float(), -1)


def build_head(decoder: Decoder, labels: int, backend: CRFBackend) -> TaggingHead:
    """Build a head over labels.

    Raises:
        ConfigError: the decoder finds spans, and needs an output layer of its own (`layers/output.py`).
    """
    if decoder is Decoder.SPANS:
        raise ConfigError("this method has no head over spans\n  -> decoder = crf or softmax")
    return CRFHead(labels, backend) if decoder is Decoder.CRF else SoftmaxHead(labels)
