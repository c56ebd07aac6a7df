"""Standard streams that may be full, closed at the other end, or of an encoding without our symbols."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mnerbench.datasets.untrusted.fallbacks import READABLE

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class StreamLostError(BaseException):
    """Standard output takes nothing any more.

    Not an `Exception`: no boundary around a run or a picture may take it for a fault of theirs.

    Attributes:
        reason: the operating system's error.
    """

    def __init__(self, reason: OSError) -> None:
        super().__init__(reason.strerror or str(reason))
        self.reason = reason

    @property
    def reader_is_gone(self) -> bool:
        """Whether it was a pipe whose reader has ended, such as `head`: nobody is left to tell."""
        return self.reason.errno == errno.EPIPE


class _GuardedFile(io.FileIO):
    """The file behind a stream. The first write that fails is told, if that is wanted; what follows goes nowhere.

    Silent afterwards, so that whatever ends in an orderly way on the way out can do so, and the interpreter too.
    """

    def __init__(self, descriptor: int, *, tell: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._tell = tell
        self.lost: StreamLostError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Write bytes.

        Raises:
            StreamLostError: for the first time nothing can be written.
        """
        if self.lost is None:
            try:
                return super().write(data)
            except OSError as error:
                self.lost = StreamLostError(error)
                if self._tell:
                    raise self.lost from error
        return memoryview(data).nbytes


class Streams:
    """Standard output and standard error of a program.

    Attributes:
        output: behind standard output; None where it is none of the system's files, as in tests.
    """

    def __init__(self) -> None:
        self.output: _GuardedFile | None = None

    @property
    def lost(self) -> StreamLostError | None:
        """Why standard output is lost; None while it is not."""
        return None if self.output is None else self.output.lost


@contextmanager
def guarded_streams() -> Iterator[Streams]:
    """Within it, standard output raises `StreamLostError` once when it is lost, and standard error never fails.

    Both write any text, whatever their encoding: symbols that it lacks are spelled (`datasets/untrusted/fallbacks.py`).
    """
    before, streams = (sys.stdout, sys.stderr), Streams()
    if (output := _guarded(sys.stdout, tell=True)) is not None:
        streams.output, sys.stdout = output
    if (errors := _guarded(sys.stderr, tell=False)) is not None:
        sys.stderr = errors[1]
    try:
        yield streams
    finally:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                with suppress(StreamLostError):  # it is remembered
                    stream.flush()
        sys.stdout, sys.stderr = before


def _guarded(stream: object, *, tell: bool) -> tuple[_GuardedFile, io.TextIOWrapper] | None:
    """The same stream over a file that is guarded; None where a program or a test has put something else there."""
    if not isinstance(stream, io.TextIOWrapper):
        return None
    try:
        stream.flush()
        file = _GuardedFile(stream.fileno(), tell=tell)
    except (OSError, ValueError):  # captured, or closed
        return None
    text = io.TextIOWrapper(
        io.BufferedWriter(file),
        encoding=stream.encoding,
        errors=READABLE,
        line_buffering=stream.line_buffering or stream.write_through,
    )
    return file, text
