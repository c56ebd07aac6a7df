"""Files of vectors by picture: `.npz`, `.safetensors`, a folder of `.npy`, one `.npy` with a list of ids."""

from __future__ import annotations

import json
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.textfile import image_key, read_lines
from mnerbench.datasets.visual.decoding import BYTE_LIMIT
from mnerbench.datasets.visual.folders import files_below
from mnerbench.datasets.visual.importers.npy_header import BROKEN, NpyHeader, read_header

_IDS = ("ids", "image_ids", "image_id", "names", "keys")
_FORM = "name each array by its image id, or save all as one array beside `ids`: np.savez(path, ids=ids, vectors=x)"
_PICKLED = "pickled objects are never loaded, since that can run code; save arrays of numbers (np.savez, safetensors)"
SUFFIXES = (".npz", ".safetensors", ".npy")


class VectorFile(ABC):
    """Vectors of pictures in a file or folder.

    Args:
        path: of it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def files(self) -> list[Path]:
        """The files that it consists of."""
        return [self.path]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Image id to what the file calls it.

        Raises:
            DataError: the file cannot be read, or two names are of one picture.
        """
        names: dict[str, str] = {}
        for name in self._names():
            image = image_key(name)
            if image in names:
                reason = f"{names[image]!r} and {name!r} are of one picture"
                raise self.fault(reason, "keep the vectors that belong to the tweet")
            names[image] = name
        if not names:
            raise self.fault("holds no vectors", _FORM)
        return names

    def read(self, images: Collection[str]) -> Iterator[tuple[str, NDArray[Any]]]:
        """Image id and array of some pictures, each to be used before the next is asked for.

        Raises:
            DataError: an array is no array of numbers, or too large.
        """
        wanted = [image for image in self.names if image in images]
        try:
            yield from self._read(wanted)
        except BROKEN as error:
            raise self.fault(f"cannot be read: {error}", "copy it again, or save it again") from error

    def fault(self, reason: str, remedy: str, name: str | None = None) -> DataError:
        """The error for this file, or for one picture in it."""
        return DataError.at(self.path, None, f"{name!r} {reason}" if name is not None else reason, remedy)

    @abstractmethod
    def _names(self) -> Iterable[str]:
        """What the pictures are called, in the order in which `_read` can give them."""

    @abstractmethod
    def _read(self, images: list[str]) -> Iterator[tuple[str, NDArray[Any]]]: ...

    def _checked(self, name: str, header: NpyHeader | None, *, rows: int = 1) -> NpyHeader:
        """The header of an array, when it may be loaded; `rows` are pictures that it is of."""
        if header is None or header.dtype.hasobject:
            raise self.fault("holds objects, not numbers", _PICKLED, name)
        if header.size > BYTE_LIMIT * max(1, rows):
            raise self.fault(f"has {header.size:,} bytes, over the limit of {BYTE_LIMIT:,}", _FORM, name)
        return header

    def _ids_beside(self, count: int) -> list[str]:
        """Image ids from the text file of the same name, one per row.

        Raises:
            DataError: there is none, or it has another number of ids.
        """
        path = self.path.with_suffix(".txt")
        if not path.is_file():
            raise self.fault("is one array, and nothing says which row is whose", f"{_FORM}; or write {path.name}")
        ids = [line.strip() for _, line in read_lines(path) if line.strip()]
        if len(ids) != count:
            raise DataError.at(path, None, f"{len(ids)} ids, but {count} rows in {self.path.name}", "one id per row")
        return ids


class NpyFolder(VectorFile):
    """A folder of `.npy` files, `<image id>.npy` each, also in folders below it."""

    @cached_property
    def files(self) -> list[Path]:
        """All of them."""
        return [path for path in files_below(self.path) if path.suffix.lower() == ".npy"]

    def _names(self) -> Iterable[str]:
        return [path.stem for path in self.files]

    def _read(self, images: list[str]) -> Iterator[tuple[str, NDArray[Any]]]:
        places = {image_key(path.stem): path for path in self.files}
        for image in images:
            with places[image].open("rb") as stream:
                self._checked(places[image].name, read_header(stream))
            yield image, np.load(places[image], allow_pickle=False)


class NpyFile(VectorFile):
    """One `.npy` of all pictures, whose ids are in a text file of the same name; mapped, not loaded."""

    @cached_property
    def _array(self) -> NDArray[Any]:
        try:
            with self.path.open("rb") as stream:
                header = read_header(stream)
            header = self._checked(self.path.name, header, rows=header.shape[0] if header and header.shape else 1)
            array: NDArray[Any] = np.load(self.path, mmap_mode="r", allow_pickle=False)
        except BROKEN as error:
            raise self.fault(f"cannot be read: {error}", "copy it again, or save it again") from error
        return array

    @property
    def files(self) -> list[Path]:
        """It and its ids."""
        return [self.path, self.path.with_suffix(".txt")]

    def _names(self) -> Iterable[str]:
        return self._ids_beside(len(self._array) if self._array.ndim else 0)

    def _read(self, images: list[str]) -> Iterator[tuple[str, NDArray[Any]]]:
        rows = {image: row for row, image in enumerate(self.names)}
        for image in images:
            yield image, self._array[rows[image]]


class NpzFile(VectorFile):
    """An `.npz`: an array per picture, or one of all pictures beside their ids."""

    @property
    def files(self) -> list[Path]:
        """It, and its ids where they are beside it."""
        beside = self.path.with_suffix(".txt")
        return [self.path, *([beside] if beside.is_file() else [])]

    @cached_property
    def _members(self) -> dict[str, zipfile.ZipInfo]:
        with zipfile.ZipFile(self.path) as archive:
            return {info.filename.removesuffix(".npy"): info for info in archive.infolist()}

    def _header(self, archive: zipfile.ZipFile, name: str) -> NpyHeader | None:
        with archive.open(self._members[name]) as stream:
            return read_header(stream)

    def _listed(self, archive: zipfile.ZipFile) -> str | None:
        """The array of ids, where there is one; a picture may be called like it."""
        for name in _IDS:
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
                    raise self.fault(f"has {listed!r} and {len(others)} arrays beside it", _FORM)
                header = self._header(archive, others[0])
                count = header.shape[0] if header is not None and header.shape else 0
                ids = self._ids_beside(count) if listed is None else self._ids(archive, listed, count)
        except BROKEN as error:
            raise self.fault(f"not an .npz that can be read: {error}", "copy it again, or save it again") from error
        return others[0], ids

    def _ids(self, archive: zipfile.ZipFile, name: str, count: int) -> list[str]:
        header = self._checked(name, self._header(archive, name))
        if header.dtype.kind not in "Uiu" or header.shape != (count,):
            reason = (
                f"is {header.dtype} of shape {list(header.shape)}, not a text or whole number for each of {count} rows"
            )
            raise self.fault(reason, "save ids as np.array(ids, dtype=str)", name)
        with archive.open(self._members[name]) as stream:
            return [str(value) for value in np.lib.format.read_array(stream, allow_pickle=False)]

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
                header = self._checked(name, self._header(archive, name))
                with archive.open(members[name]) as stream:
                    read_header(stream)
                    if members[name].file_size - stream.tell() != header.size:
                        raise self.fault("announces another size than it has", "save it again", name)
                with archive.open(members[name]) as stream:
                    yield image, np.lib.format.read_array(stream, allow_pickle=False)

    def _rows(self, archive: zipfile.ZipFile, name: str, wanted: set[str]) -> Iterator[tuple[str, NDArray[Any]]]:
        """Row after row, so that an array larger than memory can be read."""
        with archive.open(self._members[name]) as stream:
            header = self._checked(name, read_header(stream), rows=len(self.names))
            if header.fortran and len(header.shape) > 1:
                raise self.fault("is in Fortran's order", "save np.ascontiguousarray(x)", name)
            size = header.size // max(1, header.shape[0])
            for image in self.names:
                row = stream.read(size)
                if len(row) != size:
                    raise self.fault("is cut off", "copy it again, or save it again", name)
                if image in wanted:
                    yield image, np.frombuffer(row, header.dtype).reshape(header.shape[1:])


class SafetensorsFile(VectorFile):
    """A `.safetensors`: a tensor per picture, or one of all pictures with their ids as JSON in its metadata."""

    @cached_property
    def _opened(self) -> Any:
        from safetensors import SafetensorError, safe_open

        try:
            return safe_open(self.path, framework="numpy")
        except (SafetensorError, OSError) as error:
            raise self.fault(f"not a .safetensors that can be read: {error}", "copy it again") from error

    @cached_property
    def _stacked(self) -> tuple[str, list[str]] | None:
        metadata = self._opened.metadata() or {}
        listed = next((name for name in _IDS if name in metadata), None)
        if listed is None:
            return None
        try:
            ids = [str(value) for value in json.loads(metadata[listed])]
        except (ValueError, TypeError) as error:
            raise self.fault(f"metadata {listed!r} is no JSON list of ids", _FORM) from error
        (tensor, *others), rows = self._opened.keys(), 0
        rows = self._opened.get_slice(tensor).get_shape()[0]
        if others or rows != len(ids):
            raise self.fault(f"has {len(ids)} ids, and not one tensor with a row for each", _FORM)
        return tensor, ids

    def _names(self) -> Iterable[str]:
        return self._opened.keys() if self._stacked is None else self._stacked[1]

    def _read(self, images: list[str]) -> Iterator[tuple[str, NDArray[Any]]]:
        from safetensors import SafetensorError

        rows = {image: row for row, image in enumerate(self.names)}
        for image in images:
            name = self.names[image] if self._stacked is None else self._stacked[0]
            part = self._opened.get_slice(name)
            if part.get_dtype() not in {"F16", "F32", "F64"}:
                remedy = "save them as float32 or float16: {k: v.float() for k, v in tensors.items()}"
                raise self.fault(f"is {part.get_dtype()}", remedy, name)
            try:
                vectors = (
                    self._opened.get_tensor(name) if self._stacked is None else part[rows[image] : rows[image] + 1][0]
                )
            except SafetensorError as error:
                raise self.fault(f"cannot be read: {error}", "save it again", name) from error
            yield image, vectors


def open_vectors(path: Path) -> VectorFile:
    """The vectors of a file or folder.

    Raises:
        DataError: it is of a kind that is not read.
    """
    if path.is_dir():
        return NpyFolder(path)
    kinds: dict[str, type[VectorFile]] = {".npz": NpzFile, ".safetensors": SafetensorsFile, ".npy": NpyFile}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        what = _PICKLED if path.suffix.lower() in {".pt", ".pth", ".pkl", ".pickle", ".bin"} else _FORM
        raise DataError.at(path, None, f"files {path.suffix or 'without an extension'} are not read as vectors", what)
    return kind(path)
