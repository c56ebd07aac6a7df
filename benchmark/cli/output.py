"""The only place of the command line that writes to standard output and standard error, besides its consoles."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from mnerbench.datasets.untrusted.display import bounded


def say(text: object, *, colour: str | None = None, err: bool = False) -> None:
    """Print a line, or some: foreign text in them acts on no terminal, and has an end.

    Args:
        text: what to say.
        colour: of click, for a terminal.
        err: to standard error.
    """
    stream = sys.stderr if err else sys.stdout
    if stream is None:  # closed before the program began
        return
    line = bounded(text)
    if colour is not None and stream.isatty() and not os.environ.get("NO_COLOR"):
        import click

        line = click.style(line, fg=colour)
    stream.write(f"{line}\n")
    stream.flush()


def say_error(text: object) -> None:
    """Print an error with its remedies."""
    say(f"error: {text}", colour="red", err=True)


def say_warning(text: object) -> None:
    """Print a warning."""
    say(text, colour="yellow", err=True)


def say_document(text: str) -> None:
    """Print a whole report as it is: the renderer has made every foreign text in it printable."""
    if sys.stdout is not None:
        sys.stdout.write(text)
        sys.stdout.flush()


def say_json(data: Any, indent: int = 1) -> None:
    """Print a value as JSON, in ASCII: control characters and lone surrogates are escaped, whatever the encoding."""
    say_document(json.dumps(data, indent=indent) + "\n")
