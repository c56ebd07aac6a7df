"""Recognise the kind of a file from its first bytes, for messages about files that are not the expected archive."""

from __future__ import annotations

import html
import re
from pathlib import Path

from mnerbench.datasets.untrusted.files import open_binary

HEAD_BYTES = 4096
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|script|meta)\b",
    re.IGNORECASE | re.DOTALL,
)
_SIGNATURES = {
    b"Rar!\x1a\x07": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"\x28\xb5\x2f\xfd": "a file compressed with Zstandard",
    b"version https://git-lfs": "a Git LFS pointer, not the file itself",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x89PNG": "a PNG picture",
    b"<?xml": "an XML document, perhaps an error message",
    b"{": "JSON, perhaps an error message",
    b"%PDF": "a PDF document",
}
_CUT_OFF = {
    b"PK\x03\x04": "a truncated zip archive",
    b"\x1f\x8b": "a gzip file that holds no tar archive, or is truncated",
    b"BZh": "a bzip2 file that holds no tar archive, or is truncated",
    b"\xfd7zXZ": "an xz file that holds no tar archive, or is truncated",
}


def is_web_page(head: bytes) -> bool:
    """Whether the first bytes of a file are those of an HTML page."""
    return _PAGE.match(head[:HEAD_BYTES]) is not None


def web_page(head: bytes) -> str:
    """A description of an HTML page, with its title if it has one, in printable characters."""
    title = _TITLE.search(head[:HEAD_BYTES])
    text = html.unescape(title[1].decode("utf-8", "replace")) if title else ""
    text = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:80]
    return f'a web page ("{text}")' if text else "a web page"


def kind_of(path: Path) -> str:
    """Describe a file that is not a readable archive.

    Raises:
        DataError: the file cannot be read.
    """
    with open_binary(path, most=None) as file:
        head = file.read(HEAD_BYTES)
    if not head:
        return "an empty file"
    if is_web_page(head):
        return web_page(head)
    signatures = {**_SIGNATURES, **_CUT_OFF}
    return next(
        (kind for sign, kind in signatures.items() if head.lstrip().startswith(sign)), "a file of an unknown kind"
    )
