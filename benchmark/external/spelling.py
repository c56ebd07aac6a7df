"""Assigns subwords in a prediction file to the words that they spell."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache


class SubwordStyle(StrEnum):
    """How a tokenizer marks subwords. `PLAIN`: unmarked, such as words split at apostrophes."""

    PLAIN = "plain"
    WORDPIECE = "##"
    SENTENCEPIECE = "▁"
    BYTE_LEVEL = "Ġ"


_SPECIAL = frozenset({"[CLS]", "[SEP]", "[PAD]", "<s>", "</s>", "<pad>", "<bos>", "<eos>"})
_UNKNOWN = frozenset({"[UNK]", "<unk>"})
_DROPPED = frozenset({"Cc", "Cf", "Co", "Cs", "Mn"})


def detect_subwords(words: Iterable[str], vocabulary: frozenset[str]) -> SubwordStyle:
    """Detect how the words of a file are split.

    Args:
        words: words of the whole file.
        vocabulary: words of our tweets, which may themselves begin with such a mark.
    """
    foreign = {word for word in words if word not in vocabulary}
    for style in (SubwordStyle.SENTENCEPIECE, SubwordStyle.BYTE_LEVEL, SubwordStyle.WORDPIECE):
        if any(word.startswith(style.value) and word != style.value for word in foreign):
            return style
    return SubwordStyle.PLAIN


@lru_cache(maxsize=1 << 16)
def bare(text: str) -> str:
    """Normalise a word as uncased tokenizers do: no case, accents, white space or control characters."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(
        character
        for character in folded
        if not character.isspace() and character != "\ufffd" and unicodedata.category(character) not in _DROPPED
    )


@lru_cache(maxsize=1)
def _bytes_by_character() -> dict[str, int]:
    """Inverse of the table with which GPT-2's tokenizer maps bytes to printable characters (Radford et al. 2019)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + index): byte for index, byte in enumerate(others)}


def _letters(subword: str, style: SubwordStyle) -> str:
    """The part of its word that a subword spells."""
    if style is SubwordStyle.BYTE_LEVEL:
        table = _bytes_by_character()
        # Bytes as characters: a subword may end within a character.
        return "".join(chr(table[c]) for c in subword if c in table and table[c] != 32)
    if style is SubwordStyle.SENTENCEPIECE:
        return bare(subword.replace("▁", ""))
    return bare(subword.removeprefix("##") if style is SubwordStyle.WORDPIECE else subword)


def _target(word: str, style: SubwordStyle) -> str:
    return word.encode("utf-8", "replace").decode("latin-1") if style is SubwordStyle.BYTE_LEVEL else bare(word)


def spell(tokens: Sequence[str], words: Sequence[str], style: SubwordStyle) -> list[int | None] | None:
    """Index of the word that each token is part of; None for a token outside of all words.

    Args:
        tokens: tokens of the file, possibly with special tokens such as `[CLS]`; `[UNK]` replaces the rest of a word.
        words: our words.
        style: how subwords are marked.

    Returns:
        None if the tokens do not spell a prefix of the words.
    """
    targets = [_target(word, style) for word in words]
    positions: list[int | None] = []
    index, spelled = 0, ""
    for token in tokens:
        unmarked = token.removeprefix(style.value) if style is SubwordStyle.SENTENCEPIECE else token
        if not spelled:
            while index < len(words) and not targets[index] and unmarked != words[index]:
                index += 1
        current = words[index] if index < len(words) else None
        letters = _letters(token, style)
        if not spelled and unmarked == current:
            positions.append(index)
            index += 1
        elif token in _SPECIAL or not letters:
            positions.append(None)
        elif current is None:
            return None
        elif token in _UNKNOWN:
            positions.append(index)
            index, spelled = index + 1, ""
        elif not targets[index].startswith(spelled + letters):
            return None
        else:
            positions.append(index)
            spelled += letters
            if spelled == targets[index]:
                index, spelled = index + 1, ""
    return positions
