"""Vectors in a `.safetensors`, memory-mapped, without torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from mnerbench.datasets.untrusted.json_text import parse_json
from mnerbench.datasets.visual.importers.vector_file import FORM, ID_NAMES, VectorFile


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
