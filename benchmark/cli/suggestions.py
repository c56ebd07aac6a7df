"""Usage errors with a one-line reason and suggestions, also for the commands and flags of other tools."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click

from mnerbench.benchmark.display.output import say_error
from mnerbench.datasets.untrusted.display import quoted

# Verbs of other tools. The values are arguments of `benchmark`.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("train", "fit", "start", "resume", "launch", "benchmark"), ("run --suite twitter15",)),
    **dict.fromkeys(
        ("evaluate", "eval", "test"),
        ("run --suite twitter15   # trains and scores the test split", "score FILE --dataset NAME --name THEIRS"),
    ),
    **dict.fromkeys(("leaderboard", "results", "table", "html"), ("report", "status")),
    **dict.fromkeys(("push", "upload", "publish", "hub", "hf", "transformers"), ("export RUN --to hf",)),
    **dict.fromkeys(("download", "fetch", "get", "pull", "install"), ("data get twitter15",)),
    **dict.fromkeys(("datasets", "dataset", "corpora"), ("list datasets", "data get twitter15")),
    **dict.fromkeys(("methods", "models", "model", "method"), ("list methods", "show METHOD")),
    **dict.fromkeys(("suites", "suite"), ("list suites", "plan --suite NAME")),
    "encoders": ("list encoders",),
    "extractors": ("list extractors",),
    "ls": ("list methods", "list suites", "list datasets"),
    **dict.fromkeys(
        ("bibtex", "citation", "citations", "references", "papers"), ("cite METHOD DATASET", "cite --out runs")
    ),
    **dict.fromkeys(("info", "describe", "help"), ("show METHOD", "--help")),
    **dict.fromkeys(("check", "verify", "validate"), ("data check twitter15", "plan --suite twitter15 --check")),
    **dict.fromkeys(("prepare", "extract", "features", "preprocess"), ("data prepare twitter15 --for bert-grid",)),
    **dict.fromkeys(("look", "view", "browse"), ("data look twitter15",)),
    **dict.fromkeys(("search", "sweep", "optimize", "optimise", "hpo", "optuna"), ("tune --suite twitter15",)),
    **dict.fromkeys(("dry-run", "dryrun", "estimate", "preview"), ("plan --suite twitter15",)),
    **dict.fromkeys(("diff", "versus", "vs"), ("compare A B",)),
    **dict.fromkeys(("mlflow", "log", "track"), ("sync",)),
    **dict.fromkeys(("time", "speed", "profile", "bench"), ("perf",)),
    **dict.fromkeys(("ps", "state"), ("status",)),
    **dict.fromkeys(("progress", "top", "monitor", "follow", "tail"), ("watch", "status")),
    **dict.fromkeys(("new", "create", "scaffold", "generate", "template"), ("init", "init card NAME")),
    **dict.fromkeys(("version", "versions", "doctor"), ("--version", "env")),
}

# The same for `benchmark data`.
DATA_COMMANDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("download", "fetch", "pull", "install"), ("get NAME",)),
    **dict.fromkeys(("images", "pictures"), ("get NAME --images",)),
    **dict.fromkeys(("verify", "validate", "health", "stats"), ("check NAME",)),
    **dict.fromkeys(("extract", "features", "preprocess"), ("prepare NAME --for bert-grid",)),
    **dict.fromkeys(("view", "show", "browse"), ("look NAME",)),
    "ls": ("list",),
}

# Flags of other tools. Text in braces is an example, which the value typed after the flag replaces. A suggestion is
# dropped if the command has no such option.
FLAGS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("--method", "--only"), ("--methods {A,B}",)),
    **dict.fromkeys(("--model", "--model-name"), ("--methods {A,B}", "--encoder {NAME}")),
    **dict.fromkeys(("--bert", "--bert-model", "--pretrained", "--lm"), ("--encoder {NAME}",)),
    **dict.fromkeys(("--dataset", "--datasets", "--corpus"), ("--datasets {A,B}", "--dataset {NAME}")),
    **dict.fromkeys(
        ("--seed", "--seeds"), ("--seeds {5}   # number of seeds, from 0", "--seeds {7},   # this seed", "--seed {7}")
    ),
    **dict.fromkeys(("--num-seeds", "--n-seeds", "--runs"), ("--seeds {5}",)),
    **dict.fromkeys(("--epochs", "--epoch", "--num-epochs"), ("--set training.epochs={5}",)),
    **dict.fromkeys(("--batch-size", "--batch", "--bs"), ("--set training.batch_size={16}",)),
    **dict.fromkeys(
        ("--lr", "--learning-rate"),
        (
            "--set training.lr_encoder={5e-5}   # text encoder",
            "--set training.lr_new={1e-3}   # new layers",
            "--set training.lr_crf={5e-2}   # CRF",
        ),
    ),
    **dict.fromkeys(("--fp16", "--bf16", "--amp"), ("--precision bf16",)),
    **dict.fromkeys(("--max-len", "--max-length", "--max-seq-length"), ("--set training.max_pieces={256}",)),
    **dict.fromkeys(("--data-dir", "--data-path", "--data-folder", "--root"), ("--data {DIR}",)),
    **dict.fromkeys(("--output", "--output-dir", "--out-dir", "--results", "-o"), ("--out {DIR}",)),
    **dict.fromkeys(("--model-dir", "--models-dir"), ("--models {DIR}",)),
    "--cache-dir": ("--cache {DIR}",),
    **dict.fromkeys(("--config", "--config-file", "-c", "--suites"), ("--suite {NAME}",)),
    **dict.fromkeys(("--gpu", "--gpus", "--cuda"), ("--device cuda", "--per-gpu 1")),
    **dict.fromkeys(("--jobs", "-j", "--num-workers", "--n-jobs"), ("--workers {4}",)),
    **dict.fromkeys(("--force", "--overwrite"), ("--rerun all",)),
    **dict.fromkeys(("--retry", "--resume"), ("--rerun failed",)),
    **dict.fromkeys(("--captions", "--caption"), ("--input captions={blip2}",)),
    **dict.fromkeys(("--image", "--pictures"), ("--images",)),
    "--no-images": ("--methods majority,lookup,bert,bert-crf   # the text-only ones",),
    "--metric": ("--scorer {conlleval}",),
    "--json": ("--format json",),
}


class MistypedError(click.UsageError):
    """A usage error that is printed like all other errors of this package."""

    def show(self, file: object = None) -> None:
        """Print the reason and the suggestions."""
        say_error(self.message)


# Options whose value is a list.
_LISTS = ("--methods", "--method", "--datasets", "--seeds", "--train-tweets")
# A group without a verb shows its help as an error; older versions of click have no such error.
_HELP: type[Exception] = getattr(click.exceptions, "NoArgsIsHelpError", MistypedError)
_EXAMPLE = re.compile(r"\{(.*?)\}")


def unknown_command(word: str, valid: Sequence[str], prefix: str = "benchmark") -> MistypedError:
    """Make the error for an unknown verb.

    Args:
        word: the verb as typed.
        valid: the existing verbs.
        prefix: the command path before it.
    """
    from mnerbench.datasets.catalog import card_names
    from mnerbench.datasets.errors import near, suggestion

    aliases = COMMANDS if prefix == "benchmark" else DATA_COMMANDS
    meant = aliases.get(word.lower().replace("_", "-"), ())
    if not meant and prefix != "benchmark" and word in card_names():
        meant = (f"get {word}", f"check {word}")
    close = [] if meant else near(word, valid)
    nearest = "" if meant else suggestion(word, valid)
    return _mistyped(f"no command {quoted(word)}{nearest}", [f"{prefix} {way}" for way in (*meant, *close)], prefix)


def with_suggestions(error: click.UsageError, arguments: Sequence[str]) -> click.UsageError:
    """Turn click's error into one with suggestions.

    Args:
        error: the error of click.
        arguments: all arguments of `benchmark`.
    """
    context = error.ctx
    if isinstance(error, (MistypedError, _HELP)):
        return error
    if context is None:
        return _mistyped(error.format_message(), [], " ".join(["benchmark", *arguments[:1]]))
    path, command = context.command_path, context.command
    words = list(arguments)[len(path.split()) - 1 :]
    if isinstance(error, click.NoSuchOption):
        return _unknown_option(error, command, path, words)
    if isinstance(command, click.Group) and words and words[0] not in command.commands and words[0][:1] != "-":
        return unknown_command(words[0], list(command.commands), path)
    if strays := stray_words(command, words):
        return _stray_word(strays, command, path)
    return _mistyped(error.format_message(), [], path)


def _mistyped(reason: str, ways: Sequence[str], path: str) -> MistypedError:
    from mnerbench.datasets.errors import with_remedies

    return MistypedError(with_remedies(reason, ways or [f"{path} --help"]))


def _unknown_option(
    error: click.NoSuchOption, command: click.Command, path: str, words: Sequence[str]
) -> MistypedError:
    from mnerbench.datasets.errors import near

    options, name = _options(command), error.option_name
    meant = [way for way in FLAGS.get(name.lower().replace("_", "-"), ()) if way.split()[0] in options]
    value = next((after for word, after in pairwise(words) if word == name and not after.startswith("-")), None)
    value = next((word.partition("=")[2] for word in words if word.startswith(f"{name}=")), value)
    close = [] if meant else near(name, [option for option in options if option.startswith("--")])[:1]
    nearest = f"; did you mean {close[0]}?" if close else ""
    ways = [f"{path} {_EXAMPLE.sub(lambda example: value or example[1], way)}" for way in meant]
    return _mistyped(f"{path} has no option {name}{nearest}", ways or [f"{path} {option}" for option in close], path)


def _options(command: click.Command) -> dict[str, click.Parameter]:
    return {
        name: parameter
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for name in (*parameter.opts, *parameter.secondary_opts)
    }


@dataclass(frozen=True)
class StrayWord:
    """A word that is neither an option nor the value of one.

    Attributes:
        word: the word as typed.
        option: the option before it, or "".
        value: the value of that option.
    """

    word: str
    option: str
    value: str


def stray_words(command: click.Command, words: Sequence[str]) -> list[StrayWord]:
    """Collect the words that belong to no option of a command; none if the command takes arguments.

    Args:
        command: the command.
        words: the words after its name.
    """
    if any(isinstance(parameter, click.Argument) for parameter in command.params):
        return []
    options = _options(command)
    strays, option, value, expects_value = [], "", "", False
    for word in words:
        if expects_value:
            value, expects_value = word, False
        elif word.startswith("-"):
            option, equals, value = word.partition("=")
            parameter = options.get(option)
            expects_value = not equals and isinstance(parameter, click.Option) and not parameter.is_flag
        else:
            strays.append(StrayWord(word, option, value))
    return strays


def _stray_word(strays: Sequence[StrayWord], command: click.Command, path: str) -> MistypedError:
    word, option = strays[0].word, strays[0].option
    reason = f"{quoted(word)} belongs to no option"
    if option not in _LISTS:
        return _mistyped(reason, _options_that_accept(word, command, path), path)
    values = [strays[0].value, *(stray.word for stray in strays if stray.option == option)]
    joined = ",".join(value.strip(",") for value in values)
    return _mistyped(f"{reason}; values of {option} are joined by commas", [f"{path} {option} {joined}"], path)


def repeated_option(names: Sequence[str], words: Sequence[str], path: str) -> MistypedError:
    """Make the error for an option that takes one value and is given more than once.

    Args:
        names: the names of the option, `--out`.
        words: the words after the verb.
        path: the command path.
    """
    values = [after for word, after in pairwise(words) if word in names]
    values += [word.partition("=")[2] for word in words if word.partition("=")[0] in names and "=" in word]
    joined = ",".join(value.strip(",") for value in values)
    ways = [joined] if names[0] in _LISTS else dict.fromkeys(values)
    reason = f"{names[0]} is given {len(values)} times, but takes one value"
    return _mistyped(reason, [f"{path} {names[0]} {value}" for value in ways], path)


def _options_that_accept(word: str, command: click.Command, path: str) -> list[str]:
    """Suggest options for a bare word: as a suite, a method, a dataset or a results folder."""
    from mnerbench.benchmark.planning.suite import suite_names
    from mnerbench.datasets.catalog import card_names
    from mnerbench.datasets.errors import near
    from mnerbench.methods.registry import methods

    candidates = {
        "--suite": suite_names(),
        "--methods": [entry.name for entry in methods()],
        "--datasets": card_names(),
        "--out": [word] if Path(word).is_dir() else [],
    }
    options = _options(command)
    return [
        f"{path} {option} {name}"
        for option, names in candidates.items()
        if option in options
        for name in near(word, names)[:1]
    ]
