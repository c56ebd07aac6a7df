"""Partial files of interrupted downloads, and the version of the file to which they belong."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.untrusted.files import read_bytes
from mnerbench.datasets.untrusted.json_text import parse_json

if TYPE_CHECKING:
    from requests import Response

_HEADER = re.compile(r"[!-~][ -~\x80-\xff]*")


@dataclass(frozen=True)
class Version:
    """A server's description of a file, to recognise the same bytes later.

    Attributes:
        url: the requested address, before redirects.
        etag: its entity tag, including quotes and the mark of a weak one.
        modified: its Last-Modified header.
        size: bytes of the whole file.
    """

    url: str
    etag: str | None = None
    modified: str | None = None
    size: int | None = None

    def __post_init__(self) -> None:
        texts = all(isinstance(text, str | None) for text in (self.etag, self.modified))
        if not isinstance(self.url, str) or not texts or not (self.size is None or type(self.size) is int):
            raise TypeError("not the description of a file by a server")

    @property
    def condition(self) -> str | None:
        """The value of an If-Range header, in which weak tags are not allowed (RFC 9110, 13.1.5)."""
        value = self.etag if self.etag is not None and not self.etag.startswith("W/") else self.modified
        # A damaged record must not become an invalid header, or two headers.
        return value if value is not None and _HEADER.fullmatch(value) else None

    @property
    def comparable(self) -> bool:
        """Whether it states anything that distinguishes versions."""
        return (self.etag, self.modified, self.size) != (None, None, None)

    def contradicts(self, other: Version) -> bool:
        """Whether the two differ in anything that both state."""
        pairs = ((self.etag, other.etag), (self.modified, other.modified), (self.size, other.size))
        return self.url != other.url or any(None not in pair and pair[0] != pair[1] for pair in pairs)


def version_of(url: str, response: Response) -> Version:
    """The version that a response describes; for a part (206) and a refused range (416) with the size of the whole."""
    headers = response.headers
    if response.status_code in {206, 416}:
        whole = re.search(r"/(\d+)$", headers.get("Content-Range", ""))
        size = int(whole[1]) if whole else None
    else:
        length = headers.get("Content-Length", "")
        # A body that requests decompresses has another length than the header states.
        size = int(length) if length.isdigit() and "Content-Encoding" not in headers else None
    return Version(url, headers.get("ETag"), headers.get("Last-Modified"), size)


@dataclass(frozen=True)
class PartialFile:
    """A `.part` file, and a `.version` file with the version to which its bytes belong.

    Attributes:
        path: path of the `.part` file.
    """

    path: Path

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def _record(self) -> Path:
        return self.path.with_name(self.path.name + ".version")

    def version(self) -> Version | None:
        """The version of the bytes; None when it is unknown."""
        try:
            fields: dict[str, Any] = parse_json(read_bytes(self._record))
            return Version(**fields)
        except (MnerbenchError, ValueError, TypeError):
            return None

    def begin(self, version: Version | None) -> None:
        """Discard earlier bytes, and record the version of the new ones if there is one."""
        self.discard()
        if version is not None:
            self._record.write_text(json.dumps(vars(version)), encoding="utf-8")

    def complete(self, target: Path) -> None:
        """Rename the complete file to its target."""
        self.path.replace(target)
        self._record.unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete the bytes and their version."""
        self.path.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)
