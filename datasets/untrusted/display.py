"""Makes foreign text safe to print in a terminal, a log, a table or an error message.

An escape sequence in a tweet or a file name can retitle, clear or rewrite a terminal; a lone surrogate cannot be
encoded; an override of the writing direction displays text other than the actual one. Symbols that the encoding of a
stream lacks are spelled (`->` for an arrow) or escaped.
"""

from __future__ import annotations

import codecs
import re

MOST_CHARACTERS = 500
MOST_IN_CELL, MOST_IN_LINE, MOST_LINES = 300, 2000, 300
# C0 (except tab and line feed), DEL, C1, separators that some readers take for line ends, marks that change the writing
# direction (Unicode TR36 §3, "Trojan Source" CVE-2021-42574), lone surrogates.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
# The error handler for the `errors=` of a stream.
READABLE = "mnerbench.readable"
_SPELLED = {
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{LEFTWARDS ARROW}": "<-",
    "\N{PLUS-MINUS SIGN}": "+/-",
    "\N{MIDDLE DOT}": "-",
    "\N{BULLET}": "*",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MINUS SIGN}": "-",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{SECTION SIGN}": "sec. ",
    "\N{GREEK CAPITAL LETTER DELTA}": "Delta",
    "\N{GREEK CAPITAL LETTER SIGMA}": "Sigma",
    "\N{SQUARE ROOT}": "sqrt",
    "\N{ALMOST EQUAL TO}": "~",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{BLACK UP-POINTING TRIANGLE}": "^",
    "\N{BLACK DOWN-POINTING TRIANGLE}": "v",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{NO-BREAK SPACE}": " ",
    "\N{BOX DRAWINGS LIGHT HORIZONTAL}": "-",
}


def printable(text: object) -> str:
    r"""Replace control characters and the like by their escapes, such as `\x1b`.

    Tabs and line feeds stay. A CR before a line feed is removed, elsewhere it becomes `\r`.
    """
    return _HARMFUL.sub(_escape, str(text).replace("\r\n", "\n"))


def one_line(text: object, most: int = MOST_CHARACTERS) -> str:
    r"""Printable text on one line of bounded length; a line feed becomes `\n`, a tab becomes a space."""
    return shortened(printable(text).replace("\n", "\\n").replace("\t", " "), most)


def quoted(text: object, most: int = 80) -> str:
    """`repr` of text that a user or a file gave, on one line of bounded length."""
    return one_line(repr(text), most)


def shortened(text: str, most: int = MOST_CHARACTERS) -> str:
    """Printable text of bounded length: the beginning of a longer one, and the number of omitted characters."""
    text = text if len(text) <= most else f"{text[:most]}... ({len(text) - most:,} more characters)"
    return printable(text)


def has_lone_surrogate(text: str) -> bool:
    """Whether text contains a lone surrogate, which Python decodes from bytes and JSON but cannot write in UTF-8."""
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character == "\r":
        return "\\r"
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def cell(text: object) -> str:
    """Printable text for a table cell in a terminal: one line of bounded length."""
    return one_line(text, MOST_IN_CELL)


def bounded(text: object, most: int = MOST_IN_LINE, lines: int = MOST_LINES) -> str:
    """Printable text of bounded length: the beginning of long lines, and the first of many lines."""
    head = str(text).replace("\r\n", "\n").split("\n", lines)
    note = [f"... ({head.pop().count(chr(10)) + 1:,} more lines)"] if len(head) > lines else []
    return "\n".join([*(shortened(line, most) for line in head), *note])


def in_encoding(text: str, encoding: str) -> str:
    """Text as a stream in that encoding shows it; encodings unknown to Python count as ASCII."""
    try:
        return text.encode(encoding, READABLE).decode(encoding)
    except (LookupError, UnicodeError):
        return text.encode("ascii", READABLE).decode("ascii")


def _readable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    spelled = (_SPELLED.get(c) or c.encode("ascii", "backslashreplace").decode("ascii") for c in lacking)
    return "".join(spelled), error.end


codecs.register_error(READABLE, _readable)
