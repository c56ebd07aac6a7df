"""The files in a zip archive, a tar archive or a folder, listed and opened alike; links and devices are left out."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from lzma import LZMAError
from pathlib import Path
from typing import IO

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.file_kinds import kind_of
from mnerbench.datasets.visual.folders import files_below

_COUNT_LIMIT = 500_000
_STATED_LIMIT = 64 << 30
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        path: its path there, with `/` between folders; not to be trusted as a path anywhere else.
        size: bytes, as the archive states them.
        checksum: CRC-32 of its content as a zip states it; None elsewhere.
        open: how to read it.
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
    """The regular files of an archive or folder, in its order.

    Args:
        source: a zip, a tar with any compression that Python reads, or a folder.

    Raises:
        DataError: not such an archive, a damaged one (also when it is read inside the context), or one that
            states more files or bytes than any collection of pictures has.
    """
    if source.is_dir():
        yield _checked(source, (_in_folder(source, path) for path in files_below(source)))
        return
    try:
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as packed:
                yield _checked(source, (_in_zip(packed, info) for info in packed.infolist() if not info.is_dir()))
        elif tarfile.is_tarfile(source):
            with tarfile.open(source) as packed_tar:
                members = _checked(source, (_in_tar(packed_tar, info) for info in packed_tar if info.isfile()))
                _read_to_the_end(packed_tar)
                yield members
        else:
            remedy = "fetch it again, or unpack it with the program it was made with and pass the folder: --from FOLDER"
            raise DataError.at(source, None, f"neither a zip nor a tar archive: {kind_of(source)}", remedy)
    # RuntimeError is what zipfile raises for an encrypted member, NotImplementedError for a compression it lacks.
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, zlib.error, LZMAError, RuntimeError) as error:
        remedy = "fetch it again if the download was cut off, else unpack it by hand and pass the folder: --from FOLDER"
        raise DataError.at(source, None, f"the archive cannot be read: {error}", remedy) from error


def _read_to_the_end(packed: tarfile.TarFile) -> None:
    """A compressed stream checks its bytes only there, and the tar in it ends before. After listing little is left."""
    left = _STATED_LIMIT
    while packed.fileobj is not None and left > 0 and (chunk := packed.fileobj.read(_CHUNK_BYTES)):
        left -= len(chunk)


def _in_folder(folder: Path, path: Path) -> Member:
    return Member(path.relative_to(folder).as_posix(), path.stat().st_size, None, lambda: path.open("rb"))


def _in_zip(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    return Member(_slashes(info.filename), info.file_size, info.CRC, partial(packed.open, info))


def _in_tar(packed: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    return Member(_slashes(info.name), info.size, None, partial(packed.extractfile, info))


def _slashes(path: str) -> str:
    """Archives made on Windows separate folders otherwise."""
    return path.replace("\\", "/")


def _checked(source: Path, members: Iterable[Member]) -> list[Member]:
    """The members as a list; looked at one by one, because listing a compressed tar decompresses it."""
    listed: list[Member] = []
    stated = 0
    for member in members:
        listed.append(member)
        stated += member.size
        if len(listed) > _COUNT_LIMIT or stated > _STATED_LIMIT:
            reason = f"over {_COUNT_LIMIT:,} files or {_STATED_LIMIT >> 30} GiB in it"
            raise DataError.at(source, None, reason, "this is no archive of pictures; look at it before you unpack it")
    return listed
