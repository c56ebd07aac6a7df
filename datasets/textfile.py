"""Text files as numbered lines; errors name file, line and byte.

Lines end at LF only. `str.splitlines` and `str.split` would also break at U+0085, U+2028 or a no-break space, which can
occur in a word or be one. A CR before an LF is removed, so that files saved by Windows editors read the same; a byte
order mark at the beginning of the file is removed too.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.untrusted.files import read_bytes

_SAVE_AS_UTF8 = "save the file as UTF-8, or check whether it is the right one"


def read_lines(path: Path) -> list[tuple[int, str]]:
    """All lines of a UTF-8 file with their one-based numbers, without line ends.

    Raises:
        MissingInputError: there is no such file.
        DataError: the file is empty, cannot be read, or is not UTF-8 (with line and byte).
    """
    return numbered_lines(path, read_bytes(path))


def numbered_lines(path: Path | str, data: bytes) -> list[tuple[int, str]]:
    """All lines of the content of a text file with their one-based numbers, without line ends.

    Args:
        path: its name in error messages.
        data: its bytes, in UTF-8.

    Raises:
        DataError: there is only white space, or the bytes are not UTF-8 (with line and byte).
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    if not data.strip():
        raise DataError.at(path, None, "the file is empty", "check its origin; a download may have been interrupted")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        reason = f"byte {byte} of the line (0x{data[error.start]:02x}) is not UTF-8: {error.reason}"
        raise DataError.at(path, line, reason, _SAVE_AS_UTF8) from error
    if text.isspace():  # white space that `bytes.strip` does not know: U+001C to U+001F, U+0085, U+00A0
        raise DataError.at(path, None, "the file contains only white space", "check its origin")
    return [(number, line.removesuffix("\r")) for number, line in enumerate(text.split("\n"), start=1)]


def image_key(name: str) -> str:
    """The image id without its picture extension: `O_12.jpg` and `O_12` name the same picture."""
    stem, dot, extension = name.rpartition(".")
    return stem if dot and stem and extension.lower() in {"jpg", "jpeg", "png", "gif", "webp", "bmp"} else name
