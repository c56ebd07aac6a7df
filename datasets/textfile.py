"""Text files as numbered lines, with the failures of text files told by file, line and byte.

Lines end at LF only. `str.splitlines` and `str.split` would also break at U+0085, U+2028 or a no-break space, which can
stand inside a word or be one. One CR before an LF is taken off, so that files saved by Windows editors read the same; a
byte order mark at the very start is taken off too.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.untrusted.files import read_bytes

_SAVE_AS_UTF8 = "save the file as UTF-8, or see whether it is the right one"


def read_lines(path: Path) -> list[tuple[int, str]]:
    """All lines of a UTF-8 file with their one-based numbers, without line ends.

    Raises:
        MissingInputError: there is no such file.
        DataError: the file is empty, cannot be read, or is not UTF-8 (names line and byte).
    """
    return numbered_lines(path, read_bytes(path))


def numbered_lines(path: Path | str, data: bytes) -> list[tuple[int, str]]:
    """The lines of a text file that was read already.

    Args:
        path: what errors call it.
        data: its bytes, in UTF-8.

    Raises:
        DataError: there are none but white space, or they are not UTF-8 (names line and byte).
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    if not data.strip():
        raise DataError.at(path, None, "the file is empty", "see where it comes from; a download may have been cut off")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        reason = f"byte {byte} of the line (0x{data[error.start]:02x}) is not UTF-8: {error.reason}"
        raise DataError.at(path, line, reason, _SAVE_AS_UTF8) from error
    if text.isspace():  # also of kinds that bytes do not know: U+001C to U+001F, U+0085, U+00A0
        raise DataError.at(path, None, "the file is empty but for white space", "see where it comes from")
    return [(number, line.removesuffix("\r")) for number, line in enumerate(text.split("\n"), start=1)]


def image_key(name: str) -> str:
    """The image id without its picture extension: `O_12.jpg` and `O_12` name one picture."""
    stem, dot, extension = name.rpartition(".")
    return stem if dot and stem and extension.lower() in {"jpg", "jpeg", "png", "gif", "webp", "bmp"} else name
