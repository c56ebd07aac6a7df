"""A common interface to the files in a zip archive, a tar archive or a folder; links and devices are left out.

A damaged or truncated archive is never taken for a shorter one. The compression's checksum protects a compressed tar;
in an uncompressed one only the headers have checksums, so that a changed byte of a file's content cannot be detected.
"""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Self

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.fetching.file_kinds import kind_of
from mnerbench.datasets.folders import files_below
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import require_regular
from mnerbench.datasets.untrusted.zip_files import ZIP_FAULTS, open_zip

_CHUNK_BYTES = 1 << 20
_MAX_MEMBERS = 500_000
_MAX_STATED_BYTES = 64 << 30


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


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        path: its path in the archive, with `/` between folders; untrusted, never a path on this machine.
        size: bytes according to the archive.
        checksum: CRC-32 of its content according to a zip archive; otherwise None.
        open: opens it for reading; its errors are those that `damaged` converts.
    """

    path: str
    size: int
    checksum: int | None
    open: Callable[[], IO[bytes] | None]

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """Its path without the last part."""
        return self.path.rpartition("/")[0]


@contextmanager
def open_members(source: Path) -> Iterator[list[Member]]:
    """List the regular files of an archive or folder, in its order.

    Args:
        source: a zip, a tar with any compression that Python reads, or a folder.

    Raises:
        DataError: the file is not such an archive, is damaged, or states more files or bytes than a collection of
            pictures can have.
        MissingInputError: there is no such file.
    """
    if source.is_dir():
        yield _checked(source, (_in_folder(source, path) for path in files_below(source)))
        return
    require_regular(source)
    with ExitStack() as opened:
        try:
            members = _listed(source, opened)
        except (tarfile.TarError, *ZIP_FAULTS) as error:
            raise damaged(source, error) from error
        yield members


def _listed(source: Path, opened: ExitStack) -> list[Member]:
    """List the members of an archive, which stays open as long as `opened`; checks every byte of a compressed tar."""
    if zipfile.is_zipfile(source):
        packed = opened.enter_context(open_zip(source))
        return _checked(source, (_in_zip(packed, info) for info in packed.infolist() if not info.is_dir()))
    if tarfile.is_tarfile(source):
        packed_tar = opened.enter_context(tarfile.open(source, tarinfo=WholeHeader))  # noqa: SIM115 - by the stack
        members = _checked(source, (_in_tar(packed_tar, info) for info in packed_tar if info.isfile()))
        read_to_the_end(packed_tar, _MAX_STATED_BYTES)
        return members
    remedy = "fetch it again, or unpack it with the program that created it and pass the folder: --from FOLDER"
    raise DataError.at(source, None, f"neither a zip nor a tar archive: {kind_of(source)}", remedy)


def damaged(source: Path, error: Exception, member: str = "") -> DataError:
    """The error for an archive, or a member of one, that a library cannot read."""
    remedy = "fetch it again if the download was cut off, else unpack it by hand and pass the folder: --from FOLDER"
    which = one_line(member, 200) if member else "the archive"
    return DataError.at(source, None, f"{which} cannot be read: {one_line(error) or type(error).__name__}", remedy)


def _in_folder(folder: Path, path: Path) -> Member:
    return Member(path.relative_to(folder).as_posix(), path.stat().st_size, None, lambda: path.open("rb"))


def _in_zip(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    return Member(_slashes(info.filename), info.file_size, info.CRC, partial(packed.open, info))


def _in_tar(packed: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    return Member(_slashes(info.name), info.size, None, partial(packed.extractfile, info))


def _slashes(path: str) -> str:
    """Normalise the separators of archives made on Windows."""
    return path.replace("\\", "/")


def _checked(source: Path, members: Iterable[Member]) -> list[Member]:
    """The members as a list; limits are checked for each, because listing a compressed tar decompresses it."""
    listed: list[Member] = []
    stated = 0
    for member in members:
        listed.append(member)
        stated += member.size
        if len(listed) > _MAX_MEMBERS or stated > _MAX_STATED_BYTES:
            reason = f"over {_MAX_MEMBERS:,} files or {_MAX_STATED_BYTES >> 30} GiB in it"
            raise DataError.at(source, None, reason, "not an archive of pictures; look at it before you unpack it")
    return listed
