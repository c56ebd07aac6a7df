"""Output and exit codes of the command line: errors, versions, interruptions."""

import io
import logging
import sys
import warnings

import click
import pytest
from rich.table import Table
from rich.text import Text

from mnerbench.benchmark import cli as command_line
from mnerbench.benchmark.display.console import PlainConsole, console, silent_console
from mnerbench.benchmark.display.output import say, say_error, say_json
from mnerbench.benchmark.execution.streams import StreamLostError
from mnerbench.benchmark.results import environment
from mnerbench.datasets.errors import ConfigError


@pytest.fixture(autouse=True)
def as_before():
    """Restore what `main` sets for its process."""
    factory, form = logging.getLogRecordFactory(), warnings.formatwarning
    yield
    logging.setLogRecordFactory(factory)
    warnings.formatwarning = form


def ended(monkeypatch, *arguments, raising=None):
    """The exit code of a command line whose command raises something."""
    if raising is not None:

        @click.command("env")
        def command():
            raise raising

        monkeypatch.setattr(command_line.Verbs, "get_command", lambda *_: command)
    with pytest.raises(SystemExit) as end:
        command_line.main(list(arguments))
    return end.value.code


def test_an_error_is_printable_and_bounded(monkeypatch, capsys):
    error = ConfigError("\x1b[2J" + "x" * 50_000_000 + "\n" + "y\n" * 10_000 + "  -> nothing")
    assert ended(monkeypatch, "env", raising=error) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("error: \\x1b[2Jxxx")
    assert "more characters)" in errors
    assert "more lines)" in errors
    assert len(errors) < 10_000


@pytest.mark.parametrize("words", [["env", "--\x1b[2J"], ["\x1b[2J"], ["list", "\x1b[2J"], ["show", "\x9b\u202e"]])
def test_mistyped_words_are_printable(words, monkeypatch, capsys):
    assert ended(monkeypatch, *words) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("error: ")
    assert all(character.isprintable() or character in "\n\t" for character in errors), errors


@pytest.mark.parametrize(
    ("raising", "code"), [(KeyboardInterrupt(), 130), (click.Abort(), 130), (StreamLostError(OSError(28, "full")), 1)]
)
def test_interruptions_end_without_a_traceback(raising, code, monkeypatch, capsys):
    assert ended(monkeypatch, "env", raising=raising) == code
    assert "Traceback" not in capsys.readouterr().err


def test_the_version_is_known_without_an_installation(monkeypatch, capsys, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "7.8"\n', encoding="utf-8")
    assert ended(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.startswith("benchmark, version ")
    monkeypatch.setattr(environment, "package_version", lambda _: "not installed")
    monkeypatch.setattr(environment, "_ROOT", tmp_path)
    assert ended(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == "benchmark, version 7.8 (a checkout, not installed)\n"


@pytest.mark.parametrize("words", [["-"], ["--"], ["data", "-"], ["run", "-"], ["list", "-"], [""]])
def test_a_dash_is_no_command(words, monkeypatch, capsys):
    assert ended(monkeypatch, *words) == 2
    assert "  -> benchmark" in capsys.readouterr().err


def test_lines_are_printed_if_there_is_a_stream(monkeypatch, capsys):
    say("a\x1bb\u202e\ud800")
    say_error("c\n  -> d")
    assert capsys.readouterr() == ("a\\x1bb\\u202e\\ud800\n", "error: c\n  -> d\n")
    monkeypatch.setattr(sys, "stdout", None)
    say("nobody")


def test_json_is_ascii(capsys):
    say_json({"\ud800\x9b\u202e": ["→"]})
    text = capsys.readouterr().out
    assert text.isascii()
    assert "\\u202e" in text


def test_tables_and_texts_of_a_console_are_not_interpreted():
    stream = io.StringIO()
    screen = PlainConsole(file=stream, width=200, markup=True)
    table = Table("[red]x", title="[/red]")
    table.add_row("\x1b[2J :smile:")
    screen.print(table, Text("\x9b[bold]", "bold"), "[/]\ud800")
    for text in ("[red]x", "[/red]", "\\x1b[2J :smile:", "\\x9b[bold]", "[/]\\ud800"):
        assert text in stream.getvalue()


@pytest.mark.parametrize(("columns", "width"), [("80", 80), ("200", 200), (None, 160), ("wide", 160), ("0", 160)])
def test_columns_sets_the_width_of_piped_output(monkeypatch, columns, width):
    if columns is None:
        monkeypatch.delenv("COLUMNS", raising=False)
    else:
        monkeypatch.setenv("COLUMNS", columns)
    assert console().width == width


def test_a_silent_console_shows_nothing_in_a_notebook(monkeypatch):
    """In a notebook, rich shows what a console prints, also to a file."""
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.setattr("rich.jupyter.display", lambda *_: pytest.fail("shown"))
    silent_console().print("text")
