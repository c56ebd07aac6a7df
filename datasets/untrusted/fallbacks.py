"""Replacements for symbols that an encoding lacks: `->` for an arrow, otherwise an escape."""

from __future__ import annotations

import codecs

# For `errors=` of a stream.
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
