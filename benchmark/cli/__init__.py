"""The command line: one file per verb, imported only when it is used, so that `--help` is fast."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn

import click

VERBS = {
    "init": "Write a suite file, or a card for your own data.",
    "run": "Execute the missing runs of a suite and print the leaderboard.",
    "plan": "Show what `run` would do and which inputs are missing.",
    "watch": "Show a grid that runs elsewhere, until it is complete.",
    "status": "Show the state of every run in a results folder.",
    "report": "Write the leaderboard of a results folder.",
    "compare": "Compare two methods in detail.",
    "score": "Score prediction files of any system for the leaderboard.",
    "tune": "Search the settings of methods with equal budgets.",
    "data": "Fetch, import, check, prepare, show and list datasets.",
    "list": "List methods, datasets, suites, encoders or extractors.",
    "show": "Show a method: inputs, variants, settings, deviations, size.",
    "cite": "Print BibTeX for methods, datasets, a suite or results.",
    "predict": "Find the entities of new tweets with a kept tagger.",
    "export": "Write a kept tagger for transformers, with a model card.",
    "clean": "List kept taggers, and delete those that are not needed.",
    "merge": "Merge the runs of other results folders.",
    "sync": "Log the stored runs to MLflow.",
    "perf": "Time the CRF, features, training steps and workers against rivals.",
    "env": "Show versions, hardware and paths, for a bug report.",
}


_ARGUMENTS = "mnerbench.arguments"  # key of the typed arguments in a context's `meta`
_PIPE_CLOSED = 128 + 13  # what a shell reports for a program ended by SIGPIPE


class Verbs(click.Group):
    """A group that imports each command from the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the verbs in the order of a usual workflow."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb's module."""
        if cmd_name not in VERBS:
            return None
        # A module named `list` would hide the built-in function in this file.
        module = "listing" if cmd_name == "list" else cmd_name
        command: click.Command = import_module(f"mnerbench.benchmark.cli.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve the verb; the error for an unknown one suggests alternatives."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from mnerbench.benchmark.cli.suggestions import unknown_command

            raise unknown_command(args[0], list(VERBS))
        return super().resolve_command(ctx, args)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Make the context and keep the arguments in it, for suggestions in usage errors.

        Raises:
            ConfigError: an argument is not valid UTF-8, so no record could store it.
        """
        arguments = tuple(args)
        _require_text(arguments)
        with _suggesting_fixes(arguments):
            context = super().make_context(info_name, args, parent, **extra)
        context.meta[_ARGUMENTS] = arguments
        return context

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; usage errors suggest alternatives."""
        with _suggesting_fixes(ctx.meta.get(_ARGUMENTS, ())):
            return super().invoke(ctx)


def _require_text(arguments: Sequence[str]) -> None:
    from mnerbench.datasets.errors import ConfigError
    from mnerbench.datasets.untrusted.display import has_lone_surrogate, one_line

    for number, word in enumerate(arguments, start=1):
        if has_lone_surrogate(word):
            reason = f"word {number} of the command line, {one_line(word, 80)}, is not UTF-8"
            raise ConfigError(f"{reason}\n  -> rename the file, or use a UTF-8 locale")


@contextmanager
def _suggesting_fixes(arguments: Sequence[str]) -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        from mnerbench.benchmark.cli.suggestions import with_suggestions

        raise with_suggestions(error, arguments) from error


def _print_version(context: click.Context, _parameter: click.Parameter, requested: bool) -> None:
    if requested and not context.resilient_parsing:
        from mnerbench.benchmark.display.output import say
        from mnerbench.benchmark.results.environment import harness_version

        say(f"benchmark, version {harness_version()}")
        context.exit()


@click.group("benchmark", cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
def cli() -> None:
    """Compare multimodal NER methods on the same data, with the same protocol, many seeds and significance tests.

    Start with `benchmark run --suite demo`, which needs no data, then try `benchmark run --suite twitter15`.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Entry point of the console scripts.

    Errors that a user can fix are printed without a traceback and end with exit code 2. If standard output is lost, the
    exit code is 141 for a closed pipe; otherwise the reason is printed and a successful command ends with exit code 1.
    """
    from mnerbench.benchmark.display.output import say_error
    from mnerbench.benchmark.execution.garbage import collect_garbage_rarely
    from mnerbench.benchmark.execution.log_lines import make_log_lines_printable
    from mnerbench.benchmark.execution.streams import guarded_streams

    collect_garbage_rarely()
    make_log_lines_printable()
    with guarded_streams() as streams:
        code = _exit_code(arguments)
    if streams.lost is not None:
        if streams.lost.reader_is_gone:
            sys.exit(_PIPE_CLOSED)
        reason = f"standard output cannot be written: {streams.lost}"
        say_error(f"{reason}\n  -> free some space there, or redirect the output")
    sys.exit(code or (1 if streams.lost is not None else 0))


def _exit_code(arguments: list[str] | None) -> int:
    from mnerbench.benchmark.display.output import say_error, say_warning
    from mnerbench.benchmark.execution.streams import StreamLostError
    from mnerbench.datasets.errors import MnerbenchError

    try:
        with _named_paths():
            result = cli.main(arguments, prog_name="benchmark", standalone_mode=False)
    except MnerbenchError as error:
        say_error(error)
        return 2
    except click.UsageError as error:
        error.show()  # a `MistypedError`, or the help of a group
        return error.exit_code
    except click.ClickException as error:
        say_error(error.format_message())
        return error.exit_code
    except click.Abort:
        say_warning("interrupted")
        return 130
    except StreamLostError:
        return 1
    return result if isinstance(result, int) else 0


@contextmanager
def _named_paths() -> Iterator[None]:
    """Turn an `OSError` about a path into an error that names it.

    Opening a file does so itself, but any other access to a path may also lack permission.
    """
    try:
        yield
    except OSError as error:
        from mnerbench.datasets.errors import MnerbenchError
        from mnerbench.datasets.untrusted.files import named, why_unreadable

        if error.filename is None:
            raise
        raise MnerbenchError(f"{named(str(error.filename))}: {why_unreadable(error)}") from error
