"""Files that say something of pictures in words: captions, tags, text in pictures, boxes; and vectors of words."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fuzzer.special import put
from fuzzer.targets.target import FIXTURES, SEEDS, Target, require_storable
from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.visual.importers.boxes import read_boxes
from mnerbench.datasets.visual.importers.captions import load_captions
from mnerbench.datasets.visual.importers.ocr import load_ocr
from mnerbench.datasets.visual.importers.tags import load_tags
from mnerbench.datasets.word_neighbours import read_neighbour_means
from mnerbench.datasets.word_vectors import read_word_vectors

_CAPTIONS = tuple(sorted((SEEDS / "captions").iterdir()))


@cache
def tiny() -> tuple:
    """The corpus `tiny` and its card, read once."""
    return load_corpus("tiny", FIXTURES), load_card("tiny", FIXTURES)


def _captions(data: bytes, work: Path) -> None:
    put(work / "captions.theirs.txt", data)
    texts = load_captions(*tiny(), work, "theirs")
    require_storable(*(text for entries in texts.items.values() for text in entries))


def _tags(data: bytes, work: Path) -> None:
    put(work / "tags.jsonl", data)
    texts = load_tags(*tiny(), work)
    require_storable(*(tag.name for tags in texts.items.values() for tag in tags))


def _ocr(data: bytes, work: Path) -> None:
    put(work / "ocr.jsonl", data)
    texts = load_ocr(*tiny(), work)
    require_storable(*(text for entries in texts.items.values() for text in entries))


def _boxes(data: bytes, work: Path) -> None:
    for image, picture in read_boxes(put(work / "boxes.jsonl", data)).items():
        require_storable(image, *(box.name for box in picture.boxes))


def _word_vectors(data: bytes, work: Path) -> None:
    path, words = put(work / "vectors.txt", data), frozenset({"the", "cat", "port", "1", "é"})
    read_word_vectors(path, words)
    read_neighbour_means(path, words, 2)


TARGETS = [
    Target("captions", _captions, _CAPTIONS),
    Target("tags", _tags),
    Target("ocr", _ocr),
    Target("boxes", _boxes),
    Target("word-vectors", _word_vectors),
]
