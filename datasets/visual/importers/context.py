"""Other texts about pictures from files, for example written by a language model; same formats as captions."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.picture_texts import Texts
from mnerbench.datasets.visual.importers.matching import checked_source, match_file, missing_file
from mnerbench.datasets.visual.importers.sentences import SentenceForm, read_sentences, sentence_file

_FORM = SentenceForm(("text", "caption"))


def read_context(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a file of texts in the formats of caption files; in JSON the keys are `text` or `texts`.

    Returns:
        Texts by image id, in file order; `()` for an image with an empty text only.

    Raises:
        DataError: a line is in none of these formats (names the line).
        MissingInputError: there is no such file.
    """
    return read_sentences(path, _FORM)


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
        raise missing_file(f"texts {source!r}", card.name, path, _FORM.remedy)
    return match_file(read_context(path), corpus, source, path, "texts")
