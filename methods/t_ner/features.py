"""Hashed binary features of words: spelling, context, dictionaries and word clusters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from zlib import crc32

from mnerbench.datasets.lexicons import Phrases, phrase_positions
from mnerbench.methods.t_ner.card import TNERConfig

_PREFIXES = (4, 6, 10, 20)  # bits of a cluster's path (Ratinov and Roth 2009, §6.1)
_REPEATED = re.compile(r"(.)\1+")
_NEAR = ("w=", "c=", "b=", "k=", "e3")  # features of a word that its neighbours read


def shape(word: str) -> str:
    """Capitals as `X`, other letters as `x`, digits as `d`: `iPhone7` becomes `xXxxxxd`."""
    return "".join("X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word)


def spelling(word: str, affixes: int) -> Iterator[str]:
    """Features of a word by itself."""
    lower, form = word.lower(), shape(word)
    yield from (f"w={lower}", f"v={word}", f"s={form}", "c=" + _REPEATED.sub(r"\1", form))
    for size in range(1, min(affixes, len(lower)) + 1):
        yield from (f"p{size}={lower[:size]}", f"e{size}={lower[-size:]}")
    yield "k=" + ("url" if lower.startswith("http") else word[0] if word[:1] in ("@", "#") else "")
    if "-" in word[1:-1]:
        yield "hyphen"


class FeatureHasher:
    """Hashes the features of the words of a tweet; `clusters` are bit strings by word."""

    def __init__(self, config: TNERConfig, dictionaries: Sequence[Phrases], clusters: Mapping[str, str]) -> None:
        self._config, self._dictionaries, self._clusters = config, dictionaries, clusters
        self._of_word = lru_cache(maxsize=None)(self._alone_and_near)

    def __call__(self, words: Sequence[str]) -> list[list[int]]:
        """Feature numbers of each word, 0 to 2^hash_bits - 1."""
        of_words, mask = [self._of_word(word) for word in words], (1 << self._config.hash_bits) - 1
        positions = [phrase_positions(words, phrases) for phrases in self._dictionaries]
        capitals = sum(word[:1].isupper() for word in words) * 4 // max(1, len(words))
        rows = []
        for index, word in enumerate(words):
            more = [f"d{number}={row[index]}" for number, row in enumerate(positions) if row[index]]
            more += ["bias", f"capital={word[:1].isupper()} among {capitals}"]
            features = [*of_words[index][0], *map(str.encode, more), *self._context(index, words, of_words)]
            rows.append([crc32(feature) & mask for feature in features])
        return rows

    def _context(
        self, index: int, words: Sequence[str], of_words: Sequence[tuple[list[bytes], list[bytes]]]
    ) -> Iterator[bytes]:
        """Features of the neighbours, by distance, and pairs of words."""
        for distance in range(1, self._config.context + 1):
            for other, sign in ((index - distance, b"-"), (index + distance, b"+")):
                near = of_words[other][1] if 0 <= other < len(words) else [b"edge"]
                yield from (b"%b%d %b" % (sign, distance, feature) for feature in near)
        if self._config.context:
            before, word, after = ["", *map(str.lower, words), ""][index : index + 3]
            yield from (f"pair- {before} {word}".encode(), f"pair+ {word} {after}".encode())

    def _alone_and_near(self, word: str) -> tuple[list[bytes], list[bytes]]:
        bits = self._clusters.get(word) or self._clusters.get(word.lower(), "")
        paths = [f"b={bits[:size]}" for size in dict.fromkeys((*_PREFIXES, len(bits))) if 0 < size <= len(bits)]
        alone = [*spelling(word, self._config.affixes), *paths]
        return [f.encode() for f in alone], [f.encode() for f in alone if f[:2] in _NEAR]
