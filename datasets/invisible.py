"""Words that are invisible to an encoder because they have no subword."""

from __future__ import annotations

import unicodedata

_DROPPED = frozenset({"Cc", "Cf", "Co", "Cs", "Mn"})


def is_invisible(word: str) -> bool:
    """Whether uncased BERT makes no subword of a word, determined without a tokenizer.

    Its text cleaning drops U+FFFD, control, format (U+200B, U+00AD) and private characters; its lower-casing drops
    combining marks (category Mn, such as the emoji selector U+FE0F); white space, including U+00A0, only separates.
    (`BasicTokenizer` of google-research/bert, as implemented in the `tokenizers` library: unassigned characters, which
    may be emoji newer than this Python, are kept.)
    """
    return all(
        character == "\ufffd" or character.isspace() or unicodedata.category(character) in _DROPPED
        for character in word
    )
