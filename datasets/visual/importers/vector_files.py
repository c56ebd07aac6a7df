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
from mnerbench.datasets.untrusted.names import require_possible_path
from mnerbench.datasets.visual.importers.npy_header import BROKEN, read_header
from mnerbench.datasets.visual.importers.vector_file import FORM, PICKLED, VectorFile
from mnerbench.datasets.visual.importers.vector_npz import NpzFile
from mnerbench.datasets.visual.importers.vector_safetensors import SafetensorsFile

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
