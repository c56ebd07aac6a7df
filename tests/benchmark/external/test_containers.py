"""Prediction files in gzip and zip: intact, damaged, and too large."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest
from prediction_files import zipped

from mnerbench.benchmark.external.containers import prediction_lines
from mnerbench.datasets.errors import DataError, MissingInputError

TEXT = "Rob\tB-PER\nsings\tO\n"


def read(tmp_path, content, **options):
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    name, lines = prediction_lines(path, **options)
    return name.replace(str(tmp_path), ""), [line for _, line in lines]


def tarred(text):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
    return stream.getvalue()


def archive_of(names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, TEXT)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (TEXT.encode(), "/file.bin"),
        (b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode(), "/file.bin"),
        (gzip.compress(TEXT.encode()), "/file.bin"),
        (zipped(TEXT), "/file.bin: predictions.txt"),
        (archive_of(["out/", "out/.DS_Store", "out/run.txt"]), "/file.bin: out/run.txt"),
    ],
)
def test_text_is_read_from_every_container(tmp_path, content, name):
    display_name, lines = read(tmp_path, content)
    assert display_name == name
    assert lines[:2] == ["Rob\tB-PER", "sings\tO"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (archive_of(["a.txt", "b.txt"]), "a zip archive of 2 files: a.txt, b.txt"),
        (archive_of([".hidden"]), "a zip archive of 0 files: none"),
        (archive_of(["[Content_Types].xml", "xl/workbook.xml"]), "an office document"),
        (archive_of([f"{n}.txt" for n in range(30)]), r"of 30 files: 0.txt, .*7.txt, \.\.\."),
        (zipped(TEXT)[:-30], "cannot be unpacked"),
        (gzip.compress(TEXT.encode() * 100)[:-20], "cannot be unpacked"),
        (b"\x1f\x8bnothing of the kind", "cannot be unpacked"),
        (bz2.compress(TEXT.encode()), "compressed by bzip2"),
        (lzma.compress(TEXT.encode()), "compressed by xz"),
        (tarred(TEXT.encode()), "a tar archive"),
        (gzip.compress(tarred(TEXT.encode())), "a tar archive"),
        (b"", "empty"),
        (b"\x80\x04\x95", "not UTF-8"),
        (gzip.compress(b"Rob\nB-\xff"), "file.bin:2: byte 3 of the line"),
    ],
)
def test_other_content_is_refused_by_name(tmp_path, content, reason):
    with pytest.raises(DataError, match=reason) as error:
        read(tmp_path, content)
    assert "\n  -> " in str(error.value)


@pytest.mark.parametrize("pack", [lambda text: text.encode(), lambda text: gzip.compress(text.encode()), zipped])
def test_decompressed_size_is_bounded(tmp_path, pack):
    bomb = pack("O\n" * (1 << 20))
    with pytest.raises(DataError, match="more than 1 MiB of text"):
        read(tmp_path, bomb, limit=1 << 20)
    assert len(read(tmp_path, bomb, limit=1 << 22)[1]) > 1 << 20


def test_an_encrypted_archive_is_refused(tmp_path):
    content = bytearray(zipped(TEXT))
    # The flag "encrypted" in both headers of the first member, which is not encrypted.
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    with pytest.raises(DataError, match="encrypted"):
        read(tmp_path, bytes(content))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(MissingInputError, match="no such file"):
        prediction_lines(tmp_path / "none.txt")
    with pytest.raises(MissingInputError, match="a folder"):
        prediction_lines(tmp_path)
