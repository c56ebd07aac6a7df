"""Word labels and entity spans: conversion in both directions, in every reading that the field uses.

A *label* is `O`, `B-TYPE` or `I-TYPE` (also `E-`, `S-` in BIOES). A *span* is `(start, end, type)`, `end` exclusive.
Anything else (`X`, `[CLS]`, `[SEP]`, `PAD`) is a *non-label*: some released systems predict such names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

OUTSIDE = "O"


class Span(NamedTuple):
    """One entity mention: words `start` to `end - 1` of a sentence, of one type."""

    start: int
    end: int
    type: str


class Scheme(StrEnum):
    """Labelling schemes: how spans are written as one label per word."""

    BIO = "bio"
    BIOES = "bioes"


def is_label(label: str) -> bool:
    """Whether `label` is `O` or a prefix of BIO/BIOES, a hyphen and a type."""
    return label == OUTSIDE or (len(label) > 2 and label[0] in "BIES" and label[1] == "-")


def conll_spans(labels: Sequence[str]) -> list[Span]:
    """Spans in the *conlleval reading*: an `I-` after `O`, at the start or after another type opens a new entity.

    For `O`, `B-` and `I-` this is the rule of Tjong Kim Sang's conlleval.pl and of seqeval's default mode. `E-` and
    `S-` are read as seqeval reads them, which is not conlleval.pl's way: that script has no `S-`, and a `B-` after an
    `E-` of the same type opens no entity there (`E-PER B-PER` is one entity for it, two here). Non-labels read as `O`.

    Args:
        labels: one label per word.
    """
    spans: list[Span] = []
    start, kind = 0, ""
    for position, label in enumerate([*labels, OUTSIDE]):
        prefix, _, name = label.partition("-") if is_label(label) else (OUTSIDE, "", "")
        # An open entity ends before O, before B and S, before another type, and after E or S (handled below).
        if kind and (prefix in "OBS" or name != kind):
            spans.append(Span(start, position, kind))
            kind = ""
        if prefix != OUTSIDE and not kind:
            start, kind = position, name
        if prefix in "ES" and kind:
            spans.append(Span(start, position + 1, kind))
            kind = ""
    return spans


def strict_spans(labels: Sequence[str]) -> list[Span]:
    """Spans in the *strict IOB2 reading* (seqeval `mode="strict", scheme=IOB2`): an entity must start with `B-`.

    Stray `I-` are ignored, in gold too.

    Args:
        labels: one label per word, in BIO. Non-labels read as `O`.
    """
    spans: list[Span] = []
    start, kind = 0, ""
    for position, label in enumerate([*labels, OUTSIDE]):
        prefix, _, name = label.partition("-") if is_label(label) else (OUTSIDE, "", "")
        if kind and not (prefix == "I" and name == kind):
            spans.append(Span(start, position, kind))
            kind = ""
        if prefix == "B":
            start, kind = position, name
    return spans


def umt_spans(labels: Sequence[str]) -> list[Span]:
    """Spans in the reading of UMT's released code (`get_chunks` in its `ner_evaluate.py`).

    It splits a label at its hyphens: the first part is the prefix, the *last* the type, so that `B-geo-loc` and `B-loc`
    both have the type `loc`. A label without a hyphen other than `O` (`X`, `[CLS]`) is its own type. A span ends before
    `O`, before another type and before `B`; `E-` and `S-` continue a span like `I-`.

    Args:
        labels: one label per word.
    """
    spans: list[Span] = []
    start, kind = 0, ""
    for position, label in enumerate([*labels, OUTSIDE]):
        prefix, *_, name = label.split("-") if "-" in label else (label, label)
        if kind and (label == OUTSIDE or name != kind or prefix == "B"):
            spans.append(Span(start, position, kind))
            kind = ""
        if label != OUTSIDE and not kind:
            start, kind = position, name
    return spans


def write_spans(spans: Iterable[Span], length: int, scheme: Scheme = Scheme.BIO) -> list[str]:
    """The labels of a sentence of `length` words with exactly the entities `spans`.

    Raises:
        ValueError: a span leaves the sentence or overlaps another.
    """
    labels = [OUTSIDE] * length
    for span in spans:
        if not 0 <= span.start < span.end <= length:
            raise ValueError(f"{span} does not fit into a sentence of {length} words")
        if any(label != OUTSIDE for label in labels[span.start : span.end]):
            raise ValueError(f"{span} overlaps another span")
        labels[span.start : span.end] = [f"I-{span.type}"] * (span.end - span.start)
        labels[span.start] = f"B-{span.type}"
        if scheme is Scheme.BIOES:
            labels[span.end - 1] = f"E-{span.type}" if span.end - span.start > 1 else f"S-{span.type}"
    return labels


def recode(labels: Sequence[str], scheme: Scheme) -> list[str]:
    """The same entities (conlleval reading) in another scheme; non-labels are kept."""
    written = write_spans(conll_spans(labels), len(labels), scheme)
    return [new if is_label(old) else old for old, new in zip(labels, written, strict=True)]


def label_set(types: Sequence[str], scheme: Scheme = Scheme.BIO) -> tuple[str, ...]:
    """All labels of a scheme: `O` first, then each type's in the order of `types`."""
    prefixes = "BI" if scheme is Scheme.BIO else "BIES"
    return (OUTSIDE, *(f"{prefix}-{kind}" for kind in types for prefix in prefixes))


class IllegalTransitions(NamedTuple):
    """Counts of `I-` labels in positions that BIO does not allow."""

    after_outside: int
    after_other_type: int


def illegal_transitions(labels: Sequence[str]) -> IllegalTransitions:
    """Count `I-` after `O` or at the start, and `I-` after another type, in one sentence."""
    outside = other = 0
    for before, label in zip([OUTSIDE, *labels], labels, strict=False):
        if label.startswith("I-"):
            if not is_label(before) or before == OUTSIDE:
                outside += 1
            elif before[2:] != label[2:]:
                other += 1
    return IllegalTransitions(outside, other)
