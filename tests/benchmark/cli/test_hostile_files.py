"""Every reader against every hostile file: only named errors with a remedy, never a traceback and never a wait."""

import os
import random
import shutil
from pathlib import Path

import pytest

from mnerbench.benchmark.cli.score import _label_names
from mnerbench.benchmark.external.predicted import PredictionFormat, ReadingOptions, Reference
from mnerbench.benchmark.external.reading import read_predictions
from mnerbench.benchmark.planning.suite import load_suite
from mnerbench.datasets.card import read_card
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.fetching.archives import unpack_pictures
from mnerbench.datasets.importing.conversion import FileForm, ImportOptions, convert
from mnerbench.datasets.readers import Format, read_split
from mnerbench.datasets.tag_names import names_beside
from mnerbench.datasets.visual.importers.boxes import read_boxes
from mnerbench.datasets.visual.importers.captions import read_captions, read_context
from mnerbench.datasets.visual.importers.ocr import read_ocr
from mnerbench.datasets.visual.importers.region_source import class_names
from mnerbench.datasets.visual.importers.region_tsv import list_tsv
from mnerbench.datasets.visual.importers.regions import import_regions
from mnerbench.datasets.visual.importers.tags import read_tags
from mnerbench.datasets.visual.importers.vector_files import open_vectors
from mnerbench.datasets.word_vectors import read_word_vectors
from mnerbench.methods.encoders.encoder_digest import digest
from mnerbench.methods.encoders.source import EncoderSource

MEBIBYTES = 5 << 20
TYPES = ("PER", "LOC")
REFERENCE = Reference((Example("0", ("a", "b"), ("O", "B-PER")),), TYPES)

HOSTILE = {
    "empty": b"",
    "one control character": b"\x1c",
    "escape": b"\x1b]0;title\x07\x1b[2J",
    "byte order mark": b"\xef\xbb\xbf",
    "NUL": b"\x00",
    "NULs": b"\x00" * 5000,
    "line ends": b"\n" * 5000,
    "carriage returns": b"\r\n\r\r\n\r",
    "next line": "\u0085".encode(),
    "no-break space": "\u00a0\n\u2028".encode(),
    "not UTF-8": b"a\tO\nb\xff\tO\n",
    "UTF-16": "a\tO\n".encode("utf-16"),
    "surrogate in UTF-8": b"\xed\xa0\x80\tO\n",
    "surrogate escape": b'{"image_id": "\\ud800", "id": "\\ud800", "tokens": ["a"], "label": ["B-\\udfff"]}',
    "surrogate in an array": b'[{"image_id": "\\ud800", "caption": "a", "tokens": ["a"], "label": ["O"]}]',
    "surrogate in a label": b'{"tokens": ["a"], "label": ["B-\\ud83d"], "pred": ["B-\\ud83d"]}',
    "deep array": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "closed deep array": b'{"image_id": "a", "tags": ' + b"[" * 900 + b"]" * 900 + b"}",
    "deep TOML": b"a = " + b"[" * 100_000,
    "deep TOML keys": b".".join([b"a"] * 5000) + b" = 1",
    "digits": b'{"image_id": ' + b"9" * 5000 + b', "tokens": ["a"], "label": ["O"]}',
    "digits of TOML": b"seeds = " + b"9" * 5000,
    "digits of a header": b"9" * 5000 + b" " + b"9" * 5000 + b"\na 1 2\n",
    "large box": b'{"image_id": "a", "boxes": [{"name": "n", "box": [0, 0, 1' + b"0" * 400 + b", 1]}]}",
    "large number": b'{"image_id": "a", "tags": [["n", 1e999]], "size": [1e999, 1]}',
    "infinite TOML": b"hidden_pictures = inf\ntitle = 'a'\nmethods = ['majority']\ndatasets = ['a']",
    "not a number": b'{"image_id": "a", "tags": [["n", NaN]]}',
    "nothing": b"null",
    "empty array": b"[]",
    "array of nothing": b"[null, [], {}, 1]",
    "empty object": b"{}",
    "long line": b"a" * MEBIBYTES,
    "long line of columns": b"a\t" * 500_000,
    "long string": b'{"image_id": "' + b"a" * MEBIBYTES,
    "long value": b'{"image_id": "a", "caption": ["' + b"a" * MEBIBYTES + b'", 1], "tokens": "a", "tags": 1}',
    "zip without its end": b"PK\x03\x04" + bytes(40),
    "gzip without its end": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x04",
    "array without its end": b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,)}",
    "safetensors with a large header": b"\xff" * 7 + b"\x7f{}",
    "Parquet": b"PAR1" + bytes(30) + b"PAR1",
    "random": random.Random(0).randbytes(4096),
}


def converted(form):
    def read(path):
        convert("mine", {"train": [path]}, ImportOptions(form=form))

    return read


def predictions(file_format=None):
    return lambda path: read_predictions(path, REFERENCE, ReadingOptions(format=file_format))


def regions_of(path):
    import_regions(path, path.parent / "store", {"a"})


# A reader by name: what the file is called, and how it is read.
READERS = {
    "umt": ("a.txt", lambda path: read_split(path, Format.UMT, types=TYPES)),
    "conll": ("a.txt", lambda path: read_split(path, Format.CONLL, types=TYPES)),
    "jsonl": ("a.jsonl", lambda path: read_split(path, Format.JSONL, types=TYPES)),
    "json": ("a.json", lambda path: read_split(path, Format.JSON, types=TYPES)),
    "sniffed": ("a.txt", lambda path: read_split(path, types=TYPES)),
    **{f"import {form}": ("a.txt", converted(form)) for form in (*FileForm, None)},
    "captions": ("captions.a.txt", read_captions),
    "context": ("text.a.txt", read_context),
    "tags": ("tags.jsonl", read_tags),
    "ocr": ("ocr.jsonl", read_ocr),
    "boxes": ("boxes.jsonl", read_boxes),
    "region table": ("a.tsv", lambda path: list_tsv(path, "a", (0, 0))),
    "regions": ("a.tsv", regions_of),
    "region archive": ("a.npz", lambda path: regions_of(path.parent)),
    "classes": ("classes.txt", lambda path: class_names(path.parent, 3)),
    **{f"vectors {end}": (f"a.{end}", lambda path: open_vectors(path).names) for end in ("npz", "npy", "safetensors")},
    "folder of vectors": ("a.npy", lambda path: list(open_vectors(path.parent).read(["a"]))),
    "word vectors": ("a.txt", lambda path: read_word_vectors(path, frozenset({"a"}))),
    "card": ("card.toml", read_card),
    "suite": ("a.toml", lambda path: load_suite(str(path))),
    **{f"score {form}": ("a.txt", predictions(form)) for form in (*PredictionFormat, None)},
    "label names": ("a.txt", lambda path: _label_names(str(path))),
    "tag names": ("labels.json", lambda path: names_beside(path, "ner_tags")),
    "archive": ("a.zip", lambda path: unpack_pictures(path, path.parent / "images", {"a"})),
    "encoder": ("config.json", lambda path: EncoderSource("a", path.parent, "").settings()),
    "encoder's digest": ("config.json", lambda path: digest(path.parent)),
}
# Those that take a folder in the file's place, or for which a file that is not there is nothing.
TAKE_FOLDERS = {"archive", "region archive", "regions", "folder of vectors", "vectors npz", "vectors npy"}
TAKE_NOTHING = {"region archive", "folder of vectors", "classes", "tag names", "encoder", "encoder's digest"}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def check(read, path):
    """Whether a reader refuses a file; anything but a named error with a remedy fails."""
    try:
        read(path)
    except MnerbenchError as error:
        text = str(error)
        assert "\n  -> " in text
        assert len(text) < 10_000
        return True
    return False


@pytest.mark.parametrize("name", READERS)
def test_hostile_content_is_a_named_error(tmp_path, name):
    called, read = READERS[name]
    refused = 0
    for number, (what, content) in enumerate(HOSTILE.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / called).write_bytes(content)
        try:
            refused += check(read, folder / called)
        except BaseException as error:
            error.add_note(f"content: {what}")
            raise
        shutil.rmtree(folder)  # megabytes for each reader would stay
    assert refused > 10 or name in {"tag names", "encoder", "encoder's digest", "label names"}


@pytest.mark.parametrize("name", READERS)
def test_paths_that_are_not_files_are_named_errors_without_waiting(tmp_path, monkeypatch, name):
    called, read = READERS[name]
    paths = {kind: tmp_path / kind / called for kind in ("missing", "folder", "pipe", "denied")}
    for path in paths.values():
        path.parent.mkdir()
    paths["folder"].mkdir()
    os.mkfifo(paths["pipe"])
    paths["denied"].write_bytes(b"a\tO\n")
    opened = os.open

    def denied(path, *arguments, **named):
        if Path(os.fsdecode(path)).parent.name == "denied":
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **named)

    monkeypatch.setattr(os, "open", denied)
    outcomes = {kind: check(read, path) for kind, path in paths.items()}
    if name not in TAKE_NOTHING:
        assert outcomes["missing"]
        assert outcomes["folder"] or name in TAKE_FOLDERS
        assert outcomes["pipe"]
        assert outcomes["denied"]


@pytest.mark.parametrize("name", sorted(READERS.keys() - TAKE_NOTHING - {"archive", "regions"}))
@pytest.mark.parametrize("called", ["x" * 256, "a\x00b"], ids=["long", "NUL"])
def test_names_that_no_file_can_have_are_named_errors(tmp_path, name, called):
    usual, read = READERS[name]
    assert check(read, tmp_path / (called + Path(usual).suffix))
