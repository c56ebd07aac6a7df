"""BibTeX entries of the papers of methods and text encoders.

A method card cites papers in words, as `Yu et al. 2020, ACL (UMT): title`. The entry of this paper has the key
`yu-2020-umt`: the file `references.bib` in the method's folder may have it, or the shipped bibliography.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from mnerbench.datasets.bibliography import Reference, read_bibtex, shipped_references
from mnerbench.methods.base.citation import Paper, mentioned_papers
from mnerbench.methods.base.family import MethodFamily
from mnerbench.methods.source_files import locate

FILE = "references.bib"
# Words in the names of encoders, the more specific ones first, and the key of their paper.
_ENCODERS = {
    "bertweet": "nguyen-2020-bertweet",
    "minilm": "wang-2020-minilm",
    "xlm": "conneau-2020-xlm-r",
    "distilbert": "sanh-2019-distilbert",
    "visualbert": "li-2019-visualbert",
    "roberta": "liu-2019-roberta",
    "bert": "devlin-2019-bert",
}


def family_references(family: MethodFamily) -> tuple[Reference, ...]:
    """The BibTeX entries of the papers that a method's card cites, in its order.

    Papers without an entry are absent: neither the method's folder nor the shipped bibliography has one.

    Raises:
        ConfigError: the method's `references.bib` is invalid.
    """
    entries = {**shipped_references(), **_in_folder(family)}
    matches = (_entry_of(paper, entries) for paper in mentioned_papers(family.citation))
    return tuple(dict.fromkeys(entry for entry in matches if entry is not None))


def encoder_references(name: str) -> tuple[Reference, ...]:
    """The BibTeX entry of a text encoder's paper, by the encoder's name; empty if the name tells no known one.

    Args:
        name: as in tables, such as `bert-base-uncased`. A folder that was given another name is not recognised.
    """
    words = _slug(name).split("-")
    return next(((shipped_references()[key],) for word, key in _ENCODERS.items() if word in words), ())


def _in_folder(family: MethodFamily) -> Mapping[str, Reference]:
    location = locate(family.target.partition(":")[0])
    if location is None or location.file is None:
        return {}
    path = location.file.with_name(FILE)
    return read_bibtex(path) if path.is_file() else {}


def _entry_of(paper: Paper, entries: Mapping[str, Reference]) -> Reference | None:
    """The entry of a paper: that of its system; if the citation names no system, the only one of author and year."""
    prefix = f"{_slug(re.split(' et al| and ', paper.authors)[0])}-{paper.year}-"
    if paper.name:
        return entries.get(f"{prefix}{_slug(paper.name)}")
    matches = [entry for key, entry in entries.items() if key.startswith(prefix)]
    return matches[0] if len(matches) == 1 else None


def _slug(text: str) -> str:
    """Lower-case ASCII letters and digits, with hyphens between words."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")
