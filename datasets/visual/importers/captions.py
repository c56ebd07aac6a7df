"""Captions and other texts about pictures from files, one or several sentences per picture."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.picture_texts import Texts
from mnerbench.datasets.visual.importers.matching import checked_source, match_file, missing_file
from mnerbench.datasets.visual.importers.sentences import SentenceForm, read_sentences, sentence_file, sources_in

_CAPTION_FORM = SentenceForm(("caption", "text"))
_TEXT_FORM = SentenceForm(("text", "caption"))
_PREFIX = "captions"


def read_captions(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a caption file.

    The format is detected from the first line: `ID.jpg :caption` (the extension is optional; several lines for one
    image are several captions), JSON lines, or a JSON array, with the keys that captioners write (see
    `read_sentences`): `image_id` and `caption`, `captions`, `text` or `generated_text`.

    Returns:
        Captions by image id, in file order; `()` for an image with an empty caption only.

    Raises:
        DataError: a line is in none of these formats (names the line).
        MissingInputError: there is no such file.
    """
    return read_sentences(path, _CAPTION_FORM)


def load_captions(corpus: Corpus, card: DatasetCard, folder: Path, source: str) -> Texts[str]:
    """Load captions for a corpus from `<folder>/captions.<source>.txt`, `.jsonl` or `.json`, or from the card's path.

    Raises:
        ConfigError: the source's name cannot be part of a path, or several files are of this source.
        MissingInputError: there is no such file; lists every way to get it.
        DataError: a line is invalid, or no caption is of an image of this corpus.
    """
    card_file = card.captions.get(checked_source(source))
    default = folder / f"{_PREFIX}.{source}.txt"
    path = folder / card_file.path if card_file is not None else sentence_file(folder, default.stem) or default
    if not path.is_file():
        raise _missing(card, folder, source, path)
    return match_file(read_captions(path), corpus, source, path, "captions")


def caption_sources(card: DatasetCard, folder: Path) -> list[str]:
    """Names of the caption sources with files in a dataset's folder, those of its card first."""
    card_sources = [source for source, file in card.captions.items() if (folder / file.path).is_file()]
    files = {file.path for file in card.captions.values()}
    others = [source for source in sources_in(folder, _PREFIX) if not _is_listed(folder, source, files)]
    return [*card_sources, *(source for source in others if source not in card_sources)]


def _is_listed(folder: Path, source: str, files: set[str]) -> bool:
    path = sentence_file(folder, f"{_PREFIX}.{source}")
    return path is None or path.name in files


def _missing(card: DatasetCard, folder: Path, source: str, path: Path) -> MissingInputError:
    card_file = card.captions.get(source)
    commands = [f"benchmark data get {card.name}"] if card_file is not None and card_file.url is not None else []
    more = []
    if present := [name for name in caption_sources(card, folder) if name != source]:
        more.append(f"or --input captions={present[0]}; available captions: {', '.join(present)}")
    if card_file is None:
        names = ", ".join(sorted(card.captions)) or "none"
        more.append(f"or use captions listed in the card of {card.name}: {names}")
    remedy = f"{_CAPTION_FORM.remedy} (or .jsonl)"
    return missing_file(f"captions {source!r}", card.name, path, remedy, commands=commands, more=more)


def read_context(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a file of texts in the formats of caption files; in JSON the keys are `text` or `texts`.

    Returns:
        Texts by image id, in file order; `()` for an image with an empty text only.

    Raises:
        DataError: a line is in none of these formats (names the line).
        MissingInputError: there is no such file.
    """
    return read_sentences(path, _TEXT_FORM)


def load_context(corpus: Corpus, card: DatasetCard, folder: Path, source: str) -> Texts[str]:
    """Load texts for a corpus from `<folder>/text.<source>.txt`, `.jsonl` or `.json`.

    Raises:
        ConfigError: the source's name cannot be part of a path, or several files are of this source.
        MissingInputError: there is no such file; lists every way to get it.
        DataError: a line is invalid, or no text is of an image of this corpus.
    """
    default = folder / f"text.{checked_source(source)}.txt"
    path = sentence_file(folder, default.stem) or default
    if not path.is_file():
        raise missing_file(f"texts {source!r}", card.name, path, _TEXT_FORM.remedy)
    return match_file(read_context(path), corpus, source, path, "texts")
