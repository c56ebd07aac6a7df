"""The numbered lines of a text file, read anew for each pass over them: no pass holds more than a piece of the file."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO, overload

from mnerbench.datasets.errors import DataError

_PIECE = 1 << 15  # bytes read at once: what is cut from them stays in a processor's cache
_EMPTY = "see where it comes from; a download may have been cut off"
_SAVE_AS_UTF8 = "save the file as UTF-8, or see whether it is the right one"


class TextLines(Sequence[tuple[int, str]]):
    """Lines with their one-based numbers, as `datasets.textfile.numbered_lines` has them, but never all at once.

    Lines end at LF; one CR before it and a byte order mark at the very start are taken off.

    Args:
        name: what errors call the file.
        stream: its bytes, in UTF-8; can be sought, and is read from here on by nobody else.

    Raises:
        DataError: there are none, or they are not UTF-8 (names line and byte).
    """

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self._name, self._stream = name, stream
        stream.seek(0)
        self._start = len(codecs.BOM_UTF8) if stream.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else 0
        self._count, blank = 0, True
        for _, piece, text in self._decoded():
            self._count += text.count("\n") + 1
            blank = blank and (not piece or piece.isspace())
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
        """A line, or some of them, by reading all before it."""
        if isinstance(index, slice):
            start, stop, step = index.indices(self._count)
            return list(islice(self, start, stop, step)) if step > 0 else list(self)[index]
        place = range(self._count)[index]
        return next(islice(self, place, None))

    def blocks(self) -> Iterator[tuple[int, list[str]]]:
        """Runs of lines, each with the number of its first one."""
        for number, text in self.texts():
            yield number, text.split("\n")

    def texts(self) -> Iterator[tuple[int, str]]:
        """The same runs, each as one text with LF between its lines."""
        for number, _, text in self._decoded():
            yield number, "\n".join(line.removesuffix("\r") for line in text.split("\n")) if "\r" in text else text

    def _decoded(self) -> Iterator[tuple[int, bytes, str]]:
        """Pieces of the file, each with the number of its first line."""
        number = 1
        for piece in self._pieces():
            try:
                text = piece.decode("utf-8")
            except UnicodeDecodeError as error:
                raise self._not_utf8(number, piece, error) from error
            yield number, piece, text
            number += text.count("\n") + 1

    def _pieces(self) -> Iterator[bytes]:
        """Whole lines, some at a time, without the LF behind the last of them; LF is no part of any other character."""
        place, rest = self._start, list[bytes]()
        while True:
            self._stream.seek(place)  # two passes may take turns
            data = self._stream.read(_PIECE)
            if not data:
                break
            place += len(data)
            whole, found, begun = data.rpartition(b"\n")
            if found:
                yield b"".join([*rest, whole])
                rest = []
            rest.append(begun)
        yield b"".join(rest)

    def _not_utf8(self, number: int, piece: bytes, error: UnicodeDecodeError) -> DataError:
        line = number + piece.count(b"\n", 0, error.start)
        byte = error.start - (piece.rfind(b"\n", 0, error.start) + 1) + 1
        reason = f"byte {byte} of the line (0x{piece[error.start]:02x}) is not UTF-8: {error.reason}"
        return DataError.at(self._name, line, reason, _SAVE_AS_UTF8)
