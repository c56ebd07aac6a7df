"""One file over HTTP, continued where an earlier try stopped: the downloader that `pooch` is given."""

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
from mnerbench.datasets.fetching.partial_file import PartialFile, Version, version_of
from mnerbench.datasets.file_kinds import is_web_page, web_page
from mnerbench.datasets.http_redirects import TransferError, get
from mnerbench.datasets.network_faults import may_pass

if TYPE_CHECKING:
    from requests import Response

_LOGGER = logging.getLogger(__name__)
CHUNK_BYTES = 1 << 14
"""Read at once; a broken connection loses at most so much of what it had sent."""

Progress = Callable[[int, int | None], None]
"""Told the bytes received so far and the total, or None where the server does not say it."""


@dataclass
class ResumingDownload:
    """Downloads to a `.part` file, which is kept after a broken connection and continued with an HTTP range request.

    A server that ignores the range (status 200) sends everything, and the file starts over. One that refuses it (416),
    or whose file is no longer the version that the kept bytes are of (ETag, Last-Modified, size), is asked again from
    the start. A web page is never taken for the file: those of drives over their quota and of captive portals come with
    status 200.

    Attributes:
        part: where bytes are collected.
        progress: told about every chunk.
        attempts: how often to connect before giving up.
        pause_s: seconds before the second connection; the third waits twice as long, and so on.
        pinned: whether the caller compares a checksum afterwards; otherwise kept bytes of an unknown version are not
            continued.
        limit: bytes of the largest file that is accepted; None accepts any.
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
            TransferError: what the server sends is not the file: a web page, too large, or redirected to plain http.
            DiskError: there is not enough space for it.
        """
        from requests.exceptions import ConnectionError, RequestException  # noqa: A004

        for attempt in range(1, self.attempts + 1):
            try:
                complete = self._receive(url)
            except RequestException as error:
                if attempt == self.attempts or not may_pass(error):
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
        """One connection; whether the file is complete after it."""
        partial = PartialFile(self.part)
        kept = self._kept(partial, url)
        have = partial.size
        # Compressed transfers have no byte positions to continue from.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        if have and kept is not None and kept.condition is not None:
            headers["If-Range"] = kept.condition
        with get(url, headers) as response:
            version = version_of(url, response)
            changed = (kept or version).contradicts(version)
            if response.status_code == 416 and version.size == have and not changed:
                return True  # everything had arrived, only the last step was not taken
            start = _start(response)
            if start not in {0, have} or (start and changed):
                partial.discard()
                return False
            received = self._store(response, start, partial, version)
        return version.size is None or received == version.size

    def _store(self, response: Response, start: int, partial: PartialFile, version: Version) -> int:
        """Add the body of an answer to what is kept, or begin anew with it; bytes of the file after it."""
        self._check_size(version.size, start)
        chunks = response.iter_content(CHUNK_BYTES)
        first = next(chunks, b"")
        # Before kept bytes are given up: the page of a captive portal says nothing of the file.
        if not start and is_web_page(first):
            raise TransferError(f"the server sent {web_page(first)} in place of the file")
        if not start:
            partial.begin(version if not self.pinned or version.etag or version.modified else None)
        self.continued = self.continued or start > 0
        return self._write(chain([first], chunks), start, version.size)

    def _kept(self, partial: PartialFile, url: str) -> Version | None:
        """The version of the kept bytes; bytes that must not be continued are deleted."""
        kept = partial.version()
        usable = (kept.url == url and kept.comparable) if kept is not None else self.pinned
        if usable:
            return kept
        partial.discard()
        return None

    def _check_size(self, size: int | None, start: int) -> None:
        if size is None:
            return
        if self.limit is not None and size > self.limit:
            raise TransferError(f"the server announces {size:,} bytes, over the limit of {self.limit:,}")
        require_space(self.part.parent, size - start)

    def _write(self, chunks: Iterable[bytes], start: int, total: int | None) -> int:
        """Bytes of the file after the body of this answer."""
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
    """The position of the first byte of a body; None where there is no such position.

    Raises:
        requests.exceptions.HTTPError: the server refuses.
        TransferError: it neither refuses nor sends the file.
    """
    if response.status_code == 416:
        return None
    response.raise_for_status()
    if response.status_code == 200:
        return 0
    if response.status_code != 206:
        raise TransferError(f"HTTP {response.status_code} {response.reason or ''} in place of the file")
    first = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(first[1]) if first is not None else None
