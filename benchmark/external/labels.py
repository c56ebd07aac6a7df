"""Classifies single label strings of prediction files, independently of the rest of the file."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from mnerbench.datasets.tagging import OUTSIDE

# Prefixes of all common notations to those of BIOES: BIO, IOB1, IOE; BIOES (IOBES); BILOU; BMES, BMEWO.
ROLES = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S", "W": "S"}

_PREFIXED = re.compile(r"([A-Za-z])[-_:./ ](.+)", re.DOTALL)
_SUFFIXED = re.compile(r"(.+)[-_:./ ]([A-Za-z])", re.DOTALL)
_NUMBER = re.compile(r"(?:label_)?(\d{1,6})", re.IGNORECASE)
_SPECIAL = frozenset({"CLS", "SEP", "PAD", "UNK", "MASK", "BOS", "EOS", "START", "STOP", "END", "IGNORE"})
IGNORED = "-100"  # ignore_index of PyTorch's losses; Hugging Face assigns it to special tokens


class Kind(Enum):
    """Kind of a label string. `BARE`: a word, which may be a type or not a label at all."""

    OUTSIDE = auto()
    PREFIXED = auto()
    NUMBER = auto()
    SPECIAL = auto()
    BARE = auto()


class Parts(NamedTuple):
    """An upper-case prefix, and a type as written."""

    prefix: str
    type: str


def prefix_first(label: str) -> Parts | None:
    """Split `B-PER`, `b_per` or `B:PER`; None if the label has another form."""
    match = _PREFIXED.fullmatch(label)
    return Parts(match[1].upper(), match[2]) if match and match[1].upper() in ROLES else None


def prefix_last(label: str) -> Parts | None:
    """Split `PER-B` or `per_b`; None if the label has another form."""
    match = _SUFFIXED.fullmatch(label)
    return Parts(match[2].upper(), match[1]) if match and match[2].upper() in ROLES else None


def label_number(label: str) -> int | None:
    """The number in `5` or `LABEL_5`; None for anything else."""
    match = _NUMBER.fullmatch(label)
    return int(match[1]) if match else None


@lru_cache(maxsize=1 << 14)
def kind_of(label: str) -> Kind:
    """Classify a label string."""
    if label.upper() == OUTSIDE:
        return Kind.OUTSIDE
    name = label.strip("[]<>|/").upper()
    if label == IGNORED or name == "X" or name in _SPECIAL or (name in {"S", "PAD"} and label.startswith("<")):
        return Kind.SPECIAL
    if prefix_first(label) or prefix_last(label):
        return Kind.PREFIXED
    return Kind.NUMBER if label_number(label) is not None else Kind.BARE


def label_like(label: str, names: Collection[str] = ()) -> bool:
    """Whether a string can be a label of some notation.

    Args:
        label: a string from a file.
        names: type names, which count as labels even without a prefix.
    """
    kind = kind_of(label)
    if kind is Kind.PREFIXED:
        parts = prefix_first(label) or prefix_last(label)
        # Types are words: `I:30` and `http://t.co/a` in a column of words are not labels.
        return parts is not None and re.fullmatch(r"[^\W\d][\w-]*", parts.type) is not None
    return kind is not Kind.BARE or label in names
