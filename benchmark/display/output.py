"""Prints to standard output and standard error; only this module and the consoles of the command line do."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from mnerbench.datasets.untrusted.display import bounded, has_lone_surrogate

AnswerT = TypeVar("AnswerT")


def say(text: object, *, colour: str | None = None, err: bool = False) -> None:
    """Print one or more lines; control characters are escaped and long text is cut.

    Args:
        text: the lines.
        colour: a colour name of click, used on a terminal.
        err: print to standard error.
    """
    stream = sys.stderr if err else sys.stdout
    if stream is None:  # closed before the program started
        return
    line = bounded(text)
    if colour is not None and stream.isatty() and not os.environ.get("NO_COLOR"):
        import click

        line = click.style(line, fg=colour)
    stream.write(f"{line}\n")
    stream.flush()


def say_error(text: object) -> None:
    """Print an error with its remedies to standard error."""
    say(f"error: {text}", colour="red", err=True)


def say_warning(text: object) -> None:
    """Print a warning to standard error."""
    say(text, colour="yellow", err=True)


def can_ask() -> bool:
    """Whether a person sits at both ends: standard input and standard output are terminals."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def ask(question: str, default: str, parse: Callable[[str], AnswerT]) -> AnswerT:
    """Ask a question on the terminal until the answer is valid.

    Args:
        question: the question; the default is shown after it.
        default: taken for an empty answer.
        parse: converts an answer, or raises a `MnerbenchError`, which is shown before the question is repeated.

    Raises:
        click.Abort: the user ended the input.
    """
    import click

    from mnerbench.datasets.errors import MnerbenchError

    while True:
        answer: str = click.prompt(bounded(question), default=default, type=str, show_default=bool(default))
        if has_lone_surrogate(answer):
            say_error("the answer is not UTF-8\n  -> use a UTF-8 locale")
            continue
        try:
            return parse(answer.strip())
        except MnerbenchError as error:
            say_error(error)


def say_document(text: str) -> None:
    """Print a report unchanged: its renderer has made foreign text printable."""
    if sys.stdout is not None:
        sys.stdout.write(text)
        sys.stdout.flush()


def say_json(data: Any, indent: int = 1) -> None:
    """Print a value as JSON in ASCII, so that control characters and lone surrogates are escaped in any encoding."""
    say_document(json.dumps(data, indent=indent) + "\n")
