"""Splits raw tweets into words, with their positions.

The parts of a tweet that belong together stay whole: addresses, user names, hashtags, HTML entities, emoticons, emoji
sequences, numbers, abbreviations with dots, words with apostrophes or hyphens, and repeated punctuation. Everything
else that is not white space is a word of one character. The corpora of the field were tokenised in several ways, of
which this is none exactly: give words instead of a text where they are known.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_EMOJI = "[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\u3030\u303d\u3297\u3299]"
_PARTS = (
    r"(?:https?://|www\.)[^\s<>\"]*[^\s<>\"'\u2019\u201d.,;:!?)\]}…]",  # an address, without the punctuation behind it
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6});",
    r"[@#\uff03\uff20]\w+(?:['\u2019]s\b)?",
    r"(?<![\w:])(?:<3+|[<>]?[:;=8xX][-o*'^]?[)\](\[dDpPoO/\\|}{@3*]+(?!\w)|[)\](\[dD/\\|}{@]+[-o*'^]?[:;=8](?!\w))",
    r"[\U0001f1e6-\U0001f1ff]{2}",
    rf"{_EMOJI}[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d{_EMOJI}[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*)*",
    r"[#*\d]\ufe0f?\u20e3",  # keycaps
    r"[$€£¥]?\d+(?:[.,:/]\d+)*(?:%|[^\W\d_]+)?",
    r"(?:[^\W\d_]\.){2,}",  # U.S.
    r"\w+(?:['\u2019&\-]\w+)*",
    r"([^\w\s])\1*",
)
_WORD = re.compile("|".join(_PARTS))
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")


class Token(NamedTuple):
    """A word: characters `start` to `end - 1` of its text."""

    start: int
    end: int


def tokenise(text: str) -> list[Token]:
    """The words of a text, from left to right; every character that is not white space is in exactly one.

    Combining marks and joiners stay with the letters around them, in any script.
    """
    tokens: list[Token] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        if tokens and tokens[-1].end == start and _continues(text, start):
            start = tokens.pop().start
        tokens.append(Token(start, end))
    return tokens


def _continues(text: str, position: int) -> bool:
    """Whether the character belongs to the word before it."""
    before, here = text[position - 1], text[position]
    return _is_mark(here) or (_is_mark(before) and (here.isalnum() or here == "_"))


def _is_mark(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character).startswith("M")
