"""Files of tweets with labels: read as a corpus' split, and imported from any usual form."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fuzzer.special import put
from fuzzer.targets.target import FIXTURES, SEEDS, Target, require_storable
from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.catalog import load_card, load_corpus, missing_images
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.health import health_report
from mnerbench.datasets.importing.conversion import ImportOptions, convert
from mnerbench.datasets.importing.writing import write_corpus
from mnerbench.datasets.readers import Format, Reading, open_split

_NAMES = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG")  # of labels that are numbers
_TYPES = ("PER", "LOC", "ORG", "MISC")
_CORPUS = tuple(sorted((SEEDS / "corpus").iterdir()))


def _only(*names: str) -> tuple[Path, ...]:
    return tuple(path for path in _CORPUS if path.name in names)


def _checked(corpus: Corpus) -> None:
    """What every command does with a corpus first."""
    for examples in corpus.splits.values():
        for example in examples:
            require_storable(example.id, *example.image_ids, *example.words, *example.labels)
    assert corpus.fingerprints
    health_report(corpus)


def _read_as(file_format: Format | None, path: Path) -> None:
    read = open_split(path, Reading(file_format, tag_names=_NAMES), types=_TYPES, label_map={"OTHER": "MISC"})
    _checked(Corpus("mine", {"train": read.examples}, _TYPES))


def _umt(data: bytes, work: Path) -> None:
    _read_as(Format.UMT, put(work / "train.txt", data))


def _conll(data: bytes, work: Path) -> None:
    _read_as(Format.CONLL, put(work / "train.txt", data))


def _json_lines(data: bytes, work: Path) -> None:
    _read_as(Format.JSONL, put(work / "train.jsonl", data))


def _json_array(data: bytes, work: Path) -> None:
    _read_as(Format.JSON, put(work / "train.json", data))


def _relations(data: bytes, work: Path) -> None:
    _read_as(Format.RELATIONS, put(work / "pairs.csv", data))


def _any(data: bytes, work: Path) -> None:
    _read_as(None, put(work / "train.txt", data))


def _imported(path: Path, work: Path, options: ImportOptions = ImportOptions()) -> None:  # noqa: B008 - frozen
    """Imported, written as a dataset of ours, and read back as the same."""
    imported = convert("mine", {"train": [path]}, options)
    _checked(imported.corpus)
    write_corpus(imported, health_report(imported.corpus), work / "data" / "mine")
    assert load_corpus("mine", work / "data").fingerprints == imported.corpus.fingerprints


def _import(data: bytes, work: Path) -> None:
    _imported(put(work / "train.txt", data), work, ImportOptions(tag_names=_NAMES))


def _parquet(data: bytes, work: Path) -> None:
    _imported(put(work / "train.parquet", data), work)


def _tag_names(data: bytes, work: Path) -> None:
    """Names of integer labels, in a file that tools write beside a data set."""
    put(work / ("dataset_info.json" if data[:1] in (b"[", b"{") else "labels.txt"), data)
    _imported(put(work / "train.jsonl", (SEEDS / "corpus" / "numbers.jsonl").read_bytes()), work)


@cache
def _tiny_card() -> DatasetCard:
    return load_card("tiny", FIXTURES)


_tiny_card()  # read before anything is watched


def _image_list(data: bytes, work: Path) -> None:
    put(work / "tiny" / "missing_images.txt", data)
    require_storable(*missing_images(_tiny_card(), work))


TARGETS = [
    Target("corpus-umt", _umt, _only("umt.txt")),
    Target("corpus-conll", _conll, _only("conll.txt", "bioes.txt")),
    Target("corpus-jsonl", _json_lines, tuple(path for path in _CORPUS if path.suffix == ".jsonl")),
    Target("corpus-json", _json_array, tuple(path for path in _CORPUS if path.suffix == ".json")),
    Target("corpus-relations", _relations, tuple(sorted((SEEDS / "relations").iterdir())), weight=5),
    Target("corpus-any", _any, tuple(path for path in _CORPUS if path.suffix != ".json")),
    Target("corpus-import", _import, _CORPUS, weight=20),
    Target("parquet", _parquet, weight=5),
    Target("tag-names", _tag_names, weight=5),
    Target("image-list", _image_list, weight=5),
]
