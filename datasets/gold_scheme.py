"""How gold labels write entities (BIO, IOB1, BIOES, BILOU, IO), and the same entities in BIO.

Everything behind the readers works on BIO (IOB2): labels `O`, `B-TYPE`, `I-TYPE`. Recoding never changes an entity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from mnerbench.datasets.errors import suggestion
from mnerbench.datasets.tagging import OUTSIDE, conll_spans, write_spans


class GoldScheme(StrEnum):
    """How a corpus file writes one label per word.

    `bio`: IOB2, `B-` opens every entity. `iob1`: `I-` everywhere, `B-` only where an entity follows another one of its
    type. `bioes`: also `E-` for the last word and `S-` for a single one (IOBES; BMES with `M-` for `I-`). `bilou`: the
    same with `L-` and `U-` (BIOUL). `io`: the type on every word, with `I-` or without; adjacent words of one type are
    one entity.
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
# Each scheme's prefixes in those of BIOES.
_IN_BIOES = {
    GoldScheme.BIO: {"B": "B", "I": "I"},
    GoldScheme.IOB1: {"B": "B", "I": "I"},
    GoldScheme.BIOES: {"B": "B", "I": "I", "M": "I", "E": "E", "S": "S"},
    GoldScheme.BILOU: {"B": "B", "I": "I", "L": "E", "U": "S"},
    GoldScheme.IO: {"I": "I"},
}
_LABEL = re.compile(r"([BIESMLU])-(.+)", re.DOTALL)
# What may follow a prefix of BIOES within a sentence; the end of the sentence counts as O.
_AFTER = {"O": "OBS", "B": "IE", "I": "IE", "E": "OBS", "S": "OBS"}


class Recoded(NamedTuple):
    """A sentence in BIO.

    Attributes:
        labels: one per word.
        malformed: transitions that the scheme does not allow; read as conlleval does.
    """

    labels: list[str]
    malformed: int = 0


def parse_scheme(text: str) -> GoldScheme:
    """A scheme by its name, in any case, or by another name of it.

    Raises:
        ValueError: it is not one.
    """
    name = text.strip().lower()
    if name in ALIASES:
        return ALIASES[name]
    try:
        return GoldScheme(name)
    except ValueError:
        raise ValueError(f"{text!r} is not a labelling scheme{suggestion(name, {*ALIASES, *GoldScheme})}") from None


def split_label(label: str, scheme: GoldScheme) -> tuple[str, str] | None:
    """Prefix (in those of BIOES) and type of a label; `("O", "")` outside, None when the scheme has no such label."""
    if label == OUTSIDE:
        return OUTSIDE, ""
    matched = _LABEL.fullmatch(label)
    if matched is not None and matched[1] in _IN_BIOES[scheme]:
        return _IN_BIOES[scheme][matched[1]], matched[2]
    return ("I", label) if scheme is GoldScheme.IO and matched is None and label else None


def detect_scheme(sentences: Iterable[Sequence[str]]) -> GoldScheme:
    """The scheme of a file, as far as its prefixes prove it.

    `E-`, `S-` and `M-` are of BIOES, `L-` and `U-` of BILOU. Every entity has one of them there, so a file without is
    BIO (or IOB1, which nothing proves: see `looks_like_iob1`).
    """
    distinct = {label for labels in sentences for label in labels}
    seen = {matched[1] for label in distinct if (matched := _LABEL.fullmatch(label))}
    if seen & set("ESM"):
        return GoldScheme.BIOES
    return GoldScheme.BILOU if seen & set("LU") else GoldScheme.BIO


def looks_like_iob1(sentences: Iterable[Sequence[str]]) -> bool:
    """Whether labels are as IOB1 writes them: `I-` opens entities, and every `B-` follows an entity of its type.

    True also of a BIO file in which somebody forgot every single `B-`; the entities are the same in either reading.
    """
    opened = False
    for labels in sentences:
        for before, label in zip([OUTSIDE, *labels], labels, strict=False):
            if label.startswith("B-") and before[2:] != label[2:]:
                return False
            opened = opened or (label.startswith("I-") and before[2:] != label[2:])
    return opened


def to_bio(labels: Sequence[str], scheme: GoldScheme) -> Recoded:
    """The same entities in BIO.

    Labels of `bio` stay as they are, stray `I-` included: what training does with those is a setting of its own.

    Args:
        labels: of one sentence, all of the scheme (see `split_label`).
        scheme: that they are written in.
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
