"""UMT's auxiliary labels: where entities are, whatever their type, and how their emissions become those of types."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def span_label(label: str) -> str:
    """`B-PER` without its type: `B`; labels without one stay as they are."""
    return label.partition("-")[0]


def span_names(labels: Sequence[str]) -> list[str]:
    """The labels without types, each once, in the order of their first label."""
    return list(dict.fromkeys(map(span_label, labels)))


def span_numbers(labels: Sequence[str]) -> Tensor:
    """For each label number the number of its span label, [labels]."""
    names = span_names(labels)
    return torch.tensor([names.index(span_label(label)) for label in labels])


def conversion(labels: Sequence[str]) -> Tensor:
    """UMT's fixed conversion matrix, [span labels, labels].

    The emission of a span label is shared equally by the labels of that span and some type: a quarter of B for each of
    B-PER, B-LOC, B-ORG and B-MISC with four types. Labels without a type have it whole.
    """
    numbers = span_numbers(labels)
    matrix = torch.zeros(int(numbers.max()) + 1, len(labels))
    matrix[numbers, torch.arange(len(labels))] = 1.0
    return matrix / matrix.sum(1, keepdim=True)
