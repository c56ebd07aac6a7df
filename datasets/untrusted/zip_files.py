"""Checks of foreign zip archives: their directory has to agree with the header of each member.

zipfile verifies the CRC-32 of every member that is read to its end, but nothing protects the directory: one changed
byte can rename a picture, which would then be missing silently.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path
from typing import IO

# Errors of zipfile and its decompressors for damaged archives. RuntimeError: an encrypted member; NotImplementedError:
# a compression that Python lacks; ValueError, IndexError and the rest: damaged numbers.
ZIP_FAULTS = (
    zipfile.BadZipFile,
    struct.error,
    zlib.error,
    LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    IndexError,
    OverflowError,
)
_LOCAL = struct.Struct("<4s22x2H")  # signature, and the lengths of the name and the extra field
_SIGNATURE = b"PK\x03\x04"
_END = b"PK\x05\x06"
_MOST_TAIL = 22 + 0xFFFF  # the record at the end with the longest comment
_UTF8 = 0x800


@contextmanager
def open_zip(source: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Open an archive after checking that its members agree with its directory.

    Raises:
        zipfile.BadZipFile: they do not agree (all of `ZIP_FAULTS` may be raised, also when a member is read).
    """
    with zipfile.ZipFile(source) as archive:
        stream = archive.fp
        if stream is not None:  # None only after the archive is closed
            _require_count(stream, len(archive.infolist()))
            for info in archive.infolist():
                _require_local(stream, info)
        yield archive


def _require_count(stream: IO[bytes], count: int) -> None:
    """Check that the directory is complete: zipfile reads it by its stated size, and ignores its stated count."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _MOST_TAIL))
    tail = stream.read()
    end = tail[tail.rfind(_END) :]
    stated = int.from_bytes(end[10:12], "little")
    if not end.startswith(_END) or stated not in {count & 0xFFFF, 0xFFFF}:
        raise zipfile.BadZipFile(f"its directory has {count:,} members, but states {stated:,}")


def _require_local(stream: IO[bytes], info: zipfile.ZipInfo) -> None:
    stream.seek(info.header_offset)
    head = stream.read(_LOCAL.size)
    signature, name_length, _ = _LOCAL.unpack(head) if len(head) == _LOCAL.size else (b"", 0, 0)
    if signature != _SIGNATURE:
        raise zipfile.BadZipFile(f"no member where the directory has {info.filename!r}")
    encoding = "utf-8" if info.flag_bits & _UTF8 else "cp437"
    # Some writers use another encoding in the header; ASCII names are the same in all encodings.
    name = stream.read(name_length).decode(encoding, "replace")
    if name != info.orig_filename and name.isascii() and info.orig_filename.isascii():
        raise zipfile.BadZipFile(f"the directory has {info.orig_filename!r}, the member's header {name!r}")
