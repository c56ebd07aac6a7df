"""The questions of `benchmark init` on a terminal: one for each flag that is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mnerbench.benchmark.display.output import ask, say
from mnerbench.benchmark.planning.overrides import check_methods, names_in, parse_looks, parse_seeds
from mnerbench.benchmark.planning.suite import Suite, load_suite
from mnerbench.benchmark.planning.suite_draft import NO_BASELINE, default_baseline
from mnerbench.benchmark.planning.suite_names import DEFAULT, datasets_here
from mnerbench.benchmark.planning.suite_part import Protocol
from mnerbench.datasets.catalog import data_dir, load_card
from mnerbench.datasets.catalog.listing import folders_without_card, lacks_card
from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.datasets.importing.card_draft import QUESTIONS
from mnerbench.datasets.new_file import require_new
from mnerbench.datasets.untrusted.display import quoted
from mnerbench.datasets.untrusted.names import require_possible


def ask_for_suite(flags: dict[str, Any]) -> dict[str, Any]:
    """The flags of a suite, completed by answers; Enter takes the default.

    Raises:
        click.Abort: the user ended the input.
    """
    answers = dict(flags)

    def ask_for(key: str, question: str, default: str, parse: Callable[[str], Any]) -> None:
        if answers[key] is None:
            answers[key] = ask(question, default, parse)

    say("Enter takes the answer in brackets; Ctrl-C ends without writing anything.")
    ask_for("data", "Folder with a subfolder per dataset", str(data_dir()), _folder)
    data = data_dir(answers["data"])
    here = f"{datasets_here(data)}{folders_without_card(data)}"
    ask_for("datasets", f"Datasets, separated by commas; {here}", "", _datasets_in(data))
    defaults = load_suite(DEFAULT)
    ask_for("methods", "Methods, separated by commas (`benchmark list methods`)", ",".join(defaults.methods), _methods)
    names = names_in(answers["methods"])
    ask_for(
        "baseline",
        "Baseline that the others are compared with, or none",
        default_baseline(names) or NO_BASELINE,
        _among([*names, NO_BASELINE]),
    )
    seeds = Suite.model_fields["seeds"].get_default()
    ask_for("seeds", "Seeds: a number, or a list such as 3,5,8", str(len(seeds)), _checked(parse_seeds))
    ask_for("looks", "Compare already at fewer seeds, such as 3,5? (docs/statistics.md)", "none", _checked(parse_looks))
    ask_for(
        "encoder",
        "Text encoder: scratch, a folder, or a name (`benchmark list encoders`)",
        Suite.model_fields["encoder"].get_default(),
        lambda text: require_possible(text, "the encoder"),
    )
    protocols = [Protocol.EQUAL.value, Protocol.PAPER.value]
    ask_for("protocol", "Training settings: equal for all methods, or of each paper", protocols[0], _among(protocols))
    ask_for("to", "File to write", "suite.toml", _new_suite_file)
    return answers


def ask_for_card(answers: dict[str, str]) -> dict[str, str]:
    """The answers to the questions about a dataset; an empty one leaves the question in the card."""
    say("What the files cannot tell; Enter leaves the question in the card.")
    asked = {key: ask(f"{key}: {question}", "", str) for key, question in QUESTIONS.items() if key not in answers}
    return {**answers, **{key: answer for key, answer in asked.items() if answer}}


def _checked(parse: Callable[[str], object]) -> Callable[[str], str]:
    """Parse an answer to check it, and keep its text."""

    def check(text: str) -> str:
        parse(text)
        return text

    return check


def _among(valid: list[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in valid:
            raise ConfigError(f"{quoted(text)}{suggestion(text, valid)}\n  -> one of: {', '.join(valid)}")
        return text

    return check


def _folder(text: str) -> Path:
    return Path(require_possible(text, "the folder")).expanduser()


def _datasets_in(data: Path) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not names_in(text):
            raise ConfigError(f"no dataset is named\n  -> {datasets_here(data)}")
        for name in names_in(text):
            if not lacks_card(name, data):
                load_card(name, data)
        return text

    return check


def _methods(text: str) -> str:
    if not names_in(text):
        raise ConfigError("no method is named\n  -> benchmark list methods")
    check_methods(names_in(text), load_suite(DEFAULT))
    return text


def _new_suite_file(text: str) -> Path:
    path = Path(require_possible(text, "the file")).expanduser()
    if path.suffix != ".toml":
        raise ConfigError(f"{quoted(text)}: a suite file ends in .toml\n  -> {text}.toml")
    require_new(path, "choose another name")
    return path
