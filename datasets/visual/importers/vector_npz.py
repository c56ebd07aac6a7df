"""Vectors by picture in an `.npz`, read row by row."""

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
    """An `.npz`: an array per picture, or one of all pictures beside their ids."""

    @property
    def files(self) -> list[Path]:
        """It, and its ids where they are beside it."""
        beside = self.path.with_suffix(".txt")
        return [self.path, *([beside] if beside.is_file() else [])]

    @cached_property
    def _members(self) -> dict[str, zipfile.ZipInfo]:
        with open_zip(self.path) as archive:
            return {info.filename.removesuffix(".npy"): info for info in archive.infolist()}

    def _header(self, archive: zipfile.ZipFile, name: str) -> NpyHeader | None:
        with archive.open(self._members[name]) as stream:
            return read_header(stream)

    def _listed(self, archive: zipfile.ZipFile) -> str | None:
        """The array of ids, where there is one; a picture may be called like it."""
        for name in ID_NAMES:
            header = self._header(archive, name) if name in self._members else None
            if header is not None and header.dtype.kind != "f":
                return name
        return None

    @cached_property
    def _stacked(self) -> tuple[str, list[str]] | None:
        """Name of the one array of all pictures, and their ids; None where each picture has its own."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                listed = self._listed(archive)
                others = [name for name in self._members if name != listed]
                if listed is None and (len(others) != 1 or not others[0].startswith(("arr_", "vectors", "features"))):
                    return None
                if len(others) != 1:
                    raise self.fault(f"has {listed!r} and {len(others)} arrays beside it", FORM)
                header = self._header(archive, others[0])
                count = header.shape[0] if header is not None and header.shape else 0
                ids = self.ids_beside(count) if listed is None else self._ids(archive, listed, count)
        except BROKEN as error:
            raise self.fault(f"not an .npz that can be read: {error}", "copy it again, or save it again") from error
        return others[0], ids

    def _ids(self, archive: zipfile.ZipFile, name: str, count: int) -> list[str]:
        header = self.checked(name, self._header(archive, name))
        if header.dtype.kind not in "Uiu" or header.shape != (count,):
            reason = (
                f"is {header.dtype} of shape {list(header.shape)}, not a text or whole number for each of {count} rows"
            )
            raise self.fault(reason, "save ids as np.array(ids, dtype=str)", name)
        with archive.open(self._members[name]) as stream:
            return self._texts(np.lib.format.read_array(stream, allow_pickle=False), name)

    def _texts(self, values: NDArray[Any], name: str) -> list[str]:
        # Numpy makes texts of any numbers, also of those that are no characters; Python fails anywhere on such.
        if values.dtype.kind == "U":
            points = np.frombuffer(values.tobytes(), np.dtype(np.uint32).newbyteorder(values.dtype.byteorder))
            if points.size and points.max() > sys.maxunicode:
                raise self.fault("holds numbers that are no characters", "save ids as np.array(ids, dtype=str)", name)
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
                        raise self.fault("announces another size than it has", "save it again", name)
                with archive.open(members[name]) as stream:
                    yield image, np.lib.format.read_array(stream, allow_pickle=False)

    def _rows(self, archive: zipfile.ZipFile, name: str, wanted: set[str]) -> Iterator[tuple[str, NDArray[Any]]]:
        """Row after row, so that an array larger than memory can be read."""
        with archive.open(self._members[name]) as stream:
            header = self.checked(name, read_header(stream), rows=len(self.names))
            if header.fortran and len(header.shape) > 1:
                raise self.fault("is in Fortran's order", "save np.ascontiguousarray(x)", name)
            size = header.size // max(1, header.shape[0])
            for image in self.names:
                row = stream.read(size)
                if len(row) != size:
                    raise self.fault("is cut off", "copy it again, or save it again", name)
                if image in wanted:
                    yield image, np.frombuffer(row, header.dtype).reshape(header.shape[1:])
