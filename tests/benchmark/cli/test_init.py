"""`benchmark init`: what it writes is what `plan` and `run` read."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
import sys

import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.planning.suite import load_suite
from mnerbench.benchmark.planning.suite_part import Protocol
from mnerbench.datasets.catalog import load_card
from mnerbench.datasets.errors import ConfigError

CONLL = "Ada B-PER\nmet O\nIBM B-ORG\n\nin O\nRome B-LOC\n"
FLAGS = ("--methods", "majority,lookup", "--datasets", "mine")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in, with own data in `data/mine`."""
    for split in ("train", "dev", "test"):
        path = tmp_path / "data" / "mine" / f"{split}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CONLL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MNERBENCH_DATA", str(tmp_path / "no-data"))
    return tmp_path


def call(*words, answers=None):
    result = CliRunner().invoke(cli, words, input=answers, catch_exceptions=False, standalone_mode=False)
    assert result.exit_code == 0, result.output
    return result.output


def init(*words, **options):
    return call("init", *words, "--data", "data", **options)


@pytest.fixture
def terminal(monkeypatch):
    """A person at a terminal."""
    monkeypatch.setattr("mnerbench.benchmark.cli.init.can_ask", lambda: True)


def test_the_printed_commands_plan_and_run_the_file(here):
    text = init(*FLAGS, "--seeds", "2", "--to", "my suite.toml")
    plan, run = [line.strip() for line in text.splitlines() if line.startswith("  benchmark")]
    program, *words = shlex.split(plan)
    planned = json.loads(call(*words, "--format", "json"))
    assert program == "benchmark"
    assert [entry["method"] for entry in planned["runs"]] == ["majority", "lookup"]
    assert planned["suite"]["name"] == "my-suite"
    _, *words = shlex.split(run)
    call(*words, "--no-mlflow", "--keep", "none")
    done = json.loads(call("status", "--format", "json"))
    assert {row["method"]: row["done"] for row in done} == {"majority": 1, "lookup": 1}
    assert json.loads(call("watch", "--format", "json"))["complete"]
    assert call("data", "check", "mine", "--data", "data").count("as the card says") == 1


def test_a_trained_method_runs_from_the_file(here, fixtures):
    words = ("--methods", "majority,bert-crf", "--datasets", "tiny", "--seeds", "1", "--encoder", "scratch")
    call("init", *words, "--set", "training.epochs=1", "--data", str(fixtures))
    call("run", "--suite", "suite.toml", "--data", str(fixtures), "--no-mlflow", "--keep", "none", "--threads", "1")
    done = json.loads(call("status", "--format", "json"))
    assert {row["method"]: row["done"] for row in done} == {"majority": 1, "bert-crf": 1}


def test_every_choice_is_a_flag(here):
    words = [
        "--seeds",
        "3,5,8",
        "--looks",
        "3,5",
        "--baseline",
        "lookup",
        "--encoder",
        "scratch",
        "--protocol",
        "paper",
    ]
    words += ["--title", "Mine", "--name", "a/b", "--transfer", "--train-tweets", "2,all", "--hide-pictures", "0.5"]
    words += ["--word-vectors", "random", "--input", "captions=blip2", "--set", "training.epochs=2"]
    init(*FLAGS, *words)
    suite = load_suite("suite.toml")
    assert (suite.seeds, suite.looks, suite.baseline) == ((3, 5, 8), (3, 5), "lookup")
    assert (suite.encoder, suite.protocol, suite.title, suite.name) == ("scratch", Protocol.PAPER, "Mine", "a/b")
    assert (suite.transfer, suite.train_tweets, suite.hidden_pictures) == (True, (2, "all"), 0.5)
    assert suite.pinned == {"epochs": 2}
    assert suite.inputs == {"captions": "blip2"}


def test_the_file_plans_the_same_runs_as_its_flags(here, fixtures):
    words = ["--methods", "majority,bert-crf", "--datasets", "tiny", "--seeds", "2", "--encoder", "scratch"]
    words += ["--set", "training.epochs=2", "--set", "bert-crf.dropout=0.3", "--data", str(fixtures)]
    call("init", *words)
    by_file = json.loads(call("plan", "--suite", "suite.toml", "--data", str(fixtures), "--format", "json"))
    by_flags = json.loads(call("plan", *words, "--format", "json"))
    assert [run["identity"] for run in by_file["runs"]] == [run["identity"] for run in by_flags["runs"]]
    assert len(by_file["runs"]) == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "(?s)needs methods and datasets, and this is no terminal.*--methods A,B.*--datasets A,B"),
        (("--methods", "majority"), "(?s)needs datasets.*--datasets A,B.*without a card yet: mine"),
        ((*FLAGS, "--to", "suite"), "ends in .toml"),
        ((*FLAGS, "--to", "data/there.toml"), "exists, and is not overwritten"),
        ((*FLAGS, "--seeds", "many"), "--seeds 'many'"),
        ((*FLAGS, "--looks", "early"), "--looks 'early'"),
        ((*FLAGS, "--to", "mine.toml", "--baseline", "umt"), "not among the methods"),
        (("mine.toml",), r"(?s)'mine.toml' is not something to write.*init --to mine.toml"),
        (("card", "mine", "--scheme", "bi"), "--scheme: "),
        (("card", "twitter15"), "a dataset of the package has this name"),
        (("card", "../mine"), "no dataset can be called"),
        (("card", "none"), "no such folder"),
    ],
)
def test_mistakes_are_errors_with_a_remedy(here, words, message):
    (here / "data" / "there.toml").write_text("")
    place = ("--data", "data") if not words or words[-1] != "mine.toml" else ()
    with pytest.raises(Exception, match=message) as raised:
        call("init", *words, *place)
    assert "\n  -> " in str(raised.value)
    assert not (here / "suite.toml").exists()
    assert not (here / "data" / "mine" / "card.toml").exists()


def test_options_of_a_suite_before_card_are_not_ignored(here):
    with pytest.raises(Exception, match="options before `card` are those of a suite"):
        call("init", "--transfer", "card", "mine")


def test_a_card_alone(here):
    text = call("init", "card", "mine", "--data", "data", "--licence", "CC0")
    card = load_card("mine", here / "data")
    assert (card.licence, card.types) == ("CC0", ("PER", "LOC", "ORG"))
    assert "questions that only you can answer: title, summary, citation" in text
    assert "no tweet names a picture" in text
    assert "benchmark run --datasets mine --data data" in text
    with pytest.raises(ConfigError, match=r"card.toml exists, and is not overwritten"):
        call("init", "card", "mine", "--data", "data")


def test_an_existing_card_is_used_as_it_is(here):
    call("init", "card", "mine", "--data", "data", "--title", "Mine")
    before = (here / "data" / "mine" / "card.toml").read_text()
    init(*FLAGS)
    assert (here / "data" / "mine" / "card.toml").read_text() == before


def test_missing_flags_are_asked_for_and_mistakes_are_asked_again(here, terminal):
    answers = ["nothing", "mine", "majority,lokup", "majority,lookup", "lookup", "2", "none", "scratch", "", ""]
    card = ["My tweets", "", "CC0", "", "", ""]
    text = init(answers="\n".join([*answers, *card, ""]))
    suite = load_suite("suite.toml")
    assert (suite.methods, suite.datasets, suite.baseline) == (("majority", "lookup"), ("mine",), "lookup")
    assert (suite.seeds, suite.encoder, suite.protocol) == ((0, 1), "scratch", Protocol.EQUAL)
    assert "did you mean 'lookup'" in text
    written = load_card("mine", here / "data")
    assert (written.title, written.licence, written.summary) == ("My tweets", "CC0", "")


def test_flags_are_not_asked_for_again(here, terminal):
    words = (*FLAGS, "--baseline", "none", "--seeds", "1", "--looks", "none", "--encoder", "scratch", "--to", "a.toml")
    text = init(*words, "--protocol", "equal", answers="\n" * 6)
    assert "Seeds" not in text
    assert load_suite("a.toml").baseline is None


def test_no_input_asks_nothing_on_a_terminal(here, terminal):
    assert "Enter" not in init(*FLAGS, "--no-input")
    assert load_suite("suite.toml").baseline == "majority"


def test_a_real_terminal_is_asked(here, root):
    """Through a pseudo-terminal, as a person would; Ctrl-D at the second question writes nothing."""
    controller, end = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(root.parent), "COLUMNS": "80", "TERM": "xterm"}
    code = "from mnerbench.benchmark.cli import main; main(['init', '--data', 'data'])"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=end, stdout=end, stderr=end, env=environment, start_new_session=True
    ) as process:
        os.close(end)
        text = read_until(controller, "Datasets")
        os.write(controller, b"mine\n")
        text += read_until(controller, "Methods")
        os.write(controller, b"\x04")
        text += read_until(controller, None)
    os.close(controller)
    assert process.returncode == 130
    assert "Enter takes the answer in brackets" in text
    assert not (here / "suite.toml").exists()
    assert not (here / "data" / "mine" / "card.toml").exists()


def read_until(controller, word):
    """What the program printed until a word; to its end without one."""
    text = ""
    while word is None or word not in text:
        try:
            text += os.read(controller, 4096).decode()
        except OSError:  # the other end is closed
            break
    return text
