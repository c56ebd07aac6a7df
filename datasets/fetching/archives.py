"""Pictures out of a downloaded archive, into one flat folder; nothing else of the archive touches the disk."""

from __future__ import annotations

import tarfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.fetching.archive_choice import choose_pictures
from mnerbench.datasets.fetching.archive_members import Member, damaged, open_members
from mnerbench.datasets.fetching.disk_space import require_space
from mnerbench.datasets.fetching.http_download import Progress
from mnerbench.datasets.textfile import image_key
from mnerbench.datasets.untrusted.zip_files import ZIP_FAULTS
from mnerbench.datasets.visual.pictures import EXTENSIONS, find_pictures
from mnerbench.datasets.write_errors import ANOTHER_FOLDER, cannot_write

_PICTURE_LIMIT = 64 << 20
_TOTAL_LIMIT = 8 << 30
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class Unpacked:
    """What `unpack_pictures` did.

    Attributes:
        written: pictures written now.
        present: pictures that were in the folder already.
        absent: wanted ids that are neither in the folder nor in the archive, sorted.
        held: wanted pictures that the archive holds, whether they were written or not.
        pictures: picture files in the archive, wanted or not.
        decided: wanted ids that several folders of the archive have with different content; see `folder`.
        undecided: those of them of which no folder goes before the others; none was written.
        folder: of the archive, with most wanted pictures: its pictures go before others of their name.
    """

    written: int
    present: int
    absent: tuple[str, ...]
    held: int = 0
    pictures: int = 0
    decided: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    folder: str = ""


def unpack_pictures(
    archive: Path,
    folder: Path,
    wanted: Collection[str],
    *,
    total_limit: int = _TOTAL_LIMIT,
    picture_limit: int = _PICTURE_LIMIT,
    progress: Progress | None = None,
) -> Unpacked:
    """Write the pictures with wanted ids to `folder/<file name>`, wherever in the archive they lie.

    Only the last part of a member's path is used and it has to be a wanted id, so no member can leave the folder; links
    and devices are never followed or made. A picture that is below the folder already stays as it is, so an interrupted
    call is continued by the next. Each picture appears under its name when it is whole, never before.

    Args:
        archive: zip, tar with any compression Python reads, or a folder.
        folder: gets the pictures; made when absent.
        wanted: image ids without extension.
        total_limit: bytes written in all before this is taken for a decompression bomb.
        picture_limit: the same for one picture.
        progress: told the pictures written so far, and how many there will be.

    Raises:
        DataError: not such an archive, or a limit is passed.
        DiskError: there is not enough space, or the folder cannot be written.
    """
    wanted = frozenset(wanted)
    present = find_pictures(folder, wanted)
    with open_members(archive) as members:
        pictures = [member for member in members if Path(member.name).suffix.lower() in EXTENSIONS]
        choice = choose_pictures(pictures, wanted, present)
        require_space(folder, min(total_limit, sum(member.size for member in choice.members)))
        _write_all(archive, choice.members, folder, (total_limit, picture_limit), progress)
    there = present.keys() | {image_key(member.name) for member in choice.members}
    return Unpacked(
        written=len(choice.members),
        present=len(present),
        absent=tuple(sorted(wanted - there)),
        held=len({image_key(member.name) for member in pictures} & wanted),
        pictures=len(pictures),
        decided=choice.decided,
        undecided=choice.undecided,
        folder=choice.folder,
    )


def _write_all(
    archive: Path, members: Sequence[Member], folder: Path, limits: tuple[int, int], progress: Progress | None
) -> None:
    left, picture_limit = limits
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for done, member in enumerate(members, start=1):
            left -= _write(archive, member, folder / member.name, min(picture_limit, left))
            if progress is not None:
                progress(done, len(members))
    except OSError as error:
        raise cannot_write(folder, error, ANOTHER_FOLDER) from error


def _write(archive: Path, member: Member, path: Path, limit: int) -> int:
    part = path.with_name(path.name + ".part")
    size = 0
    try:
        with part.open("wb") as file:
            # The size an archive states can be a lie, so what counts is what comes out.
            for chunk in _content(archive, member):
                size += len(chunk)
                if size > limit:
                    reason = f"{member.path} passes the limit of {limit} bytes"
                    remedy = "this looks like a decompression bomb; look at the archive before you unpack it by hand"
                    raise DataError.at(archive, None, reason, remedy)
                file.write(chunk)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return size


def _content(archive: Path, member: Member) -> Iterator[bytes]:
    """A member's bytes; a fault of reading is told from one of writing, which is raised elsewhere."""
    try:
        opened = member.open()
        with opened if opened is not None else nullcontext(BytesIO()) as picture:
            while chunk := picture.read(_CHUNK_BYTES):
                yield chunk
    except (tarfile.TarError, *ZIP_FAULTS) as error:
        raise damaged(archive, error, member.path) from error
