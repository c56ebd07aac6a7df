"""The command line: one file per verb, each imported only when it is used, so that `--help` is instant."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn

import click

VERBS = {
    "run": "Run what is missing of a suite, then print the leaderboard.",
    "plan": "Say what `run` would do, and what is not there.",
    "status": "Say what a results folder holds.",
    "report": "Write the leaderboard of a results folder.",
    "compare": "Tell the full story of two methods.",
    "score": "Put anybody's prediction files on the leaderboard.",
    "tune": "Search the settings of methods, with equal budgets.",
    "data": "Fetch, import, check and list datasets.",
    "list": "List methods, datasets, suites, encoders or extractors.",
    "show": "Show a method: inputs, variants, settings, deviations, size.",
    "merge": "Take over the runs of other results folders.",
    "sync": "Fill MLflow from the records.",
    "perf": "Time the CRF, training steps and epochs against named rivals.",
    "env": "Show versions, hardware and paths, for a bug report.",
}


# Where a context keeps what was typed.
_TYPED = "mnerbench.typed"
_PIPE_CLOSED = 128 + 13  # as a shell has it of a program that SIGPIPE has ended


class Verbs(click.Group):
    """A group whose commands live in modules of the verb's name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order people need them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb's module."""
        if cmd_name not in VERBS:
            return None
        # A module called `list` would replace the built-in function in this file.
        module = "listing" if cmd_name == "list" else cmd_name
        command: click.Command = import_module(f"mnerbench.benchmark.cli.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Answer an unknown verb with the one that was meant."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from mnerbench.benchmark.cli.mistyped import unknown_command

            raise unknown_command(args[0], list(VERBS))
        return super().resolve_command(ctx, args)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Keep what was typed, for answers to what cannot be parsed.

        Raises:
            ConfigError: it is not text: no record could hold it.
        """
        typed = tuple(args)
        _require_text(typed)
        with _answering(typed):
            context = super().make_context(info_name, args, parent, **extra)
        context.meta[_TYPED] = typed
        return context

    def invoke(self, ctx: click.Context) -> Any:
        """Answer what cannot be parsed with what was meant."""
        with _answering(ctx.meta.get(_TYPED, ())):
            return super().invoke(ctx)


def _require_text(typed: Sequence[str]) -> None:
    from mnerbench.datasets.errors import ConfigError
    from mnerbench.datasets.untrusted.display import has_lone_surrogate, one_line

    for number, word in enumerate(typed, start=1):
        if has_lone_surrogate(word):
            reason = f"word {number} of the command line, {one_line(word, 80)}, is not UTF-8"
            raise ConfigError(f"{reason}\n  -> rename the file, or type it in UTF-8 (locale)")


@contextmanager
def _answering(typed: Sequence[str]) -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        from mnerbench.benchmark.cli.mistyped import answered

        raise answered(error, typed) from error


def _print_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from mnerbench.benchmark.cli.output import say
        from mnerbench.benchmark.results.environment import own_version

        say(f"benchmark, version {own_version()}")
        context.exit()


@click.group("benchmark", cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
def cli() -> None:
    """Compare multimodal NER methods honestly: same data, same protocol, many seeds, significance.

    Start with `benchmark run --suite demo`, which needs no data, then `benchmark run --suite twitter15`.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Entry point of the console scripts.

    Errors that a user can mend are printed without a traceback, exit code 2. When standard output is lost, the exit
    code is that of a program which a closed pipe has ended (141), else 1 where there is no other, with a line why.
    """
    from mnerbench.benchmark.cli.output import say_error
    from mnerbench.benchmark.execution.log_lines import make_log_lines_printable
    from mnerbench.benchmark.execution.streams import guarded_streams

    make_log_lines_printable()
    with guarded_streams() as streams:
        code = _exit_code(arguments)
    if streams.lost is not None:
        if streams.lost.reader_is_gone:
            sys.exit(_PIPE_CLOSED)
        reason = f"standard output cannot be written: {streams.lost}"
        say_error(f"{reason}\n  -> free some space there, or send it elsewhere")
    sys.exit(code or (1 if streams.lost is not None else 0))


def _exit_code(arguments: list[str] | None) -> int:
    from mnerbench.benchmark.cli.output import say_error, say_warning
    from mnerbench.benchmark.execution.streams import StreamLostError
    from mnerbench.datasets.errors import MnerbenchError

    try:
        with _named_paths():
            returned = cli.main(arguments, prog_name="benchmark", standalone_mode=False)
    except MnerbenchError as error:
        say_error(error)
        return 2
    except click.UsageError as error:
        error.show()  # of ours, see `mistyped.py`, or a group's help
        return error.exit_code
    except click.ClickException as error:
        say_error(error.format_message())
        return error.exit_code
    except click.Abort:
        say_warning("interrupted")
        return 130
    except StreamLostError:
        return 1
    return returned if isinstance(returned, int) else 0


@contextmanager
def _named_paths() -> Iterator[None]:
    """Every file is opened behind a named error, but any question about a path may meet a folder without permission."""
    try:
        yield
    except OSError as error:
        from mnerbench.datasets.errors import MnerbenchError
        from mnerbench.datasets.untrusted.files import named, why_unreadable

        if error.filename is None:
            raise
        raise MnerbenchError(f"{named(str(error.filename))}: {why_unreadable(error)}") from error
