"""BibTeX entries of the papers that cards cite, and of encoders, extractors and scorers.

`references.bib` beside this module has an entry for each paper that a shipped card cites. A key consists of the first
author's surname, the year and the system's name, such as `yu-2020-umt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import read_bytes

SHIPPED = Path(__file__).with_name("references.bib")
_MOST_BYTES = 10 << 20
_HEAD = re.compile(r"@\s*(?P<type>[A-Za-z]+)\s*\{\s*(?P<key>[^\s,{}]+)\s*,")
_NO_ENTRIES = frozenset({"comment", "preamble", "string"})


class Reference(NamedTuple):
    """A BibTeX entry.

    Attributes:
        key: its citation key.
        bibtex: its text, from `@` to the closing brace.
    """

    key: str
    bibtex: str


def parse_bibtex(text: str, origin: str) -> dict[str, Reference]:
    """The entries of a BibTeX text by key, in its order. Text between entries is a comment, as in BibTeX.

    Args:
        text: BibTeX.
        origin: its name in error messages.

    Raises:
        ConfigError: an entry has no closing brace, or a key occurs twice.
    """
    entries: dict[str, Reference] = {}
    position = 0
    while (head := _HEAD.search(text, position)) is not None:
        start, line = head.start(), text.count("\n", 0, head.start()) + 1
        position = _end(text, text.index("{", start))
        key = head["key"]
        if not position:
            raise ConfigError(f"{origin}:{line}: entry {_named(key)} has no closing brace\n  -> balance its braces")
        if key in entries:
            raise ConfigError(f"{origin}:{line}: a second entry {_named(key)}\n  -> remove one of them")
        if head["type"].lower() not in _NO_ENTRIES:
            entries[key] = Reference(key, text[start:position])
    return entries


def read_bibtex(path: Path) -> dict[str, Reference]:
    """The entries of a BibTeX file by key.

    Raises:
        MissingInputError: there is no such file.
        ConfigError: it cannot be read, is not UTF-8, or as for `parse_bibtex`.
    """
    content = read_bytes(path, error=ConfigError, most=_MOST_BYTES)
    try:
        return parse_bibtex(content.decode("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8\n  -> save the file as UTF-8") from error


@cache
def shipped_references() -> Mapping[str, Reference]:
    """The entries of `references.bib` by key."""
    return read_bibtex(SHIPPED)


def dataset_references(card: DatasetCard) -> tuple[Reference, ...]:
    """The BibTeX entries of a dataset's papers, in the card's order; none for generated corpora.

    Raises:
        ConfigError: the card names an unknown key, or has an invalid entry.
    """
    return tuple(_each(card.references, f"card {card.name!r}, references"))


def _each(references: Iterable[str], origin: str) -> Iterable[Reference]:
    for text in references:
        if text.lstrip().startswith("@"):
            entries = parse_bibtex(text, origin)
            if not entries:
                raise ConfigError(
                    f"{origin}: {_named(text)} is no BibTeX entry\n  -> write @misc{{key, title = {{...}}}}"
                )
            yield from entries.values()
        elif text in shipped_references():
            yield shipped_references()[text]
        else:
            hint = suggestion(text, shipped_references())
            reason = f"{origin}: {_named(text)} is no key of the shipped bibliography{hint}"
            raise ConfigError(f"{reason}\n  -> correct it, or write the complete BibTeX entry instead")


def _end(text: str, brace: int) -> int:
    """The position behind the brace that closes the one at `brace`; 0 without one. Escaped braces count in BibTeX."""
    depth = 0
    for match in re.compile(r"[{}]").finditer(text, brace):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.end()
    return 0


def _named(text: str) -> str:
    return one_line(repr(text), 80)
