"""Standard streams that survive a full disk, a closed pipe, and an encoding without our symbols."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mnerbench.datasets.untrusted.display import READABLE

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class StreamLostError(BaseException):
    """Standard output can no longer be written.

    Not an `Exception`: no boundary around a run or a picture may mistake it for an error of theirs.

    Attributes:
        reason: the operating system's error.
    """

    def __init__(self, reason: OSError) -> None:
        super().__init__(reason.strerror or str(reason))
        self.reason = reason

    @property
    def reader_is_gone(self) -> bool:
        """Whether output was a pipe whose reader has ended, such as `head`; no message can reach it."""
        return self.reason.errno == errno.EPIPE


class _GuardedFile(io.FileIO):
    """The file behind a stream. The first failed write raises if `raises`; later writes are discarded.

    They are discarded silently so that context managers and the interpreter can exit in order.
    """

    def __init__(self, descriptor: int, *, raises: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._raises = raises
        self.lost: StreamLostError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Write bytes.

        Raises:
            StreamLostError: the write failed, and it is the first to fail.
        """
        if self.lost is None:
            try:
                return super().write(data)
            except OSError as error:
                self.lost = StreamLostError(error)
                if self._raises:
                    raise self.lost from error
        return memoryview(data).nbytes


class Streams:
    """Standard output and standard error of a program.

    Attributes:
        output: the file behind standard output; None if it is not a file of the system, as in tests.
    """

    def __init__(self) -> None:
        self.output: _GuardedFile | None = None

    @property
    def lost(self) -> StreamLostError | None:
        """Why standard output is lost; None if it is not lost."""
        return None if self.output is None else self.output.lost


@contextmanager
def guarded_streams() -> Iterator[Streams]:
    """Make standard output raise `StreamLostError` once when it is lost, and standard error never fail.

    Both write any text: symbols that their encoding lacks are spelled out (`datasets/untrusted/fallbacks.py`).
    """
    before, streams = (sys.stdout, sys.stderr), Streams()
    if (output := _guarded(sys.stdout, raises=True)) is not None:
        streams.output, sys.stdout = output
    if (errors := _guarded(sys.stderr, raises=False)) is not None:
        sys.stderr = errors[1]
    try:
        yield streams
    finally:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                with suppress(StreamLostError):  # `streams.lost` keeps it
                    stream.flush()
        sys.stdout, sys.stderr = before


def _guarded(stream: object, *, raises: bool) -> tuple[_GuardedFile, io.TextIOWrapper] | None:
    """The same stream over a guarded file; None if a program or a test has replaced the stream."""
    if not isinstance(stream, io.TextIOWrapper):
        return None
    try:
        stream.flush()
        file = _GuardedFile(stream.fileno(), raises=raises)
    except (OSError, ValueError):  # captured, or closed
        return None
    text = io.TextIOWrapper(
        io.BufferedWriter(file),
        encoding=stream.encoding,
        errors=READABLE,
        line_buffering=stream.line_buffering or stream.write_through,
    )
    return file, text
