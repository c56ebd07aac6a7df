"""What results are based on, with BibTeX entries: as text, as data, and as a `.bib` file."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mnerbench.benchmark.api.frames import table_of
from mnerbench.datasets.bibliography import Reference
from mnerbench.datasets.untrusted.display import one_line

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Citation:
    """Something that results are based on.

    Attributes:
        kind: `software`, `scorer`, `method`, `dataset`, `encoder` or `extractor`.
        name: its name in tables.
        references: BibTeX entries of its papers.
        text: what its card cites, or why there is no entry.
    """

    kind: str
    name: str
    references: tuple[Reference, ...]
    text: str = ""

    @property
    def in_words(self) -> str:
        """The card's citation; otherwise author, year and title of the entries."""
        return one_line(self.text or "; ".join(_in_words(reference.bibtex) for reference in self.references))


@dataclass(frozen=True)
class Citations:
    """Everything that a table is based on, in the order in which a paper would name it.

    Attributes:
        items: software, scorers, methods, datasets, encoders and extractors.
    """

    items: tuple[Citation, ...]

    @property
    def bibtex(self) -> str:
        """A `.bib` file: every entry once, under a comment that names what uses it."""
        uses: dict[Reference, list[str]] = {}
        for item in self.items:
            for reference in item.references:
                uses.setdefault(reference, []).append(f"{item.name} ({item.kind})")
        blocks = [f"% {_comment(', '.join(names))}\n{reference.bibtex}\n" for reference, names in uses.items()]
        return "\n".join([*blocks, *self._without_entry()])

    @property
    def text(self) -> str:
        """A line per item, in words."""
        return "".join(f"{item.kind} {one_line(item.name)}: {item.in_words}\n" for item in self.items)

    def _without_entry(self) -> list[str]:
        lacking = [item for item in self.items if not item.references]
        lines = [f"%   {_comment(f'{item.name} ({item.kind}): {item.in_words}')}\n" for item in lacking]
        return ["% without an entry:\n" + "".join(lines)] if lines else []

    def to_list(self) -> list[dict[str, Any]]:
        """A dictionary per item: kind, name, citation in words, keys and BibTeX entries."""
        return [
            {
                "kind": item.kind,
                "name": item.name,
                "citation": item.in_words,
                "keys": [reference.key for reference in item.references],
                "bibtex": [reference.bibtex for reference in item.references],
            }
            for item in self.items
        ]

    def to_frame(self) -> pd.DataFrame:
        """A row per item: `kind`, `name`, `citation`, `keys`, `bibtex`."""
        return table_of(self.to_list(), ("kind", "name", "citation", "keys", "bibtex"))

    def __iter__(self) -> Iterator[Citation]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __str__(self) -> str:
        return self.bibtex

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.bibtex)}</pre>"


def _comment(text: str) -> str:
    """Text on one line without `@`, which begins an entry of a `.bib` file wherever it stands."""
    return one_line(text).replace("@", ":")


def _in_words(bibtex: str) -> str:
    """`Devlin et al. 2019: BERT: ...`, from an entry whose fields are in braces."""
    fields = dict(re.findall(r"^ *(\w+) *= *\{(.*?)\},?$", bibtex, re.MULTILINE | re.DOTALL))
    authors = [name.partition(",")[0].strip("{} ") for name in re.split(r"\s+and\s+", fields.get("author", ""))]
    names = " and ".join(authors) if len(authors) < 3 else f"{authors[0]} et al."
    title = re.sub(r"\s+", " ", re.sub(r"[{}]", "", fields.get("title", "")))
    return f"{names} {fields.get('year', '')}: {title}"
