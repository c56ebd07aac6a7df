"""The consoles the command line writes to: wide enough for whole tables when the output is a file or a pipe."""

from __future__ import annotations

from rich.console import Console

_PIPE_WIDTH = 160


def console(*, stderr: bool = False) -> Console:
    """A console on stdout or stderr."""
    screen = Console(stderr=stderr, highlight=False)
    return screen if screen.is_terminal else Console(stderr=stderr, highlight=False, width=_PIPE_WIDTH)
