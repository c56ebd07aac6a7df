"""One file over HTTP, continued where an earlier try stopped: the downloader that `pooch` is given."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests import Response

_LOGGER = logging.getLogger(__name__)
_TIMEOUT_S = (10, 60)
CHUNK_BYTES = 1 << 14
"""Read at once; a broken connection loses at most so much of what it had sent."""

Progress = Callable[[int, int | None], None]
"""Told the bytes received so far and the total, or None where the server does not say it."""


@dataclass
class ResumingDownload:
    """Downloads to a `.part` file, which is kept after a broken connection and continued with an HTTP range request.

    A server that ignores the range (status 200) sends everything, and the file starts over; one that refuses it (416)
    is asked again from the start.

    Attributes:
        part: where bytes are collected.
        progress: told about every chunk.
        attempts: how often to connect before giving up.
        pause_s: seconds before the second connection; the third waits twice as long, and so on.
        continued: set when bytes of an earlier connection became part of the file.
    """

    part: Path
    progress: Progress | None = None
    attempts: int = 3
    pause_s: float = 1.0
    continued: bool = False

    def __call__(self, url: str, output_file: Any, pooch: Any) -> None:
        """Fetch `url` to `output_file`.

        Raises:
            requests.exceptions.RequestException: the server refuses, or the connection broke `attempts` times.
        """
        from requests.exceptions import ChunkedEncodingError, ConnectionError, Timeout  # noqa: A004

        for attempt in range(1, self.attempts + 1):
            try:
                complete = self._receive(url)
            except (ChunkedEncodingError, ConnectionError, Timeout) as error:
                if attempt == self.attempts:
                    raise
                _LOGGER.info("%s: %s; connecting again", url, error)
                complete = False
            if complete:
                self.part.replace(output_file)
                return
            if attempt < self.attempts:
                time.sleep(self.pause_s * attempt)
        raise ConnectionError(f"the file was cut off {self.attempts} times")

    def _receive(self, url: str) -> bool:
        """One connection; whether the file is complete after it."""
        import requests

        have = self.part.stat().st_size if self.part.exists() else 0
        # Compressed transfers have no byte positions to continue from.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                self.part.unlink()
                return False
            response.raise_for_status()
            start = have if _continues(response, have) else 0
            total = _total(response, start)
            self.continued = self.continued or start > 0
            received = start
            with self.part.open("ab" if start else "wb") as file:
                for chunk in response.iter_content(CHUNK_BYTES):
                    file.write(chunk)
                    received += len(chunk)
                    if self.progress is not None:
                        self.progress(received, total)
        return total is None or received == total


def _continues(response: Response, have: int) -> bool:
    if response.status_code != 206:
        return False
    place = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return place is not None and int(place[1]) == have


def _total(response: Response, start: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() and "Content-Encoding" not in response.headers else None
