"""UMT's auxiliary task (Yu et al. 2020): labels that mark entity spans without types, and a CRF over them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mnerbench.methods.base.choices import CRFBackend
from mnerbench.methods.layers.head import CRFHead
from mnerbench.methods.layers.transformer import TransformerLayer


def span_label(label: str) -> str:
    """Strip the type from a label: `B-PER` becomes `B`; labels without type are unchanged."""
    return label.partition("-")[0]


def span_names(labels: Sequence[str]) -> list[str]:
    """Distinct labels without types, in order of first occurrence."""
    return list(dict.fromkeys(map(span_label, labels)))


def span_numbers(labels: Sequence[str]) -> Tensor:
    """Span label number of each label number, [labels]."""
    return torch.tensor(_numbers(labels))


def _numbers(labels: Sequence[str]) -> list[int]:
    names = span_names(labels)
    return [names.index(span_label(label)) for label in labels]


def conversion(labels: Sequence[str]) -> Tensor:
    """UMT's fixed conversion matrix, [span labels, labels].

    The emission of a span label is divided equally among its typed labels: with four types, B-PER, B-LOC, B-ORG and
    B-MISC get a quarter of B each. Labels without a type get all of it.
    """
    numbers = _numbers(labels)
    return torch.tensor(
        [[(number == span) / numbers.count(span) for number in numbers] for span in range(len(span_names(labels)))]
    )


class EntitySpans(nn.Module):
    """A self-attention layer, a linear layer and a CRF over labels without types.

    Args:
        text: the self-attention layer.
        width: of states.
        labels: labels with types.
        crf: implementation of the CRF.
    """

    numbers: Tensor

    def __init__(self, text: TransformerLayer, width: int, labels: Sequence[str], crf: CRFBackend) -> None:
        super().__init__()
        names = span_names(labels)
        self.text, self.project = text, nn.Linear(width, len(names))
        self.head = CRFHead(len(names), crf)
        self.register_buffer("numbers", span_numbers(labels), persistent=False)

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        """Emissions of span labels, [windows, subwords, span labels]; `real` is False for padding."""
        emissions: Tensor = self.project(self.text(states, states, real))
        return emissions

    def loss(self, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """Loss of the CRF, from emissions of units and the numbers of their labels with types, [tweets, units]."""
        return self.head.loss(emissions, self.numbers[labels], mask)
