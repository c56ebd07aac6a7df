"""Tar archives that somebody else made: none that is damaged or cut off is taken for a shorter one.

A compressed tar is guarded by its compression's checksum. In one without compression the headers have checksums, and
what they are of has none: nobody can tell a changed byte there.
"""

from __future__ import annotations

import tarfile
from typing import Self

_CHUNK_BYTES = 1 << 20


class WholeHeader(tarfile.TarInfo):
    """A member of an archive. Python's own class ends the list of members silently at a header that is damaged."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Read a header.

        Raises:
            tarfile.HeaderError: it is a block of zeros, which ends an archive.
            tarfile.ReadError: it is damaged, or the archive is cut off before such a block.
        """
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise
            raise tarfile.ReadError(f"{error}: damaged, or cut off") from error


def read_to_the_end(packed: tarfile.TarFile, most: int) -> None:
    """Read what is left of an archive after its list: a compressed stream checks its bytes only at its end.

    Args:
        packed: whose members were listed.
        most: bytes that there may be.

    Raises:
        OSError: the checksum is not that of what was read (and whatever else decompressors raise).
    """
    left = most
    while packed.fileobj is not None and left > 0 and (chunk := packed.fileobj.read(_CHUNK_BYTES)):
        left -= len(chunk)
