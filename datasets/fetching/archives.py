"""Unpack the pictures of a downloaded archive into one flat folder; nothing else is written to disk."""

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

_MAX_PICTURE_BYTES = 64 << 20
_MAX_TOTAL_BYTES = 8 << 30
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class Unpacked:
    """The result of `unpack_pictures`.

    Attributes:
        written: number of pictures written by this call.
        present: number of wanted pictures that were in the folder before.
        absent: wanted ids that are neither in the folder nor in the archive, sorted.
        matching: number of wanted pictures in the archive, written or not.
        pictures: number of picture files in the archive, wanted or not.
        decided: wanted ids with several files of different content, of which the one in the best folder was taken.
        undecided: wanted ids with several files of different content and equal rank; none of them was written.
        folder: the folder of the archive with the most wanted pictures, whose pictures take precedence.
    """

    written: int
    present: int
    absent: tuple[str, ...]
    matching: int = 0
    pictures: int = 0
    decided: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    folder: str = ""


def unpack_pictures(
    archive: Path,
    folder: Path,
    wanted: Collection[str],
    *,
    total_limit: int = _MAX_TOTAL_BYTES,
    picture_limit: int = _MAX_PICTURE_BYTES,
    progress: Progress | None = None,
) -> Unpacked:
    """Write the pictures with wanted ids to `folder/<file name>`, from any folder of the archive.

    Only the last part of a member's path is used, and it has to be a wanted id, so no member can leave the folder;
    links and devices are never followed or created. Existing pictures are kept, so that the next call resumes an
    interrupted one. Each picture is written atomically.

    Args:
        archive: a zip, a tar with any compression that Python reads, or a folder.
        folder: the target folder; created if needed.
        wanted: image ids without extension.
        total_limit: maximal number of bytes to write in total, against decompression bombs.
        picture_limit: the same for one picture.
        progress: receives the number of pictures written so far and the number to write.

    Raises:
        DataError: not such an archive, or a limit is exceeded.
        DiskError: there is not enough space, or the folder cannot be written.
    """
    image_ids = frozenset(wanted)
    present = find_pictures(folder, image_ids)
    with open_members(archive) as members:
        pictures = [member for member in members if Path(member.name).suffix.lower() in EXTENSIONS]
        choice = choose_pictures(pictures, image_ids, present)
        require_space(folder, min(total_limit, sum(member.size for member in choice.members)))
        _write_all(archive, choice.members, folder, (total_limit, picture_limit), progress)
    available = present.keys() | {image_key(member.name) for member in choice.members}
    return Unpacked(
        written=len(choice.members),
        present=len(present),
        absent=tuple(sorted(image_ids - available)),
        matching=len({image_key(member.name) for member in pictures} & image_ids),
        pictures=len(pictures),
        decided=choice.decided,
        undecided=choice.undecided,
        folder=choice.folder,
    )


def _write_all(
    archive: Path, members: Sequence[Member], folder: Path, limits: tuple[int, int], progress: Progress | None
) -> None:
    remaining, picture_limit = limits
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for done, member in enumerate(members, start=1):
            remaining -= _write(archive, member, folder / member.name, min(picture_limit, remaining))
            if progress is not None:
                progress(done, len(members))
    except OSError as error:
        raise cannot_write(folder, error, ANOTHER_FOLDER) from error


def _write(archive: Path, member: Member, path: Path, limit: int) -> int:
    part = path.with_name(path.name + ".part")
    size = 0
    try:
        with part.open("wb") as file:
            # The stated size may be false, so count the bytes that are unpacked.
            for chunk in _content(archive, member):
                size += len(chunk)
                if size > limit:
                    reason = f"{member.path} exceeds the limit of {limit} bytes"
                    remedy = "this looks like a decompression bomb; look at the archive before you unpack it by hand"
                    raise DataError.at(archive, None, reason, remedy)
                file.write(chunk)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return size


def _content(archive: Path, member: Member) -> Iterator[bytes]:
    """The bytes of a member; converts read errors here, so that the caller can tell them from write errors."""
    try:
        opened = member.open()
        with opened if opened is not None else nullcontext(BytesIO()) as picture:
            while chunk := picture.read(_CHUNK_BYTES):
                yield chunk
    except (tarfile.TarError, *ZIP_FAULTS) as error:
        raise damaged(archive, error, member.path) from error
