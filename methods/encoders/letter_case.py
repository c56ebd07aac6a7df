"""Whether a tokenizer and its vocabulary agree on capital letters."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.untrusted.json_text import read_json

_KEY = "do_lower_case"
_SAMPLE = 50
# Vocabularies of text in lower case hold a few capitals at most.
_LEAST_SHARE = 0.01


class CaseMisfit(StrEnum):
    """How a tokenizer writes words otherwise than its vocabulary has them."""

    LOWERED = "the tokenizer writes words in lower case, and its vocabulary holds capitals"
    KEPT = "the tokenizer keeps capitals, and its vocabulary holds none"


def case_misfit(tokenizer: Any) -> CaseMisfit | None:
    """Whether a tokenizer and its vocabulary disagree; None where they agree, or where that cannot be told.

    Judged by subwords of ASCII letters, of which a sample is tokenised as it is and in lower case.

    Args:
        tokenizer: of transformers.
    """
    try:
        vocabulary = tokenizer.get_vocab()
    except (NotImplementedError, AttributeError):  # of characters or bytes
        return None
    special = set(tokenizer.all_special_tokens)
    letters = sorted(word for word in vocabulary if word.isascii() and word.isalpha() and word not in special)
    capitals = [word for word in letters if word != word.lower()]
    if letters and len(capitals) >= _LEAST_SHARE * len(letters):
        return CaseMisfit.LOWERED if all(_folds(tokenizer, word) for word in capitals[:_SAMPLE]) else None
    if letters and not any(_folds(tokenizer, word.capitalize()) for word in letters[:_SAMPLE]):
        return CaseMisfit.KEPT
    return None


def says_case(folder: Path) -> bool:
    """Whether the files of a tokenizer say what to do with capitals; without them transformers has its own default."""
    if (folder / "tokenizer.json").is_file():
        return True
    try:
        settings = read_json(folder / "tokenizer_config.json", "")
    except MnerbenchError:
        return False
    return isinstance(settings, dict) and _KEY in settings


def _folds(tokenizer: Any, word: str) -> bool:
    return bool(tokenizer.tokenize(word) == tokenizer.tokenize(word.lower()))
