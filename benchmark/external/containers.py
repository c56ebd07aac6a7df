"""Reads the text of a prediction file: plain, gzip, or a zip archive with a single member."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from mnerbench.benchmark.external.text_lines import TextLines
from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import open_regular
from mnerbench.datasets.untrusted.zip_files import ZIP_FAULTS, open_zip

# Predictions for a million tweets take half of it; larger text is something else.
SIZE_LIMIT = 1 << 30
_IN_MEMORY = 64 << 20  # decompressed bytes; more goes to a temporary file
_CHUNK = 1 << 20  # bytes
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_OTHERS = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
    b"(\xb5/\xfd": "Zstandard",
}
_UNPACK = "unpack it and pass the file with the predictions"


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def prediction_lines(path: Path, limit: int = SIZE_LIMIT) -> tuple[str, TextLines]:
    """Return the display name (`file.zip: predictions.txt` for an archive member) and the numbered lines of a file.

    Args:
        path: plain text, gzip, or a zip archive of one file.
        limit: maximal size of the text in bytes.

    Raises:
        DataError: the text is larger than `limit`, in another archive or compression format, damaged, encrypted, or not
            text.
        MissingInputError: the file does not exist or is a folder.
    """
    name = str(path)
    stream: BinaryIO = open_regular(path, error=MissingInputError)
    _check_size(path, stream, limit)
    head = stream.read(4)
    if head == _ZIP:
        member, stream = _only_member(path, stream, limit)
        name = f"{path}: {member}"
    elif head.startswith(_GZIP):
        stream.seek(0)
        with gzip.GzipFile(fileobj=stream) as unpacked:
            stream = _decompress(path, unpacked, limit)
    stream.seek(0)
    head = stream.read(262)
    for magic, program in _OTHERS.items():
        if head.startswith(magic):
            raise DataError.at(name, None, f"compressed by {program}", _UNPACK)
    if head[257:262] == b"ustar":
        raise DataError.at(name, None, "a tar archive", _UNPACK)
    return name, TextLines(name, stream)


def _check_size(name: Path | str, stream: BinaryIO, limit: int) -> None:
    if stream.seek(0, 2) > limit:
        raise _too_large(name, limit)
    stream.seek(0)


def _too_large(name: Path | str, limit: int) -> DataError:
    reason = f"more than {limit >> 20} MiB of text, too large for predictions on a test split"
    return DataError.at(name, None, reason, "check that this is the right file")


def _decompress(name: Path | str, stream: _Readable, limit: int) -> BinaryIO:
    """Read a decompressor up to a limit; the size that an archive states is not trusted."""
    unpacked = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed with the lines that read it
    size = 0
    try:
        while data := stream.read(_CHUNK):
            size += len(data)
            if size > limit:
                raise _too_large(name, limit)
            unpacked.write(data)
    except ZIP_FAULTS as error:
        raise _damaged(name, error) from error
    return cast("BinaryIO", unpacked)


def _only_member(path: Path, packed: BinaryIO, limit: int) -> tuple[str, BinaryIO]:
    try:
        with open_zip(packed) as archive:
            members = [info for info in archive.infolist() if not info.is_dir() and not _is_clutter(info.filename)]
            if len(members) != 1:
                raise DataError.at(path, None, *_reason_and_remedy([info.filename for info in members]))
            with archive.open(members[0]) as stream:
                return members[0].filename, _decompress(path, stream, limit)
    except ZIP_FAULTS as error:
        raise _damaged(path, error) from error


def _damaged(name: Path | str, error: Exception) -> DataError:
    """The error for a gzip file or zip archive that is truncated, damaged or encrypted."""
    remedy = "download it again if it was cut off, else unpack it by hand"
    return DataError.at(name, None, f"cannot be unpacked: {one_line(error) or type(error).__name__}", remedy)


def _is_clutter(name: str) -> bool:
    """Whether a member is metadata that macOS or Windows added."""
    basename = name.rpartition("/")[2]
    return name.startswith("__MACOSX/") or basename.startswith(".") or basename in {"Thumbs.db", "desktop.ini"}


def _reason_and_remedy(names: list[str]) -> tuple[str, str]:
    if "[Content_Types].xml" in names:
        return "an office document", "save it as text: tab-separated columns or CSV"
    listed = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "") if names else "none"
    return f"a zip archive of {len(names)} files: {listed}", _UNPACK + (
        "; pass several runs as several files" if names else ""
    )
