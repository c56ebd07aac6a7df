"""Resumable HTTP download of one file, usable as a `pooch` downloader."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.fetching.disk_space import require_space
from mnerbench.datasets.fetching.file_kinds import is_web_page, web_page
from mnerbench.datasets.fetching.partial_file import PartialFile, Version, version_of
from mnerbench.datasets.http_requests import TransferError, get, is_transient

if TYPE_CHECKING:
    from requests import Response

_LOGGER = logging.getLogger(__name__)
CHUNK_BYTES = 1 << 14
"""Bytes per read, and the most that a broken connection can lose of what it received."""

Progress = Callable[[int, int | None], None]
"""Receives the bytes so far and the total, or None if the server does not state it."""


@dataclass
class ResumingDownload:
    """Downloads to a `.part` file, which survives a broken connection and is resumed with an HTTP range request.

    If the server ignores the range (status 200), the file starts over. If it refuses the range (416), or its file is no
    longer the version of the partial file (ETag, Last-Modified, size), the download restarts. A web page is never taken
    for the file: drives over their quota and captive portals send theirs with status 200.

    Attributes:
        part: the partial file.
        progress: called for every chunk.
        attempts: maximal number of connections.
        pause_s: seconds before the second connection; the third waits twice as long, and so on.
        pinned: whether the caller verifies a checksum afterwards; otherwise a partial file of unknown version is not
            resumed.
        limit: maximal size of the file in bytes; None for no limit.
        continued: set when bytes of an earlier connection became part of the file.
    """

    part: Path
    progress: Progress | None = None
    attempts: int = 3
    pause_s: float = 1.0
    pinned: bool = True
    limit: int | None = None
    continued: bool = False

    def __call__(self, url: str, output_file: Any, pooch: Any) -> None:
        """Fetch `url` to `output_file`.

        Raises:
            requests.exceptions.RequestException: the server refuses, or the connection broke `attempts` times.
            TransferError: the server does not send the file: a web page, too many bytes, or a redirect to plain http.
            DiskError: there is not enough space.
        """
        from requests.exceptions import ConnectionError, RequestException  # noqa: A004

        for attempt in range(1, self.attempts + 1):
            try:
                complete = self._receive(url)
            except RequestException as error:
                if attempt == self.attempts or not is_transient(error):
                    raise
                _LOGGER.info("%s: %s; connecting again", url, error)
                complete = False
            if complete:
                PartialFile(self.part).complete(Path(output_file))
                return
            if attempt < self.attempts:
                time.sleep(self.pause_s * attempt)
        raise ConnectionError(f"the file was cut off {self.attempts} times")

    def _receive(self, url: str) -> bool:
        """Open one connection; return whether the file is complete afterwards."""
        partial = PartialFile(self.part)
        previous = self._resumable_version(partial, url)
        have = partial.size
        # Compressed transfers have no byte positions to resume from.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        if have and previous is not None and previous.condition is not None:
            headers["If-Range"] = previous.condition
        with get(url, headers) as response:
            version = version_of(url, response)
            changed = (previous or version).contradicts(version)
            if response.status_code == 416 and version.size == have and not changed:
                return True  # all bytes had arrived, only the final rename was missing
            start = _start(response)
            if start not in {0, have} or (start and changed):
                partial.discard()
                return False
            received = self._store(response, start, partial, version)
        return version.size is None or received == version.size

    def _store(self, response: Response, start: int, partial: PartialFile, version: Version) -> int:
        """Append the body of a response to the partial file, or start over with it; return the file's size."""
        self._check_size(version.size, start)
        chunks = response.iter_content(CHUNK_BYTES)
        first = next(chunks, b"")
        # Check before discarding the partial file: the page of a captive portal says nothing about the file.
        if not start and is_web_page(first):
            raise TransferError(f"the server sent {web_page(first)} instead of the file")
        if not start:
            partial.begin(version if not self.pinned or version.etag or version.modified else None)
        self.continued = self.continued or start > 0
        return self._write(chain([first], chunks), start, version.size)

    def _resumable_version(self, partial: PartialFile, url: str) -> Version | None:
        """The version of the partial file, if known; deletes a partial file that must not be resumed."""
        version = partial.version()
        usable = (version.url == url and version.comparable) if version is not None else self.pinned
        if usable:
            return version
        partial.discard()
        return None

    def _check_size(self, size: int | None, start: int) -> None:
        if size is None:
            return
        if self.limit is not None and size > self.limit:
            raise TransferError(f"the server announces {size:,} bytes, more than the limit of {self.limit:,}")
        require_space(self.part.parent, size - start)

    def _write(self, chunks: Iterable[bytes], start: int, total: int | None) -> int:
        """Write the body of a response; return the file's size."""
        received = start
        with self.part.open("ab" if start else "wb") as file:
            for chunk in chunks:
                file.write(chunk)
                received += len(chunk)
                if self.limit is not None and received > self.limit:
                    break
                if self.progress is not None:
                    self.progress(received, total)
        if self.limit is not None and received > self.limit:
            PartialFile(self.part).discard()
            raise TransferError(f"the server sends more than the limit of {self.limit:,} bytes")
        return received


def _start(response: Response) -> int | None:
    """The position in the file of the first byte of a body; None if it has none.

    Raises:
        requests.exceptions.HTTPError: the server refuses.
        TransferError: the server neither refuses nor sends the file.
    """
    if response.status_code == 416:
        return None
    response.raise_for_status()
    if response.status_code == 200:
        return 0
    if response.status_code != 206:
        raise TransferError(f"HTTP {response.status_code} {response.reason or ''} instead of the file")
    first = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(first[1]) if first is not None else None
