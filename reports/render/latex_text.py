r"""Foreign text as literal LaTeX that pdflatex compiles in its default font encoding."""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    # Works in every font encoding, and where babel makes `"` an accent.
    '"': r"\char34{}",
    **{character: f"\\{character}" for character in "{}$&#_%"},
    # `\\` would take a following `[` or `*` as its argument.
    **{character: f"{{{character}}}" for character in "[]*"},
    "\N{EN DASH}": r"\textendash{}",
    "\N{EM DASH}": r"\textemdash{}",
    "\N{HORIZONTAL ELLIPSIS}": r"\dots{}",
    "\N{RIGHTWARDS ARROW}": r"$\rightarrow$",
    "\N{MIDDLE DOT}": r"$\cdot$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{PLUS-MINUS SIGN}": r"$\pm$",
    "\N{GREEK CAPITAL LETTER DELTA}": r"$\Delta$",
}
# Letters of Latin-1 and Latin Extended-A that the encoding OT1 lacks; it composes the others of accents.
_NOT_IN_OT1 = frozenset("ÐÞðþĄąĐđĘęĦħĮįĸĿŀŉŊŋŦŧŲųſ")
_LATIN = {char for char in map(chr, range(0xC0, 0x180)) if char.isalpha()} - _NOT_IN_OT1
_LIGATURE = re.compile(r"([-`'?!,])(?=[-`',])")  # keeps two hyphens from becoming a dash
_WHITE = re.compile(r"\s+")
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn"}
_OTHER = re.compile(r"[^\x00-\x7f]+")

# `\mnerglyphs{<characters>}{<their code points>}` prints the characters where the engine can.
GLYPHS = r"\mnerglyphs"
GLYPHS_DEFINITION = (
    r"% \mnerglyphs: characters that lualatex and xelatex print if the font has them; pdflatex prints their codes",
    rf"\ifdefined\Umathcode\providecommand{{{GLYPHS}}}[2]{{#1}}\else\providecommand{{{GLYPHS}}}[2]{{#2}}\fi",
)


def escape(text: str) -> str:
    r"""Escape text so that it prints literally: no commands, comments or cell separators.

    Control, format (bidirectional marks among them), private and surrogate characters are dropped. Characters that
    pdflatex lacks become `\mnerglyphs{...}{...}`, which needs `GLYPHS_DEFINITION`.
    """
    composed = unicodedata.normalize("NFC", _WHITE.sub(" ", text).strip())
    visible = "".join(char for char in composed if unicodedata.category(char) not in _INVISIBLE)
    literal = "".join(_SPECIAL.get(char, char) for char in visible)
    return _OTHER.sub(lambda match: _with_glyphs(match.group()), _LIGATURE.sub(r"\1{}", literal))


def _with_glyphs(text: str) -> str:
    """Text outside of ASCII, with runs of characters that pdflatex lacks as glyphs."""
    parts: list[str] = []
    lacking = ""
    for char in text:
        if char not in _LATIN:
            lacking += char
            continue
        parts += [_glyphs(lacking), char]
        lacking = ""
    return "".join([*parts, _glyphs(lacking)])


def _glyphs(text: str) -> str:
    codes = " ".join(f"U+{ord(char):04X}" for char in text)
    return f"{GLYPHS}{{{text}}}{{{codes}}}" if text else ""
