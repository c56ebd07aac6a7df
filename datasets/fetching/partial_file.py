"""The bytes of an interrupted download, and of which version of which file they are."""

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
    """What a server says of a file, to recognise the same bytes later.

    Attributes:
        url: where it was asked for, before redirects.
        etag: its entity tag, quotes and the mark of a weak one included.
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
            raise TypeError("not what a server says of a file")

    @property
    def condition(self) -> str | None:
        """The value of an If-Range header; a weak tag must not stand there (RFC 9110, 13.1.5)."""
        value = self.etag if self.etag is not None and not self.etag.startswith("W/") else self.modified
        # A damaged record must not become a header that cannot be sent, or two of them.
        return value if value is not None and _HEADER.fullmatch(value) else None

    @property
    def comparable(self) -> bool:
        """Whether anything is stated by which another version would be noticed."""
        return (self.etag, self.modified, self.size) != (None, None, None)

    def contradicts(self, other: Version) -> bool:
        """Whether something that both state is different."""
        pairs = ((self.etag, other.etag), (self.modified, other.modified), (self.size, other.size))
        return self.url != other.url or any(None not in pair and pair[0] != pair[1] for pair in pairs)


def version_of(url: str, response: Response) -> Version:
    """The version that an answer is about; of a part (206) and a refused range (416) the size of the whole."""
    headers = response.headers
    if response.status_code in {206, 416}:
        whole = re.search(r"/(\d+)$", headers.get("Content-Range", ""))
        size = int(whole[1]) if whole else None
    else:
        length = headers.get("Content-Length", "")
        # A body that is decompressed on the way has another length than the header says.
        size = int(length) if length.isdigit() and "Content-Encoding" not in headers else None
    return Version(url, headers.get("ETag"), headers.get("Last-Modified"), size)


@dataclass(frozen=True)
class PartialFile:
    """A `.part` file, and beside it the version that its bytes belong to.

    Attributes:
        path: of the bytes.
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
        """Of the bytes; None when nothing is known of them."""
        try:
            fields: dict[str, Any] = parse_json(read_bytes(self._record))
            return Version(**fields)
        except (MnerbenchError, ValueError, TypeError):
            return None

    def begin(self, version: Version | None) -> None:
        """Forget what was there, and remember the version of what comes now, where one is given."""
        self.discard()
        if version is not None:
            self._record.write_text(json.dumps(vars(version)), encoding="utf-8")

    def complete(self, target: Path) -> None:
        """Make it the file it is a part of."""
        self.path.replace(target)
        self._record.unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete bytes and version."""
        self.path.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)
