"""Words that an encoder does not see: those that become no word piece at all."""

from __future__ import annotations

import unicodedata


def is_invisible(word: str) -> bool:
    """Whether an uncased BERT makes no piece of a word, without asking a tokenizer.

    Its text cleaning drops U+0000, U+FFFD and every character of category C (control, format such as U+200B and U+00AD,
    private, unassigned), its lower-casing drops combining marks after canonical decomposition (category Mn, such as the
    emoji selector U+FE0F), and white space, also U+00A0, only separates. (`BasicTokenizer` of google-research/bert.)
    """
    cleaned = (character for character in word if character != "\ufffd" and not _is_control(character))
    decomposed = unicodedata.normalize("NFD", "".join(cleaned))
    return all(character.isspace() or unicodedata.category(character) == "Mn" for character in decomposed)


def _is_control(character: str) -> bool:
    # Tab and line ends are of category C too, but BERT reads them as white space.
    return character not in "\t\n\r" and unicodedata.category(character).startswith("C")
