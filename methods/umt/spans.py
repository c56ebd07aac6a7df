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
    return torch.tensor(_numbers(labels))


def _numbers(labels: Sequence[str]) -> list[int]:
    names = span_names(labels)
    return [names.index(span_label(label)) for label in labels]


def conversion(labels: Sequence[str]) -> Tensor:
    """UMT's fixed conversion matrix, [span labels, labels].

    The emission of a span label is shared equally by the labels of that span and some type: a quarter of B for each of
    B-PER, B-LOC, B-ORG and B-MISC with four types. Labels without a type have it whole.
    """
    numbers = _numbers(labels)
    return torch.tensor(
        [[(number == span) / numbers.count(span) for number in numbers] for span in range(len(span_names(labels)))]
    )
