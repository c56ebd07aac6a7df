"""Numbered lines of a text file, read from disk in each pass: no pass holds more than a chunk of the file."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO, overload

from mnerbench.datasets.errors import DataError

_CHUNK = 1 << 15  # bytes read at once; the resulting lines fit into a processor's cache
_EMPTY = "check its source; a download may have been cut off"
_SAVE_AS_UTF8 = "save the file as UTF-8, or check that it is the right file"


class TextLines(Sequence[tuple[int, str]]):
    """Lines with their one-based numbers, like `datasets.textfile.numbered_lines`, but never all in memory.

    Lines end at LF; one CR before it and a byte order mark at the start of the file are removed.

    Args:
        name: name of the file in errors.
        stream: its bytes, in UTF-8; seekable, and from now on read by this object only.

    Raises:
        DataError: the file is empty or not UTF-8 (names line and byte).
    """

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self._name, self._stream = name, stream
        stream.seek(0)
        self._start = len(codecs.BOM_UTF8) if stream.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else 0
        self._count, blank = 0, True
        for _, chunk, text in self._decoded():
            self._count += text.count("\n") + 1
            blank = blank and (not chunk or chunk.isspace())
        if blank:
            raise DataError.at(name, None, "the file is empty", _EMPTY)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple[int, str]]:
        for number, lines in self.blocks():
            yield from enumerate(lines, number)

    @overload
    def __getitem__(self, index: int) -> tuple[int, str]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[int, str]]: ...

    def __getitem__(self, index: int | slice) -> tuple[int, str] | Sequence[tuple[int, str]]:
        """One line or a slice; reads all lines before it."""
        if isinstance(index, slice):
            start, stop, step = index.indices(self._count)
            return list(islice(self, start, stop, step)) if step > 0 else list(self)[index]
        position = range(self._count)[index]
        return next(islice(self, position, None))

    def blocks(self) -> Iterator[tuple[int, list[str]]]:
        """Blocks of consecutive lines, each with the number of its first line."""
        for number, text in self.texts():
            yield number, text.split("\n")

    def texts(self) -> Iterator[tuple[int, str]]:
        """The same blocks, each as one text with lines separated by LF."""
        for number, _, text in self._decoded():
            yield number, "\n".join(line.removesuffix("\r") for line in text.split("\n")) if "\r" in text else text

    def _decoded(self) -> Iterator[tuple[int, bytes, str]]:
        """Chunks of the file with the number of their first line, as bytes and as text."""
        number = 1
        for chunk in self._chunks():
            try:
                text = chunk.decode("utf-8")
            except UnicodeDecodeError as error:
                raise self._not_utf8(number, chunk, error) from error
            yield number, chunk, text
            number += text.count("\n") + 1

    def _chunks(self) -> Iterator[bytes]:
        """Whole lines, several at a time, without the LF after the last; in UTF-8, LF is part of no other character."""
        offset, rest = self._start, list[bytes]()
        while True:
            self._stream.seek(offset)  # passes may be interleaved
            data = self._stream.read(_CHUNK)
            if not data:
                break
            offset += len(data)
            whole, separator, partial = data.rpartition(b"\n")
            if separator:
                yield b"".join([*rest, whole])
                rest = []
            rest.append(partial)
        yield b"".join(rest)

    def _not_utf8(self, number: int, chunk: bytes, error: UnicodeDecodeError) -> DataError:
        line = number + chunk.count(b"\n", 0, error.start)
        byte = error.start - (chunk.rfind(b"\n", 0, error.start) + 1) + 1
        reason = f"byte {byte} of the line (0x{chunk[error.start]:02x}) is not UTF-8: {error.reason}"
        return DataError.at(self._name, line, reason, _SAVE_AS_UTF8)
