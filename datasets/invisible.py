"""Words that an encoder does not see: those that become no word piece at all."""

from __future__ import annotations

import unicodedata

_DROPPED = frozenset({"Cc", "Cf", "Co", "Cs", "Mn"})


def is_invisible(word: str) -> bool:
    """Whether an uncased BERT makes no piece of a word, without asking a tokenizer.

    Its text cleaning drops U+FFFD, control, format (U+200B, U+00AD) and private characters, its lower-casing drops
    combining marks (category Mn, such as the emoji selector U+FE0F), and white space, also U+00A0, only separates.
    (`BasicTokenizer` of google-research/bert, as the `tokenizers` library has it: unassigned characters, which may be
    emoji newer than this Python, are kept.)
    """
    return all(
        character == "\ufffd" or character.isspace() or unicodedata.category(character) in _DROPPED
        for character in word
    )
