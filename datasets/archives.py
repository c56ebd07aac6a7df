"""Pictures out of a downloaded archive, into one flat folder; nothing else of the archive touches the disk."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.textfile import image_key

_PICTURE_LIMIT = 64 << 20
_TOTAL_LIMIT = 32 << 30
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class Unpacked:
    """What `unpack_pictures` did.

    Attributes:
        written: pictures written now.
        present: pictures that were in the folder already.
        absent: wanted ids that the archive does not hold, sorted.
    """

    written: int
    present: int
    absent: tuple[str, ...]


def unpack_pictures(
    archive: Path,
    folder: Path,
    wanted: Collection[str],
    total_limit: int = _TOTAL_LIMIT,
    picture_limit: int = _PICTURE_LIMIT,
) -> Unpacked:
    """Write the pictures with wanted ids to `folder/<file name>`, wherever in the archive they lie.

    Only the last part of a member's name is used and it has to be a wanted id, so no member can leave the folder; links
    and devices are never followed or made.

    Args:
        archive: zip, or tar with any compression Python reads.
        folder: gets the pictures; made when absent.
        wanted: image ids without extension.
        total_limit: bytes written in all before this is taken for a decompression bomb.
        picture_limit: the same for one picture.

    Raises:
        DataError: not such an archive, a limit is passed, or two members of different size have one picture's name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}
    before = {image_key(name) for name in sizes} & set(wanted)
    written = total = 0
    with _members(archive) as members:
        for member in members:
            name = member.name.rpartition("/")[2]
            if image_key(name) not in wanted or "\\" in name:
                continue
            if name in sizes:
                _check_same(archive, member, sizes[name])
                continue
            sizes[name] = _write(archive, member, folder / name, min(picture_limit, total_limit - total))
            total += sizes[name]
            written += 1
    there = {image_key(name) for name in sizes}
    return Unpacked(written, len(before), tuple(sorted(set(wanted) - there)))


@dataclass(frozen=True)
class _Member:
    """A file in an archive: its name there, its size as the archive states it, and how to read it."""

    name: str
    size: int
    open: Callable[[], IO[bytes] | None]


@contextmanager
def _members(archive: Path) -> Iterator[Iterator[_Member]]:
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                files = (info for info in packed.infolist() if not info.is_dir())
                yield (_Member(info.filename, info.file_size, partial(packed.open, info)) for info in files)
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as packed_tar:
                regular = (info for info in packed_tar if info.isfile())
                yield (_Member(info.name, info.size, partial(packed_tar.extractfile, info)) for info in regular)
        else:
            remedy = "unpack it with the program it was made with, and put the pictures into the images folder"
            raise DataError.at(archive, None, "neither a zip nor a tar archive", remedy)
    # RuntimeError is what zipfile raises for an encrypted member, NotImplementedError for a compression it lacks.
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, RuntimeError) as error:
        remedy = "fetch it again if the download was cut off, else unpack it by hand into the images folder"
        raise DataError.at(archive, None, f"the archive cannot be read: {error}", remedy) from error


def _check_same(archive: Path, member: _Member, size: int) -> None:
    if member.size != size:
        reason = f"{member.name} has {member.size} bytes, but a picture of that name with {size} bytes is there already"
        raise DataError.at(archive, None, reason, "decide which is right and put it into the images folder by hand")


def _write(archive: Path, member: _Member, path: Path, limit: int) -> int:
    part = path.with_name(path.name + ".part")
    source = member.open()
    size = 0
    try:
        with source if source is not None else nullcontext(BytesIO()) as picture, part.open("wb") as file:
            # The size an archive states can be a lie, so what counts is what comes out.
            while chunk := picture.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > limit:
                    reason = f"{member.name} passes the limit of {limit} bytes"
                    remedy = "this looks like a decompression bomb; look at the archive before you unpack it by hand"
                    raise DataError.at(archive, None, reason, remedy)
                file.write(chunk)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return size
