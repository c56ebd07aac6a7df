"""A local server that publishes archives of pictures, with the faults that a test sets."""

from __future__ import annotations

import io
import re
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image

_CHUNK = 1 << 14


def jpeg(seed: int, side: int = 24) -> bytes:
    """A small picture that depends on the seed."""
    stream = io.BytesIO()
    Image.new("RGB", (side, side), (seed * 37 % 256, seed * 11 % 256, seed % 256)).save(stream, "JPEG")
    return stream.getvalue()


def pictures(ids: list[str], folder: str) -> dict[str, bytes]:
    """One picture per id, by its path in an archive."""
    return {f"{folder}/{image}.jpg": jpeg(seed) for seed, image in enumerate(ids)}


def zip_of(members: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as packed:
        for path, content in members.items():
            packed.writestr(path, content)
    return stream.getvalue()


def tar_of(members: Mapping[str, bytes], mode: str = "w:gz", links: Mapping[str, str] | None = None) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as packed:
        for path, target in (links or {}).items():
            info = tarfile.TarInfo(path)
            info.type, info.linkname = tarfile.SYMTYPE, target
            packed.addfile(info)
        for path, content in members.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return stream.getvalue()


@dataclass
class Route:
    """The response to requests of one path.

    Attributes:
        body: the file.
        status: sent instead of the file.
        location: target of a redirect.
        etag: entity tag of the file; None sends none.
        ranges: whether ranges are supported.
        obeys_if_range: whether a range of another version is answered with the whole file, as the standard requires.
        cuts: bytes that the next responses send before the connection is closed.
        length: a false Content-Length; -1 sends none.
        content_type: content type of the file.
        pause: seconds between two chunks of the body, for a download that can be interrupted.
        requests: the headers Range and If-Range of each request.
    """

    body: bytes = b""
    status: int | None = None
    location: str | None = None
    etag: str | None = None
    ranges: bool = True
    obeys_if_range: bool = True
    cuts: list[int] = field(default_factory=list)
    length: int | None = None
    content_type: str = "application/zip"
    pause: float = 0.0
    requests: list[tuple[str | None, str | None]] = field(default_factory=list)


class ArchiveServer(ThreadingHTTPServer):
    """Serves routes by path; everything else is 404."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.routes: dict[str, Route] = {}

    def url(self, path: str = "/a.zip") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: ArchiveServer

    def do_GET(self) -> None:
        route = self.server.routes.get(self.path)
        if route is None:
            self.send_error(404)
            return
        route.requests.append((self.headers.get("Range"), self.headers.get("If-Range")))
        if route.status is not None:
            self.send_error(route.status)
        elif route.location is not None:
            self.send_response(302)
            self.send_header("Location", route.location)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._send(route)

    def _send(self, route: Route) -> None:
        start = self._start(route)
        if start and start >= len(route.body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(route.body)}")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", route.content_type)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(route.body) - 1}/{len(route.body)}")
        if route.etag is not None:
            self.send_header("ETag", route.etag)
        length = len(route.body) - start if route.length is None else route.length
        if length >= 0:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        cut = route.cuts.pop(0) if route.cuts else len(route.body)
        with suppress(ConnectionError):  # the client may close the connection early
            body = route.body[start : start + cut]
            size = _CHUNK if route.pause else max(1, len(body))
            for position in range(0, len(body), size):
                self.wfile.write(body[position : position + size])
                time.sleep(route.pause)
        self.close_connection = True

    def _start(self, route: Route) -> int:
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        if not match or not route.ranges or (route.obeys_if_range and condition not in {None, route.etag}):
            return 0
        return int(match[1])

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def archive_server() -> Iterator[ArchiveServer]:
    """A running server."""
    with ArchiveServer() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()
