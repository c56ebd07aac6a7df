"""The consoles the command line writes to: wide enough for whole tables when the output is a file or a pipe.

No console reads markup: a name such as `[/red]` is a name. Whatever is printed on one is printable, of bounded length,
and can be written in the encoding of its stream.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.protocol import rich_cast
from rich.segment import Segment
from rich.text import Text

from mnerbench.datasets.untrusted.display import bounded
from mnerbench.datasets.untrusted.fallbacks import in_encoding

_PIPE_WIDTH = 160


class PlainConsole(Console):
    """A console that prints text as it is, and foreign text as it is harmless.

    Args:
        settings: of rich's console; none of them turns markup on.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "markup": False, "emoji": False, "highlight": False})

    def render_str(self, text: str, **options: Any) -> Text:
        """Text that does nothing but being shown."""
        return super().render_str(self._shown(text), **{**options, "markup": False, "emoji": False})

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Every text goes through here, those in tables and in bars of progress too."""
        plain = rich_cast(renderable)
        if isinstance(plain, Text) and (shown := self._shown(plain.plain)) != plain.plain:
            # Without the styles of parts, whose places have moved.
            plain = Text(
                shown,
                plain.style,
                justify=plain.justify,
                overflow=plain.overflow,
                no_wrap=plain.no_wrap,
                end=plain.end,
            )
        yield from super().render(plain, options)

    def _shown(self, text: str) -> str:
        return in_encoding(bounded(text), self.encoding)


def console(*, stderr: bool = False) -> Console:
    """A console on stdout or stderr."""
    screen = PlainConsole(stderr=stderr)
    return screen if screen.is_terminal else PlainConsole(stderr=stderr, width=_PIPE_WIDTH)
