"""Labelling schemes of gold labels (BIO, IOB1, BIOES, BILOU, IO), and their conversion to BIO.

After the readers, all code works on BIO (IOB2): labels `O`, `B-TYPE`, `I-TYPE`. Recoding never changes an entity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from mnerbench.datasets.errors import suggestion
from mnerbench.datasets.tagging import OUTSIDE, conll_spans, write_spans


class GoldScheme(StrEnum):
    """The labelling scheme of a corpus file.

    `bio`: IOB2, every entity begins with `B-`. `iob1`: `I-` everywhere, `B-` only where an entity follows another of
    its type. `bioes`: also `E-` for the last word and `S-` for a single one (IOBES; BMES with `M-` for `I-`). `bilou`:
    the same with `L-` and `U-` (BIOUL). `io`: the type on every word, with or without `I-`; adjacent words of one type
    are one entity.
    """

    BIO = "bio"
    IOB1 = "iob1"
    BIOES = "bioes"
    BILOU = "bilou"
    IO = "io"


# Other names of the same schemes.
ALIASES = {
    "iob2": GoldScheme.BIO,
    "iob": GoldScheme.IOB1,
    "iobes": GoldScheme.BIOES,
    "bmes": GoldScheme.BIOES,
    "bmeso": GoldScheme.BIOES,
    "bioul": GoldScheme.BILOU,
}
# The prefixes of each scheme, mapped to those of BIOES.
_IN_BIOES = {
    GoldScheme.BIO: {"B": "B", "I": "I"},
    GoldScheme.IOB1: {"B": "B", "I": "I"},
    GoldScheme.BIOES: {"B": "B", "I": "I", "M": "I", "E": "E", "S": "S"},
    GoldScheme.BILOU: {"B": "B", "I": "I", "L": "E", "U": "S"},
    GoldScheme.IO: {"I": "I"},
}
_LABEL = re.compile(r"([BIESMLU])-(.+)", re.DOTALL)
# Prefixes that may follow each BIOES prefix; the end of the sentence counts as O.
_AFTER = {"O": "OBS", "B": "IE", "I": "IE", "E": "OBS", "S": "OBS"}


class Recoded(NamedTuple):
    """A sentence in BIO.

    Attributes:
        labels: one per word.
        malformed: number of transitions that the scheme does not allow; they are read as conlleval reads them.
    """

    labels: list[str]
    malformed: int = 0


def parse_scheme(text: str) -> GoldScheme:
    """The scheme with a name or alias, case-insensitive.

    Raises:
        ValueError: the name is unknown.
    """
    name = text.strip().lower()
    if name in ALIASES:
        return ALIASES[name]
    try:
        return GoldScheme(name)
    except ValueError:
        raise ValueError(f"{text!r} is not a labelling scheme{suggestion(name, {*ALIASES, *GoldScheme})}") from None


def split_label(label: str, scheme: GoldScheme) -> tuple[str, str] | None:
    """BIOES prefix and type of a label; `("O", "")` for `O`, None when the scheme has no such label."""
    if label == OUTSIDE:
        return OUTSIDE, ""
    match = _LABEL.fullmatch(label)
    if match is not None and match[1] in _IN_BIOES[scheme]:
        return _IN_BIOES[scheme][match[1]], match[2]
    return ("I", label) if scheme is GoldScheme.IO and match is None and label else None


def detect_scheme(sentences: Iterable[Sequence[str]]) -> GoldScheme:
    """Detect the scheme of a file from its prefixes.

    `E-`, `S-` and `M-` prove BIOES, `L-` and `U-` prove BILOU. In these schemes every entity has one of them, so a file
    without them is BIO (or IOB1, which prefixes cannot prove: see `looks_like_iob1`).
    """
    distinct = {label for labels in sentences for label in labels}
    prefixes = {match[1] for label in distinct if (match := _LABEL.fullmatch(label))}
    if prefixes & set("ESM"):
        return GoldScheme.BIOES
    return GoldScheme.BILOU if prefixes & set("LU") else GoldScheme.BIO


def looks_like_iob1(sentences: Iterable[Sequence[str]]) -> bool:
    """Whether labels are consistent with IOB1: `I-` opens entities, and every `B-` follows an entity of its type.

    Also true for a BIO file in which all `B-` are missing; the entities are the same in either reading.
    """
    opens_with_i = False
    for labels in sentences:
        for before, label in zip([OUTSIDE, *labels], labels, strict=False):
            if label.startswith("B-") and before[2:] != label[2:]:
                return False
            opens_with_i = opens_with_i or (label.startswith("I-") and before[2:] != label[2:])
    return opens_with_i


def to_bio(labels: Sequence[str], scheme: GoldScheme) -> Recoded:
    """Recode a sentence to BIO; the entities stay the same.

    Labels of `bio` are returned unchanged, including stray `I-`: a setting decides how training treats those.

    Args:
        labels: the labels of one sentence, all valid in the scheme (see `split_label`).
        scheme: their scheme.
    """
    if scheme is GoldScheme.BIO:
        return Recoded(list(labels))
    pairs = [split_label(label, scheme) or (OUTSIDE, "") for label in labels]
    plain = [prefix if not kind else f"{prefix}-{kind}" for prefix, kind in pairs]
    strict = scheme in (GoldScheme.BIOES, GoldScheme.BILOU)
    malformed = _malformed(pairs) if strict else 0
    return Recoded(write_spans(conll_spans(plain), len(labels)), malformed)


def _malformed(pairs: Sequence[tuple[str, str]]) -> int:
    outside = (OUTSIDE, "")
    count = 0
    for (before, kind), (after, next_kind) in zip([outside, *pairs], [*pairs, outside], strict=True):
        inside = before in "BI"
        count += after not in _AFTER[before] or (inside and kind != next_kind)
    return count
