"""Captions of pictures that were made elsewhere: one or several sentences per picture."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.visual.importers.matching import absent, checked_source, match_file
from mnerbench.datasets.visual.importers.sentences import SentenceForm, read_sentences
from mnerbench.datasets.visual.texts import Texts

_FORM = SentenceForm(("caption",))


def read_captions(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a caption file.

    Two forms, told apart by the first line: `ID.jpg :caption` (the extension may be absent; several lines for one image
    are several captions), and JSON lines with `image_id` and `caption` (a string) or `captions` (a list of strings).

    Returns:
        Image id to captions in file order. An empty caption is kept as the fact that the file names the image: `()`.

    Raises:
        DataError: a line is in neither form (names the line).
        MissingInputError: there is no such file.
    """
    return read_sentences(path, _FORM)


def load_captions(corpus: Corpus, card: DatasetCard, folder: Path, source: str) -> Texts[str]:
    """Captions for a corpus from `<folder>/captions.<source>.txt` (or the path its card names).

    Raises:
        ConfigError: the source's name cannot be part of a path.
        MissingInputError: there is no such file; says every way to get it.
        DataError: a line cannot be read, or no caption is of an image of this corpus.
    """
    known = card.captions.get(checked_source(source))
    path = folder / (known.path if known is not None else f"captions.{source}.txt")
    if not path.is_file():
        commands = [f"benchmark data get {card.name}"] if known is not None and known.url is not None else []
        names = ", ".join(sorted(card.captions)) or "none"
        more = [] if known is not None else [f"or use captions the card of {card.name} knows: {names}"]
        raise absent(f"captions {source!r}", card.name, path, _FORM.remedy, commands=commands, more=more)
    return match_file(read_captions(path), corpus, source, path, "captions")
