"""The consoles the command line writes to: wide enough for whole tables when the output is a file or a pipe.

`COLUMNS` sets the width of either.

No console interprets markup: `[/red]` remains a name. All printed text is printable, bounded in length and encodable in
the encoding of its stream.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from io import StringIO
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.protocol import rich_cast
from rich.segment import Segment
from rich.text import Text

from mnerbench.datasets.untrusted.display import bounded, in_encoding

_PIPE_WIDTH = 160


class PlainConsole(Console):
    """A console that interprets no markup and makes foreign text printable.

    Args:
        settings: settings of rich's console; markup stays off.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "markup": False, "emoji": False, "highlight": False})

    def render_str(self, text: str, **options: Any) -> Text:
        """Convert a string to text without markup or emoji."""
        return super().render_str(self._printable(text), **{**options, "markup": False, "emoji": False})

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render an object; all text passes through here, also that of tables and progress bars."""
        plain = rich_cast(renderable)
        if isinstance(plain, Text) and (printable := self._printable(plain.plain)) != plain.plain:
            # Drops the styles of parts, whose offsets have changed.
            plain = Text(
                printable,
                plain.style,
                justify=plain.justify,
                overflow=plain.overflow,
                no_wrap=plain.no_wrap,
                end=plain.end,
            )
        yield from super().render(plain, options)

    def _printable(self, text: str) -> str:
        return in_encoding(bounded(text), self.encoding)


def console(*, stderr: bool = False) -> Console:
    """Make a console on stdout or stderr."""
    screen = PlainConsole(stderr=stderr)
    columns = os.environ.get("COLUMNS", "")
    if screen.is_terminal or (columns.isdecimal() and int(columns) > 0):
        return screen  # rich reads COLUMNS itself
    return PlainConsole(stderr=stderr, width=_PIPE_WIDTH)


def silent_console() -> Console:
    """Make a console that prints nothing; in a notebook, rich would otherwise show what is written to a file, too."""
    return PlainConsole(file=StringIO(), force_jupyter=False)
