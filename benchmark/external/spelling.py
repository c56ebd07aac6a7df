"""Words that a file cuts into pieces, put together again: a piece belongs to the word that it helps to spell."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache


class Pieces(StrEnum):
    """How a tokenizer marks pieces of words. `PLAIN`: it does not; words are cut at apostrophes, say."""

    PLAIN = "plain"
    WORDPIECE = "##"
    SENTENCEPIECE = "▁"
    BYTE_LEVEL = "Ġ"


_SPECIAL = frozenset({"[CLS]", "[SEP]", "[PAD]", "<s>", "</s>", "<pad>", "<bos>", "<eos>"})
_UNKNOWN = frozenset({"[UNK]", "<unk>"})
_DROPPED = frozenset({"Cc", "Cf", "Co", "Cs", "Mn"})


def pieces_of(words: Iterable[str], vocabulary: frozenset[str]) -> Pieces:
    """How the words of a file are cut.

    Args:
        words: of the whole file.
        vocabulary: words of our tweets, which may begin with such a mark themselves.
    """
    foreign = {word for word in words if word not in vocabulary}
    for pieces in (Pieces.SENTENCEPIECE, Pieces.BYTE_LEVEL, Pieces.WORDPIECE):
        if any(word.startswith(pieces.value) and word != pieces.value for word in foreign):
            return pieces
    return Pieces.PLAIN


@lru_cache(maxsize=1 << 16)
def bare(text: str) -> str:
    """What is left of a word after an uncased tokenizer's cleaning: no case, accents, blanks or control characters."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(
        character
        for character in folded
        if not character.isspace() and character != "\ufffd" and unicodedata.category(character) not in _DROPPED
    )


@lru_cache(maxsize=1)
def _bytes_by_character() -> dict[str, int]:
    """The table by which GPT-2's tokenizer writes bytes as printable characters (Radford et al. 2019)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + index): byte for index, byte in enumerate(others)}


def _letters(piece: str, pieces: Pieces) -> str:
    """What a piece adds to the spelling of its word."""
    if pieces is Pieces.BYTE_LEVEL:
        table = _bytes_by_character()
        # Bytes as characters: a piece may end within a character.
        return "".join(chr(table[c]) for c in piece if c in table and table[c] != 32)
    if pieces is Pieces.SENTENCEPIECE:
        return bare(piece.replace("▁", ""))
    return bare(piece.removeprefix("##") if pieces is Pieces.WORDPIECE else piece)


def _target(word: str, pieces: Pieces) -> str:
    return word.encode("utf-8", "replace").decode("latin-1") if pieces is Pieces.BYTE_LEVEL else bare(word)


def spell(tokens: Sequence[str], words: Sequence[str], pieces: Pieces) -> list[int | None] | None:
    """The word that each token helps to spell, or None for a token of no word.

    Args:
        tokens: of the file; special ones such as `[CLS]` may be among them, and `[UNK]` stands for the rest of a word.
        words: ours.
        pieces: how tokens are marked.

    Returns:
        None when the tokens do not spell the words from the first one on; they may end early.
    """
    targets = [_target(word, pieces) for word in words]
    positions: list[int | None] = []
    index, spelled = 0, ""
    for token in tokens:
        unmarked = token.removeprefix(pieces.value) if pieces is Pieces.SENTENCEPIECE else token
        if not spelled:
            while index < len(words) and not targets[index] and unmarked != words[index]:
                index += 1
        current = words[index] if index < len(words) else None
        letters = _letters(token, pieces)
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
