"""Checks that a tokenizer and its vocabulary agree on letter case."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.untrusted.json_text import read_json

_KEY = "do_lower_case"
_SAMPLE = 50
# Lower-case vocabularies hold at most a few capitals.
_LEAST_SHARE = 0.01


class CaseMisfit(StrEnum):
    """How a tokenizer and its vocabulary disagree on letter case."""

    LOWERED = "the tokenizer writes words in lower case, and its vocabulary holds capitals"
    KEPT = "the tokenizer keeps capitals, and its vocabulary holds none"


def case_misfit(tokenizer: Any) -> CaseMisfit | None:
    """Compare the letter case of a tokenizer with its vocabulary; None if they agree, or if this is unknown.

    A sample of the vocabulary's subwords of ASCII letters is tokenised with and without capitals.

    Args:
        tokenizer: a tokenizer of transformers.
    """
    try:
        vocabulary = tokenizer.get_vocab()
    except (NotImplementedError, AttributeError):  # tokenizers of characters or bytes
        return None
    special = set(tokenizer.all_special_tokens)
    letters = sorted(word for word in vocabulary if word.isascii() and word.isalpha() and word not in special)
    capitals = [word for word in letters if word != word.lower()]
    if letters and len(capitals) >= _LEAST_SHARE * len(letters):
        return CaseMisfit.LOWERED if all(_folds(tokenizer, word) for word in capitals[:_SAMPLE]) else None
    if letters and not any(_folds(tokenizer, word.capitalize()) for word in letters[:_SAMPLE]):
        return CaseMisfit.KEPT
    return None


def declares_case(folder: Path) -> bool:
    """Whether a tokenizer's files specify the letter case; otherwise transformers applies its own default."""
    if (folder / "tokenizer.json").is_file():
        return True
    try:
        settings = read_json(folder / "tokenizer_config.json", "")
    except MnerbenchError:
        return False
    return isinstance(settings, dict) and _KEY in settings


def _folds(tokenizer: Any, word: str) -> bool:
    return bool(tokenizer.tokenize(word) == tokenizer.tokenize(word.lower()))
