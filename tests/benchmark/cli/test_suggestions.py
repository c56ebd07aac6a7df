"""Mistyped commands and names from other tools get a one-line error with suggestions, and exit code 2."""

from __future__ import annotations

import re
import shlex

import click
import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli import VERBS, cli
from mnerbench.benchmark.cli.suggestions import COMMANDS, DATA_COMMANDS, FLAGS
from mnerbench.datasets.errors import ConfigError


def answer(*words):
    """The printed error as lines."""
    result = CliRunner().invoke(cli, list(words))
    if isinstance(result.exception, ConfigError):
        return str(result.exception).splitlines()
    assert result.exit_code == 2, result.output
    assert "Usage:" not in result.output
    assert result.output.startswith("error: ")
    return result.output.removeprefix("error: ").splitlines()


@pytest.mark.parametrize(
    ("typed", "reason", "ways"),
    [
        ("train", "no command 'train'", ["benchmark run --suite twitter15"]),
        ("Fit", "no command 'Fit'", ["benchmark run --suite twitter15"]),
        ("leaderboard", "no command 'leaderboard'", ["benchmark report", "benchmark status"]),
        ("download twitter15", "no command 'download'", ["benchmark data get twitter15"]),
        ("methods", "no command 'methods'", ["benchmark list methods", "benchmark show METHOD"]),
        ("rum", "no command 'rum'; did you mean 'run'?", ["benchmark run"]),
        ("data download twitter15", "no command 'download'", ["benchmark data get NAME"]),
        (
            "data twitter15",
            "no command 'twitter15'",
            ["benchmark data get twitter15", "benchmark data check twitter15"],
        ),
        ("data chek", "no command 'chek'; did you mean 'check'?", ["benchmark data check"]),
        ("run --method umt", "benchmark run has no option --method", ["benchmark run --methods umt"]),
        ("run --dataset=mine", "benchmark run has no option --dataset", ["benchmark run --datasets mine"]),
        (
            "plan --suite demo --seed 3",
            "benchmark plan has no option --seed",
            ["benchmark plan --seeds 3   # number of seeds, from 0", "benchmark plan --seeds 3,   # this seed"],
        ),
        ("tune --seeds 4", "benchmark tune has no option --seeds", ["benchmark tune --seed 4"]),
        ("score f --datasets d", "benchmark score has no option --datasets", ["benchmark score --dataset d"]),
        ("run --epochs 3", "benchmark run has no option --epochs", ["benchmark run --set training.epochs=3"]),
        (
            "run --lr",
            "benchmark run has no option --lr",
            [
                "benchmark run --set training.lr_encoder=5e-5   # text encoder",
                "benchmark run --set training.lr_new=1e-3   # new layers",
                "benchmark run --set training.lr_crf=5e-2   # CRF",
            ],
        ),
        (
            "run --wrkers 4",
            "benchmark run has no option --wrkers; did you mean --workers?",
            ["benchmark run --workers"],
        ),
        (
            "run --suite tiny --methods bert umt maf",
            "'umt' belongs to no option; values of --methods are joined by commas",
            ["benchmark run --methods bert,umt,maf"],
        ),
        (
            "plan --datasets=a, b",
            "'b' belongs to no option; values of --datasets are joined by commas",
            ["benchmark plan --datasets a,b"],
        ),
        ("plan demo", "'demo' belongs to no option", ["benchmark plan --suite demo"]),
        ("run BERT-CRF", "'BERT-CRF' belongs to no option", ["benchmark run --methods bert-crf"]),
        ("report twitter15", "'twitter15' belongs to no option", ["benchmark report --suite twitter15"]),
        ("run --workers", "Option '--workers' requires an argument.", ["benchmark run --help"]),
        ("data get", "Missing argument 'NAME...|all'.", ["benchmark data get --help"]),
        ("--foo", "benchmark has no option --foo", ["benchmark --help"]),
        (
            "plan --suite tiny --methods BERT_CRF,umt",
            "unknown method 'BERT_CRF'; did you mean 'bert-crf'?",
            ["--methods bert-crf,umt"],
        ),
        ("plan --suite tiny --set epochs=1", "--set 'epochs=1' is not METHOD.KEY=VALUE", ["--set training.epochs=1"]),
        (
            "plan --suite tiny --set captions=2",
            "--set 'captions=2' is not METHOD.KEY=VALUE",
            ["--set ita-ga.captions=2", "--set ita-ga+cva.captions=2"],
        ),
        (
            "plan --suite tiny --set training.lr=3",
            "suite 'tiny': no training setting 'lr'; did you mean 'lr_encoder' or 'lr_new' or 'lr_crf'?",
            [
                "--set training.lr_encoder=3   # peak learning rate of the text encoder",
                "--set training.lr_new=3   # learning rate of randomly initialised layers",
                "--set training.lr_crf=3   # learning rate of CRF transitions",
            ],
        ),
        (
            "plan --suite tiny --set bert-crf.epochs=4",
            "method 'bert-crf' has no setting 'epochs': it is a training setting",
            ["--set training.epochs=4"],
        ),
        (
            "plan --suite tiny --set training.epochs=1 --set training.epochs=2",
            "--set 'training.epochs=2': 'training.epochs' was set before",
            ["set it once"],
        ),
        (
            "run --suite tiny --datasets twitter15 --datasets=twitter17,snap",
            "--datasets is given 2 times, but takes one value",
            ["benchmark run --datasets twitter15,twitter17,snap"],
        ),
        (
            "plan --suite tiny --out a --suite demo --out a",
            "--suite is given 2 times, but takes one value",
            ["benchmark plan --suite tiny", "benchmark plan --suite demo"],
        ),
        (
            "data check twitter15 --data a --data b",
            "--data is given 2 times, but takes one value",
            ["benchmark data check --data a", "benchmark data check --data b"],
        ),
    ],
)
def test_suggestions_name_the_intended_command(typed, reason, ways, fixtures, monkeypatch):
    monkeypatch.setenv("MNERBENCH_DATA", str(fixtures))
    first, *rest = answer(*shlex.split(typed))
    assert first == reason
    assert rest == [f"  -> {way}" for way in ways]


def test_a_bare_folder_is_suggested_as_results_folder(tmp_path):
    assert answer("status", str(tmp_path))[1:] == [f"  -> benchmark status --out {tmp_path}"]


def test_help_and_a_group_without_command_are_no_errors():
    assert CliRunner().invoke(cli, ["--help"]).exit_code == 0
    assert "error" not in CliRunner().invoke(cli, ["data"]).output
    assert "Commands:" in CliRunner().invoke(cli, []).output


def parsed(way):
    """The command and the flags of a suggestion."""
    words = re.split(r" {3}#", re.sub(r"\{(.*?)\}", r"\1", way))[0].split()
    command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        subcommand = command.get_command(click.Context(command), words.pop(0))
        assert subcommand is not None, way
        command = subcommand
    return command, [word for word in words if word.startswith("-")]


@pytest.mark.parametrize(
    "way",
    [
        *dict.fromkeys(way for ways in COMMANDS.values() for way in ways),
        *dict.fromkeys(f"data {way}" for ways in DATA_COMMANDS.values() for way in ways),
    ],
)
def test_every_suggested_command_exists(way):
    command, flags = parsed(way)
    existing = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    assert set(flags) <= existing


def test_no_alias_hides_a_command_and_every_suggested_flag_exists():
    assert not COMMANDS.keys() & VERBS.keys()
    commands = [cli.get_command(click.Context(cli), verb) for verb in VERBS]
    commands += [sub for group in commands if isinstance(group, click.Group) for sub in group.commands.values()]
    existing = {name for command in commands for parameter in command.params for name in parameter.opts}
    assert {way.split()[0] for ways in FLAGS.values() for way in ways} <= existing
