"""Files of vectors: `.npz`, `.safetensors`, a folder of `.npy`, one `.npy` with a list of ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.folders import files_below
from mnerbench.datasets.textfile import image_key
from mnerbench.datasets.untrusted.files import open_binary, require_regular
from mnerbench.datasets.untrusted.json_text import parse_json
from mnerbench.datasets.untrusted.names import require_possible_path
from mnerbench.datasets.visual.importers.npy_header import BROKEN, read_header
from mnerbench.datasets.visual.importers.vector_file import FORM, ID_NAMES, PICKLED, VectorFile
from mnerbench.datasets.visual.importers.vector_npz import NpzFile

SUFFIXES = (".npz", ".safetensors", ".npy")


class NpyFolder(VectorFile):
    """A folder of `<image id>.npy` files, searched recursively."""

    @cached_property
    def files(self) -> list[Path]:
        """All `.npy` files."""
        return [path for path in files_below(self.path) if path.suffix.lower() == ".npy"]

    def _names(self) -> Iterable[str]:
        return [path.stem for path in self.files]

    def _read(self, images: list[str]) -> Iterator[tuple[str, NDArray[Any]]]:
        paths = {image_key(path.stem): path for path in self.files}
        for image in images:
            with open_binary(paths[image], most=None) as stream:
                self.checked(paths[image].name, read_header(stream))
            yield image, np.load(paths[image], allow_pickle=False)


class NpyFile(VectorFile):
    """One memory-mapped `.npy` of all pictures, with their ids in a text file of the same name."""

    @cached_property
    def _array(self) -> NDArray[Any]:
        try:
            with open_binary(self.path, most=None) as stream:
                header = read_header(stream)
            header = self.checked(self.path.name, header, rows=header.shape[0] if header and header.shape else 1)
            array: NDArray[Any] = np.load(self.path, mmap_mode="r", allow_pickle=False)
        except BROKEN as error:
            raise self.fault(f"cannot be read: {error}", "copy it again, or save it again") from error
        return array

    @property
    def files(self) -> list[Path]:
        """The array and its ids."""
        return [self.path, self.path.with_suffix(".txt")]

    def _names(self) -> Iterable[str]:
        return self.ids_beside(len(self._array) if self._array.ndim else 0)

    def _read(self, images: list[str]) -> Iterator[tuple[str, NDArray[Any]]]:
        rows = {image: row for row, image in enumerate(self.names)}
        for image in images:
            yield image, self._array[rows[image]]


class SafetensorsFile(VectorFile):
    """A `.safetensors` with a tensor per picture, or with one tensor of all pictures and their ids as JSON metadata."""

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
        ids_key = next((name for name in ID_NAMES if name in metadata), None)
        if ids_key is None:
            return None
        try:
            ids = [str(value) for value in parse_json(metadata[ids_key])]
        except (ValueError, TypeError) as error:
            raise self.fault(f"metadata {ids_key!r} is not a JSON list of ids", FORM) from error
        tensor, *others = self._opened.keys()
        rows = self._opened.get_slice(tensor).get_shape()[0]
        if others or rows != len(ids):
            raise self.fault(f"has {len(ids)} ids, but not a single tensor with a row for each", FORM)
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
    """Open the vectors of a file or folder.

    Raises:
        DataError: the type of the file is not supported.
    """
    require_possible_path(path, "the file of vectors", error=DataError)
    if path.is_dir():
        return NpyFolder(path)
    require_regular(path)
    kinds: dict[str, type[VectorFile]] = {".npz": NpzFile, ".safetensors": SafetensorsFile, ".npy": NpyFile}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        remedy = PICKLED if path.suffix.lower() in {".pt", ".pth", ".pkl", ".pickle", ".bin"} else FORM
        raise DataError.at(path, None, f"files {path.suffix or 'without an extension'} are not read as vectors", remedy)
    return kind(path)
