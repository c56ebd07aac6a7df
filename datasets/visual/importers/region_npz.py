"""Regions in one `.npz` per picture, as PyTorch ports of bottom-up attention write them. Nothing is ever unpickled."""

from __future__ import annotations

import filecmp
import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.textfile import image_key
from mnerbench.datasets.untrusted.display import has_lone_surrogate
from mnerbench.datasets.untrusted.zip_files import open_zip
from mnerbench.datasets.visual.decoding import BadPictureError, PassingFaultError
from mnerbench.datasets.visual.importers.npy_header import BROKEN, read_header
from mnerbench.datasets.visual.importers.region_memory import Item
from mnerbench.datasets.visual.importers.region_rows import BYTE_LIMIT, NAMES, RegionArrays

# Some releases keep labels and scores in a dict of this name, which numpy can only pickle.
_PICKLED = "info"


def list_npz(folder: Path, files: Iterable[Path]) -> dict[str, Item]:
    """The `.npz` files among those below a folder by image id (`12.npz`, `12.jpg.npz`), in their order.

    Args:
        folder: relative to which they are remembered.
        files: all that lie below it.

    Raises:
        DataError: two files with different content are of one image.
    """
    items: dict[str, Item] = {}
    for path in files:
        if path.suffix.lower() != ".npz":
            continue
        if has_lone_surrogate(path.name):
            raise DataError.at(path, None, "its name is not UTF-8, as no tweet's picture can be called", "rename it")
        image, state = image_key(path.stem), path.stat()
        if image in items and not filecmp.cmp(items[image].path, path, shallow=False):
            reason = f"{items[image].path} holds other regions of the same image"
            raise DataError.at(path, None, reason, "keep the one that belongs to the tweet")
        name = path.relative_to(folder).as_posix()
        items.setdefault(image, Item(path, name, (state.st_size, state.st_mtime_ns), 0, state.st_size))
    return items


def read_npz(data: bytes) -> RegionArrays:
    """The arrays of one file, under any of the names that people publish.

    Args:
        data: the file's content.

    Raises:
        BadPictureError: not a zip of arrays, damaged, larger than the limit when unpacked, or pickled objects where
            numbers are needed. Sizes are taken from the directory and the headers before anything is unpacked.
        PassingFaultError: there is not enough memory now.
    """
    try:
        with open_zip(BytesIO(data)) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            size = sum(info.file_size for info in members.values())
            if size > BYTE_LIMIT:
                raise BadPictureError(f"{size:,} bytes unpacked, over the limit of {BYTE_LIMIT:,}")
            return _arrays(archive, members)
    except MemoryError as error:
        raise PassingFaultError("not enough memory to unpack it") from error
    except BROKEN as error:
        raise BadPictureError(f"not an .npz that can be read: {str(error) or type(error).__name__}") from error


def _arrays(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> RegionArrays:
    values: dict[str, NDArray[Any]] = {}
    for name, theirs in NAMES.items():
        member = next((member for member in theirs if member in members), None)
        if member is None:
            continue
        value = _array(archive, members[member])
        if value is None:
            reason = f"{member!r} is pickled objects, which are never loaded: loading can run code"
            raise BadPictureError(f"{reason}; save it again as an array of numbers")
        values[name] = value
    unread = _PICKLED in members and _array(archive, members[_PICKLED]) is None
    return RegionArrays(values, (_PICKLED,) if unread else ())


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any] | None:
    """One array; None where it is pickled objects."""
    with archive.open(member) as stream:
        header = read_header(stream)
        if header is None:
            raise BadPictureError(f"{member.filename} is in a version of the format for structures, not for numbers")
        if header.dtype.hasobject:
            return None
        there, announced = member.file_size - stream.tell(), header.size
        if there != announced:
            # Before numpy makes room for what a header announces.
            raise BadPictureError(f"{member.filename} announces {announced:,} bytes and has {there:,}")
    with archive.open(member) as stream:
        array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array
