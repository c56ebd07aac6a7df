"""Checks of foreign tar archives: a damaged or truncated archive is never taken for a shorter one.

The compression's checksum protects a compressed tar. In an uncompressed one only the headers have checksums; a changed
byte of a file's content cannot be detected.
"""

from __future__ import annotations

import tarfile
from typing import Self

_CHUNK_BYTES = 1 << 20


class WholeHeader(tarfile.TarInfo):
    """A member header. Python's own class silently ends the list of members at a damaged header."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Read a header.

        Raises:
            tarfile.HeaderError: the header is a block of zeros, which ends an archive.
            tarfile.ReadError: the header is damaged, or the archive is truncated before such a block.
        """
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise
            raise tarfile.ReadError(f"{error}: damaged, or cut off") from error


def read_to_the_end(packed: tarfile.TarFile, limit: int) -> None:
    """Read the rest of an archive after listing its members: a compressed stream verifies its checksum only at its end.

    Args:
        packed: an archive whose members were listed.
        limit: maximal number of bytes to read.

    Raises:
        OSError: the checksum is wrong (and whatever else decompressors raise).
    """
    remaining = limit
    while packed.fileobj is not None and remaining > 0 and (chunk := packed.fileobj.read(_CHUNK_BYTES)):
        remaining -= len(chunk)
