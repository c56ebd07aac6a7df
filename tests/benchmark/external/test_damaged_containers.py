"""Compressed prediction files with a changed byte are refused or read exactly as before."""

import gzip
import io
import zipfile

import pytest

from mnerbench.benchmark.external.containers import prediction_lines
from mnerbench.datasets.errors import DataError

TEXT = "".join(f"word{number}\tO\n" for number in range(60)).encode()


def packed(kind):
    if kind == "gzip":
        return gzip.compress(TEXT, mtime=0)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", kind) as archive:
        archive.writestr(zipfile.ZipInfo("predictions.txt"), TEXT, kind)
    return stream.getvalue()


@pytest.mark.parametrize(
    "kind",
    ["gzip", zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
    ids=["gzip", "stored", "deflated", "bzip2", "lzma"],
)
def test_a_changed_byte_is_refused_or_changes_nothing(tmp_path, kind):
    whole, path = packed(kind), tmp_path / "predictions"
    path.write_bytes(whole)
    lines = list(prediction_lines(path)[1])
    refused = 0
    for offset in range(len(whole)):
        path.write_bytes(whole[:offset] + bytes([whole[offset] ^ (0x5A if offset % 2 else 1)]) + whole[offset + 1 :])
        try:
            read = list(prediction_lines(path)[1])
        except DataError:
            refused += 1
            continue
        # With a damaged magic number, the file is read as plain text.
        assert read == lines or offset < 4, offset
    assert refused > len(whole) // 2


@pytest.mark.parametrize("kind", ["gzip", zipfile.ZIP_DEFLATED], ids=["gzip", "zip"])
def test_containers_that_are_cut_off_are_refused(tmp_path, kind):
    whole, path = packed(kind), tmp_path / "predictions"
    for size in range(4, len(whole), 3):
        path.write_bytes(whole[:size])
        with pytest.raises(DataError, match=r"\n  -> "):
            prediction_lines(path)
