"""Templates, styles and scripts of the page, and how text and data get into them."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mnerbench.datasets.untrusted.display import printable

_PACKAGE = "mnerbench.reports.render.html"
# Characters that HTML forbids, besides unprintable ones.
_FORBIDDEN = re.compile("[\ufffe\uffff]")


def script_data(data: Any) -> Markup:
    """Encode data as JSON without characters that could end the script element."""
    text = json.dumps(data, separators=(",", ":"))  # in ASCII, so that U+2028 and lone surrogates are escaped too
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def printable_value(value: object) -> object:
    """Replace forbidden characters in text, and escape unprintable ones."""
    if type(value) is not str or (value.isascii() and value.isprintable()):  # most texts of a page are numbers
        return value
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", printable(value))


@cache
def asset(name: str) -> str:
    """A file of the templates' folder."""
    return (files(_PACKAGE) / "templates" / name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """The templates, which escape all text."""
    return Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable_value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
