"""Base of vector files: image ids, header validation, and errors that name the file and the picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.textfile import image_key, read_lines
from mnerbench.datasets.untrusted.display import has_lone_surrogate
from mnerbench.datasets.visual.decoding import BYTE_LIMIT
from mnerbench.datasets.visual.importers.npy_header import BROKEN, NpyHeader

# Common names of the list of image ids next to a single array of all pictures.
ID_NAMES = ("ids", "image_ids", "image_id", "names", "keys")
FORM = "name each array by its image id, or save all as one array with `ids`: np.savez(path, ids=ids, vectors=x)"
PICKLED = "pickled objects are never loaded, since that can run code; save arrays of numbers (np.savez, safetensors)"


class VectorFile(ABC):
    """Vectors of pictures in a file or folder.

    Args:
        path: the file or folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def files(self) -> list[Path]:
        """The files that determine its content."""
        return [self.path]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Name in the file by image id.

        Raises:
            DataError: the file cannot be read, or two names are of the same picture.
        """
        names: dict[str, str] = {}
        for name in self._names():
            if has_lone_surrogate(name):
                raise self.fault("is not UTF-8, unlike every image id", "rename it", name)
            image = image_key(name)
            if image in names:
                reason = f"{names[image]!r} and {name!r} are of the same picture"
                raise self.fault(reason, "keep the vectors that belong to the tweet")
            names[image] = name
        if not names:
            raise self.fault("has no vectors", FORM)
        return names

    def read(self, images: Collection[str]) -> Iterator[tuple[str, NDArray[Any]]]:
        """Iterate over image ids and arrays of the given pictures; an array is valid until the next one is requested.

        Raises:
            DataError: an array is not numeric, or too large.
        """
        requested = [image for image in self.names if image in images]
        try:
            yield from self._read(requested)
        except BROKEN as error:
            raise self.fault(f"cannot be read: {error}", "copy it again, or save it again") from error

    def fault(self, reason: str, remedy: str, name: str | None = None) -> DataError:
        """The error for this file, or for one picture in it."""
        return DataError.at(self.path, None, f"{name!r} {reason}" if name is not None else reason, remedy)

    @abstractmethod
    def _names(self) -> Iterable[str]:
        """Names of the pictures, in the order in which `_read` yields them."""

    @abstractmethod
    def _read(self, images: list[str]) -> Iterator[tuple[str, NDArray[Any]]]: ...

    def checked(self, name: str, header: NpyHeader | None, *, rows: int = 1) -> NpyHeader:
        """Validate the header of an array before it is loaded; `rows` is the number of pictures in the array."""
        if header is None or header.dtype.hasobject:
            raise self.fault("has objects, not numbers", PICKLED, name)
        if header.size > BYTE_LIMIT * max(1, rows):
            raise self.fault(f"has {header.size:,} bytes, over the limit of {BYTE_LIMIT:,}", FORM, name)
        return header

    def ids_beside(self, count: int) -> list[str]:
        """Image ids from the text file of the same name, one per row.

        Raises:
            DataError: there is no such file, or its number of ids is wrong.
        """
        path = self.path.with_suffix(".txt")
        if not path.is_file():
            raise self.fault("is a single array without image ids of its rows", f"{FORM}; or write {path.name}")
        ids = [line.strip() for _, line in read_lines(path) if line.strip()]
        if len(ids) != count:
            raise DataError.at(path, None, f"{len(ids)} ids, but {count} rows in {self.path.name}", "one id per row")
        return ids
