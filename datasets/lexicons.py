"""Readers of dictionaries (a phrase per line) and of word clusters (a bit string, a word and its count per line)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.setting_file import SettingFile

Phrases = frozenset[tuple[str, ...]]


def read_phrases(file: SettingFile) -> Phrases:
    """Phrases of a dictionary, as words in lower case; empty lines and lines that start with `# ` are skipped."""
    lines = file.text().splitlines()
    return frozenset(tuple(line.lower().split()) for line in lines if line.strip() and not line.startswith("# "))


def read_clusters(file: SettingFile) -> Mapping[str, str]:
    """Bit string of each word, in the format of Brown clusters: path, word and count, separated by tabs.

    Raises:
        DataError: a line has another form.
    """
    clusters: dict[str, str] = {}
    for number, line in enumerate(file.text().split("\n"), start=1):
        bits, *rest = line.rstrip("\r").split("\t")
        if not line.strip():
            continue
        if not rest or not bits or set(bits) - {"0", "1"}:
            raise DataError.at(
                file.path,
                number,
                "no bit string and word",
                "write a path of 0 and 1, a tab, the word, a tab, its count",
            )
        clusters[rest[0]] = bits
    return clusters


def phrase_positions(words: Sequence[str], phrases: Phrases) -> list[str]:
    """Per word, its position in the longest phrases from left to right: `B`, `I`, with `L` for the last, or nothing.

    The first character of hashtags and user names is ignored.
    """
    lower, positions = [word.lower().lstrip("#@") for word in words], [""] * len(words)
    longest, start = max(map(len, phrases), default=0), 0
    while start < len(words):
        ends = range(min(len(words), start + longest), start, -1)
        end = next((end for end in ends if tuple(lower[start:end]) in phrases), start)
        for index in range(start, end):
            positions[index] = ("B" if index == start else "I") + ("L" if index == end - 1 else "")
        start = max(end, start + 1)
    return positions
