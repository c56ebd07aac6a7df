"""`benchmark init`: writes a suite file, and cards of the user's own data."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.options import PossiblePath, data_option, some_grid_options
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import can_ask, say

if TYPE_CHECKING:
    from mnerbench.benchmark.planning.suite_draft import SuiteDraft


class InitVerbs(Verb, click.Group):
    """`init` itself writes a suite; a subcommand writes something else."""

    command_class = Verb

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve the subcommand.

        Raises:
            ConfigError: there is no such subcommand.
        """
        if args[0] not in self.commands:
            from mnerbench.datasets.errors import ConfigError, with_remedies
            from mnerbench.datasets.untrusted.display import quoted

            ways = [f"a suite file: benchmark init --to {shlex.quote(args[0])}", "a card: benchmark init card NAME"]
            raise ConfigError(with_remedies(f"init: {quoted(args[0])} is not something to write", ways))
        return super().resolve_command(ctx, args)


_no_input = click.option("--no-input", is_flag=True, help="Ask nothing: what no flag says has its default.")


@click.group("init", cls=InitVerbs, invoke_without_command=True)
@click.option("--methods", metavar="A,B", help="Methods (see `list methods`).")
@click.option(
    "--datasets", metavar="A,B", help="Datasets (see `list datasets`); a folder of --data also gets its card."
)
@click.option("--baseline", metavar="METHOD", help="Method that the others are compared with; `none` for none.")
@click.option("--seeds", metavar="N | 3,5,8", help="Number of seeds (0 to N-1), or a list of seeds.")
@click.option("--looks", metavar="3,5,10", help="Numbers of seeds at which methods are compared (docs/statistics.md).")
@some_grid_options("encoder", "word_vectors", "protocol", "inputs", "hide_pictures", "train_tweets", "settings", "data")
@click.option("--transfer", is_flag=True, help="Score every run on the test splits of the other datasets too.")
@click.option("--title", metavar="TEXT", help="Title above tables.  [default: methods and datasets]")
@click.option("--name", metavar="NAME", help="Name of the suite.  [default: that of the file]")
@click.option(
    "--to",
    type=PossiblePath(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="File to write, *.toml.  [default: suite.toml]",
)
@_no_input
@click.pass_context
def command(context: click.Context, /, *, no_input: bool, **flags: Any) -> None:
    """Write a suite file with your methods, datasets and seeds; all other keys are in it as comments.

    On a terminal it asks for what no flag says; in a pipe, --methods and --datasets are needed. Nothing is overwritten.
    The file is checked as `run --suite FILE` checks it, and the next commands are printed.
    """
    from mnerbench.benchmark.cli.init_card import write_user_card
    from mnerbench.benchmark.planning.suite_draft import checked, write_suite
    from mnerbench.datasets.catalog import data_dir
    from mnerbench.datasets.catalog.listing import lacks_card
    from mnerbench.datasets.new_file import require_new

    if context.invoked_subcommand is not None:
        _require_no_suite_flags(context)
        return
    asks = can_ask() and not no_input
    if asks:
        from mnerbench.benchmark.cli.init_questions import ask_for_suite

        flags = ask_for_suite(flags)
    path = _suite_path(flags["to"])
    require_new(path, "choose another name with --to FILE")
    draft = _draft(flags, path)
    data = data_dir(flags["data"])
    without_card = [name for name in draft.datasets if lacks_card(name, data)]
    checked(draft, path, data, without_card=without_card)  # before anything is written
    for name in without_card:
        write_user_card(name, (), data, {}, asks=asks)
    suite = write_suite(draft, path, data)
    say(f"suite {suite.name}: {path}\nnext:")
    place = f" --data {shlex.quote(str(flags['data']))}" if flags["data"] is not None else ""
    for verb in ("plan", "run"):
        say(f"  benchmark {verb} --suite {shlex.quote(str(path))}{place}")


def _require_no_suite_flags(context: click.Context) -> None:
    """Raise if options of a suite stand before a subcommand, where they would be ignored.

    Raises:
        ConfigError: see above.
    """
    from click.core import ParameterSource

    from mnerbench.datasets.errors import ConfigError

    if any(context.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in context.params):
        verb = context.invoked_subcommand
        raise ConfigError(f"init: options before `{verb}` are those of a suite\n  -> put those of {verb} behind it")


def _suite_path(to: Path | None) -> Path:
    from mnerbench.datasets.errors import ConfigError

    path = to if to is not None else Path("suite.toml")
    if path.suffix != ".toml":
        raise ConfigError(f"--to {path}: a suite file ends in .toml\n  -> --to {path}.toml")
    return path


def _draft(flags: dict[str, Any], path: Path) -> SuiteDraft:
    """The suite that the flags describe.

    Raises:
        ConfigError: methods or datasets are missing, or a flag is malformed.
    """
    from mnerbench.benchmark.planning import overrides
    from mnerbench.benchmark.planning.suite_draft import SuiteDraft, suite_name

    names = {key: overrides.names_in(flags[key] or "") for key in ("methods", "datasets")}
    _require_names(names, flags["data"])
    settings = overrides.parse_settings(flags["settings"], names["methods"])
    parsers: dict[str, Any] = {
        "seeds": overrides.parse_seeds,
        "looks": overrides.parse_looks,
        "train_tweets": overrides.parse_sizes,
    }
    further = {key: parse(flags[key]) for key, parse in parsers.items() if flags[key] is not None}
    further |= {key: flags[key] for key in ("encoder", "word_vectors", "protocol") if flags[key] is not None}
    further |= {"hidden_pictures": flags["hide_pictures"]} if flags["hide_pictures"] is not None else {}
    further |= {"transfer": True} if flags["transfer"] else {}
    further |= {"inputs": sources} if (sources := overrides.parse_inputs(flags["inputs"])) else {}
    training = settings.pop(overrides.TRAINING, {})
    further |= {"settings": settings} if settings else {}
    name = flags["name"] or suite_name(path)
    return SuiteDraft(
        name, **names, title=flags["title"], baseline=flags["baseline"], training=training, further=further
    )


def _require_names(names: dict[str, list[str]], data: Path | None) -> None:
    """Raise if the user named no methods or no datasets, and could not be asked."""
    from mnerbench.benchmark.planning.suite_names import datasets_here
    from mnerbench.datasets.catalog import data_dir
    from mnerbench.datasets.catalog.listing import folders_without_card
    from mnerbench.datasets.errors import ConfigError, with_remedies

    missing = [key for key, values in names.items() if not values]
    if not missing:
        return
    ways = {
        "methods": "--methods A,B; `benchmark list methods` lists them",
        "datasets": f"--datasets A,B; {datasets_here(data_dir(data))}{folders_without_card(data_dir(data))}",
    }
    reason = f"a suite needs {' and '.join(missing)}, and this is no terminal on which to ask for them"
    raise ConfigError(with_remedies(reason, [ways[key] for key in missing]))


@command.command("card", short_help="Write a card for your own files, as they are.")
@click.argument("name", metavar="NAME")
@click.argument("files", nargs=-1, metavar="[FILE|SPLIT=FILE]...")
@data_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["umt", "conll", "jsonl", "json"]),
    help="Format of the files.  [default: detected]",
)
@click.option("--scheme", metavar="SCHEME", help="Label scheme: bio, iob1, bioes, bilou, io.  [default: detected]")
@click.option("--tag-names", metavar="A,B|FILE", help="Names of integer labels, or a file with one name per line.")
@click.option("--offsets", type=click.Choice(["characters", "utf-16", "bytes"]), help="Unit of entity offsets.")
@click.option("--map", "label_map", multiple=True, metavar="OLD=NEW", help="Rename an entity type. Repeatable.")
@click.option("--title", metavar="TEXT", help="A short description for tables.")
@click.option("--summary", metavar="TEXT", help="Which files these are, and who made and used them.")
@click.option("--licence", metavar="TEXT", help="The terms of the texts.")
@click.option("--citation", metavar="TEXT", help="The paper that introduced the annotation.")
@click.option("--how-to-get", metavar="TEXT", help="How somebody else gets the files.")
@click.option("--images", metavar="TEXT", help="Where the pictures are from.")
@_no_input
def card(name: str, files: tuple[str, ...], data: Path | None, *, no_input: bool, **flags: Any) -> None:
    """Write a card for the files in DIR/NAME, where DIR is the folder of --data.

    Format, labels, sizes, checksums and pictures are taken from the files, which stay as they are. What they cannot
    tell, such as licence and source, is asked on a terminal, and otherwise a question in a comment. Files in other
    formats or places are converted by `benchmark data import`.
    """
    from mnerbench.benchmark.cli.data.import_files import print_next
    from mnerbench.benchmark.cli.init_card import write_user_card
    from mnerbench.datasets.catalog import data_dir

    corpus = write_user_card(name, files, data_dir(data), flags, asks=can_ask() and not no_input)
    print_next(corpus, data_dir(data))
