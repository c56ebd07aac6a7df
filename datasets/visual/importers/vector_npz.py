"""Vectors in an `.npz`, read row by row."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.untrusted.zip_files import open_zip
from mnerbench.datasets.visual.importers.npy_header import BROKEN, NpyHeader, read_header
from mnerbench.datasets.visual.importers.vector_file import FORM, ID_NAMES, VectorFile


class NpzFile(VectorFile):
    """An `.npz` with an array per picture, or with one array of all pictures and their ids."""

    @property
    def files(self) -> list[Path]:
        """The archive, and its text file of ids if there is one."""
        ids = self.path.with_suffix(".txt")
        return [self.path, *([ids] if ids.is_file() else [])]

    @cached_property
    def _members(self) -> dict[str, zipfile.ZipInfo]:
        with open_zip(self.path) as archive:
            return {info.filename.removesuffix(".npy"): info for info in archive.infolist()}

    def _header(self, archive: zipfile.ZipFile, name: str) -> NpyHeader | None:
        with archive.open(self._members[name]) as stream:
            return read_header(stream)

    def _id_array(self, archive: zipfile.ZipFile) -> str | None:
        """Name of the array of ids, if there is one; a float array of that name is a picture."""
        for name in ID_NAMES:
            header = self._header(archive, name) if name in self._members else None
            if header is not None and header.dtype.kind != "f":
                return name
        return None

    @cached_property
    def _stacked(self) -> tuple[str, list[str]] | None:
        """Name of the single array of all pictures, and their ids; None if each picture has an array."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                id_array = self._id_array(archive)
                others = [name for name in self._members if name != id_array]
                if id_array is None and (len(others) != 1 or not others[0].startswith(("arr_", "vectors", "features"))):
                    return None
                if len(others) != 1:
                    raise self.fault(f"has {id_array!r} and {len(others)} other arrays", FORM)
                header = self._header(archive, others[0])
                count = header.shape[0] if header is not None and header.shape else 0
                ids = self.ids_beside(count) if id_array is None else self._ids(archive, id_array, count)
        except BROKEN as error:
            raise self.fault(f"not an .npz that can be read: {error}", "copy it again, or save it again") from error
        return others[0], ids

    def _ids(self, archive: zipfile.ZipFile, name: str, count: int) -> list[str]:
        header = self.checked(name, self._header(archive, name))
        if header.dtype.kind not in "Uiu" or header.shape != (count,):
            reason = f"is {header.dtype} of shape {list(header.shape)}, not a string or integer per row ({count})"
            raise self.fault(reason, "save ids as np.array(ids, dtype=str)", name)
        with archive.open(self._members[name]) as stream:
            return self._texts(np.lib.format.read_array(stream, allow_pickle=False), name)

    def _texts(self, values: NDArray[Any], name: str) -> list[str]:
        # numpy accepts invalid code points in strings, on which Python fails later.
        if values.dtype.kind == "U":
            code_points = np.frombuffer(values.tobytes(), np.dtype(np.uint32).newbyteorder(values.dtype.byteorder))
            if code_points.size and code_points.max() > sys.maxunicode:
                raise self.fault("has invalid Unicode code points", "save ids as np.array(ids, dtype=str)", name)
        return [str(value) for value in values]

    def _names(self) -> Iterable[str]:
        if self._stacked is not None:
            return self._stacked[1]
        return list(self._members)

    def _read(self, images: list[str]) -> Iterator[tuple[str, NDArray[Any]]]:
        with zipfile.ZipFile(self.path) as archive:
            if self._stacked is not None:
                yield from self._rows(archive, self._stacked[0], set(images))
                return
            members = self._members
            for image in images:
                name = self.names[image]
                header = self.checked(name, self._header(archive, name))
                with archive.open(members[name]) as stream:
                    read_header(stream)
                    if members[name].file_size - stream.tell() != header.size:
                        raise self.fault("has another size than its header announces", "save it again", name)
                with archive.open(members[name]) as stream:
                    yield image, np.lib.format.read_array(stream, allow_pickle=False)

    def _rows(self, archive: zipfile.ZipFile, name: str, requested: set[str]) -> Iterator[tuple[str, NDArray[Any]]]:
        """Read row by row, so that the array may be larger than memory."""
        with archive.open(self._members[name]) as stream:
            header = self.checked(name, read_header(stream), rows=len(self.names))
            if header.fortran and len(header.shape) > 1:
                raise self.fault("is in Fortran order", "save np.ascontiguousarray(x)", name)
            size = header.size // max(1, header.shape[0])
            for image in self.names:
                row = stream.read(size)
                if len(row) != size:
                    raise self.fault("is cut off", "copy it again, or save it again", name)
                if image in requested:
                    yield image, np.frombuffer(row, header.dtype).reshape(header.shape[1:])
