"""Papers named by the citations of method cards: `Yu et al. 2020, ACL (UMT): title; further papers`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Authors, year, venue and name of the system; what precedes a colon, such as `over BERT:`, is no author.
_PAPER = re.compile(
    r"(?P<authors>[A-Z][^;:,(]*?) (?P<year>(?:19|20)\d\d)\b(?:, (?P<venue>[^;:,(]*[^;:,( ]))?(?: \((?P<name>[^)]*)\))?"
)


@dataclass(frozen=True)
class Paper:
    """A paper that a card cites.

    Attributes:
        authors: `Yu et al.`; of a citation without a year, its text up to the first colon, such as `ours`.
        year: None without one.
        venue: `ACL`; empty if the citation has none.
        name: of the system, as the paper writes it; empty if the citation has none.
    """

    authors: str
    year: int | None = None
    venue: str = ""
    name: str = ""

    @property
    def source(self) -> str:
        """`Yu et al. 2020`."""
        return self.authors if self.year is None else f"{self.authors} {self.year}"

    @property
    def heading(self) -> str:
        """`Yu et al. 2020, ACL (UMT)`."""
        venue, name = f", {self.venue}" if self.venue else "", f" ({self.name})" if self.name else ""
        return f"{self.source[:1].upper()}{self.source[1:]}{venue}{name}"


def cited_papers(citation: str) -> list[Paper]:
    """The papers of a citation, at least one; after the first, only those that name their system."""
    papers = list(_matches(citation))
    first = _PAPER.match(citation)
    return papers if first is not None else [Paper(re.split("[;:]", citation, maxsplit=1)[0].strip())]


def _matches(citation: str) -> Iterator[Paper]:
    for index, part in enumerate(citation.split("; ")):
        match = _PAPER.match(part)
        if match is not None and (index == 0 or match["name"]):
            yield Paper(match["authors"], int(match["year"]), match["venue"] or "", match["name"] or "")


def paper_of(citation: str, variant: str) -> Paper:
    """The paper of a variant: the cited one whose system has the variant's name, else the first."""
    papers = cited_papers(citation)
    return next((paper for paper in papers if paper.name.lower() == variant), papers[0])


def mentioned_papers(citation: str) -> list[Paper]:
    """All papers of a citation in its order, also those that it only refers to: `over BERT: Yu et al. 2020, ACL`."""
    matches = _PAPER.finditer(citation)
    return [Paper(match["authors"], int(match["year"]), match["venue"] or "", match["name"] or "") for match in matches]
