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
from mnerbench.datasets.visual.decoding import BadPictureError, TransientPictureError
from mnerbench.datasets.visual.importers.npy_header import BROKEN, read_header
from mnerbench.datasets.visual.importers.region_memory import Item
from mnerbench.datasets.visual.importers.region_rows import BYTE_LIMIT, NAMES, RegionArrays

# Some releases store labels and scores in a dict of this name, which numpy pickles.
_PICKLED = "info"


def list_npz(folder: Path, files: Iterable[Path]) -> dict[str, Item]:
    """The `.npz` files of a folder by image id (`12.npz`, `12.jpg.npz`), in the given order.

    Args:
        folder: the folder; names in the cache are relative to it.
        files: all files in it.

    Raises:
        DataError: two files with different content are of the same image.
    """
    items: dict[str, Item] = {}
    for path in files:
        if path.suffix.lower() != ".npz":
            continue
        if has_lone_surrogate(path.name):
            raise DataError.at(path, None, "its name is not UTF-8, unlike every image id", "rename it")
        image, stat = image_key(path.stem), path.stat()
        if image in items and not filecmp.cmp(items[image].path, path, shallow=False):
            reason = f"{items[image].path} holds other regions of the same image"
            raise DataError.at(path, None, reason, "keep the one that belongs to the tweet")
        name = path.relative_to(folder).as_posix()
        items.setdefault(image, Item(path, name, (stat.st_size, stat.st_mtime_ns), 0, stat.st_size))
    return items


def read_npz(data: bytes) -> RegionArrays:
    """Read the arrays of one file, under any of the names in published releases.

    Args:
        data: the file's content.

    Raises:
        BadPictureError: the file is not a zip of arrays, is damaged, exceeds the limit when unpacked, or has pickled
            objects in place of numbers. Sizes are checked in the zip directory and the headers before unpacking.
        TransientPictureError: there is not enough memory at the moment.
    """
    try:
        with open_zip(BytesIO(data)) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            size = sum(info.file_size for info in members.values())
            if size > BYTE_LIMIT:
                raise BadPictureError(f"{size:,} bytes unpacked, over the limit of {BYTE_LIMIT:,}")
            return _arrays(archive, members)
    except MemoryError as error:
        raise TransientPictureError("not enough memory to unpack it") from error
    except BROKEN as error:
        raise BadPictureError(f"not an .npz that can be read: {str(error) or type(error).__name__}") from error


def _arrays(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> RegionArrays:
    values: dict[str, NDArray[Any]] = {}
    for name, aliases in NAMES.items():
        member = next((alias for alias in aliases if alias in members), None)
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
    """Read one array; None if it contains pickled objects."""
    with archive.open(member) as stream:
        header = read_header(stream)
        if header is None:
            raise BadPictureError(f"{member.filename} has a format version for structured arrays")
        if header.dtype.hasobject:
            return None
        actual, announced = member.file_size - stream.tell(), header.size
        if actual != announced:
            # Checked before numpy allocates the announced size.
            raise BadPictureError(f"{member.filename} announces {announced:,} bytes and has {actual:,}")
    with archive.open(member) as stream:
        array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array
