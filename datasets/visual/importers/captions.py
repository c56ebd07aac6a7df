"""Captions of pictures that were made elsewhere: one or several sentences per picture."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.picture_texts import Texts
from mnerbench.datasets.visual.importers.matching import absent, checked_source, match_file
from mnerbench.datasets.visual.importers.sentences import SentenceForm, read_sentences, sentence_file, sources_in

_FORM = SentenceForm(("caption", "text"))
_PREFIX = "captions"


def read_captions(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a caption file.

    Its forms are told apart by the first line: `ID.jpg :caption` (the extension may be absent; several lines for one
    image are several captions), JSON lines, or a JSON array, with the keys that captioners write (see
    `read_sentences`): `image_id` and `caption`, `captions`, `text` or `generated_text`.

    Returns:
        Image id to captions in file order. An empty caption is kept as the fact that the file names the image: `()`.

    Raises:
        DataError: a line is in none of these forms (names the line).
        MissingInputError: there is no such file.
    """
    return read_sentences(path, _FORM)


def load_captions(corpus: Corpus, card: DatasetCard, folder: Path, source: str) -> Texts[str]:
    """Captions for a corpus from `<folder>/captions.<source>.txt`, `.jsonl` or `.json`, or the path its card names.

    Raises:
        ConfigError: the source's name cannot be part of a path, or several files are of this source.
        MissingInputError: there is no such file; says every way to get it.
        DataError: a line cannot be read, or no caption is of an image of this corpus.
    """
    known = card.captions.get(checked_source(source))
    usual = folder / f"{_PREFIX}.{source}.txt"
    path = folder / known.path if known is not None else sentence_file(folder, usual.stem) or usual
    if not path.is_file():
        raise _absent(card, folder, source, path)
    return match_file(read_captions(path), corpus, source, path, "captions")


def caption_sources(card: DatasetCard, folder: Path) -> list[str]:
    """Names of the sources of captions whose files are in a dataset's folder: those of its card first."""
    known = [source for source, file in card.captions.items() if (folder / file.path).is_file()]
    files = {file.path for file in card.captions.values()}
    others = [source for source in sources_in(folder, _PREFIX) if _is_new(folder, source, files)]
    return [*known, *(source for source in others if source not in known)]


def _is_new(folder: Path, source: str, files: set[str]) -> bool:
    path = sentence_file(folder, f"{_PREFIX}.{source}")
    return path is not None and path.name not in files


def _absent(card: DatasetCard, folder: Path, source: str, path: Path) -> MissingInputError:
    known = card.captions.get(source)
    commands = [f"benchmark data get {card.name}"] if known is not None and known.url is not None else []
    more = []
    if present := [name for name in caption_sources(card, folder) if name != source]:
        more.append(f"or --input captions={present[0]}; here are captions from: {', '.join(present)}")
    if known is None:
        names = ", ".join(sorted(card.captions)) or "none"
        more.append(f"or use captions the card of {card.name} knows: {names}")
    remedy = f"{_FORM.remedy} (or .jsonl)"
    return absent(f"captions {source!r}", card.name, path, remedy, commands=commands, more=more)
