"""Any other text that somebody wrote about pictures, for example a language model: sentences, like captions."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.picture_texts import Texts
from mnerbench.datasets.visual.importers.matching import absent, checked_source, match_file
from mnerbench.datasets.visual.importers.sentences import SentenceForm, read_sentences, sentence_file

_FORM = SentenceForm(("text", "caption"))


def read_context(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a file of texts in the forms of caption files; in JSON the keys are `text` or `texts`.

    Returns:
        Image id to texts in file order; `()` where the file names an image with an empty text.

    Raises:
        DataError: a line is in neither form (names the line).
        MissingInputError: there is no such file.
    """
    return read_sentences(path, _FORM)


def load_context(corpus: Corpus, card: DatasetCard, folder: Path, source: str) -> Texts[str]:
    """Texts for a corpus from `<folder>/text.<source>.txt`, `.jsonl` or `.json`.

    Raises:
        ConfigError: the source's name cannot be part of a path, or several files are of this source.
        MissingInputError: there is no such file; says every way to get it.
        DataError: a line cannot be read, or no text is of an image of this corpus.
    """
    usual = folder / f"text.{checked_source(source)}.txt"
    path = sentence_file(folder, usual.stem) or usual
    if not path.is_file():
        raise absent(f"texts {source!r}", card.name, path, _FORM.remedy)
    return match_file(read_context(path), corpus, source, path, "texts")
