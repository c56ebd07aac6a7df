"""UMT's auxiliary labels, which mark entity spans without types, and their conversion to typed labels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


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
