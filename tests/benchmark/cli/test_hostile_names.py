"""Names, titles and messages of somebody else, in the verbs that print them: no markup, no escapes, bounded."""

import json
import shutil

import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.cli.data.get import get_datasets, image_listener
from mnerbench.benchmark.results.record import RunError, Status
from mnerbench.benchmark.results.store import RunStore

TITLE = "[/red] \x1b[2J[red]x \u202egnp.exe \x9b :smile:"
SHOWN = "[/red] \\x1b[2J[red]x \\u202egnp.exe \\x9b :smile:"
SUITE = f"""
title = {json.dumps(TITLE)}
datasets = ["mine"]
methods = ["majority", "[/red]"]
baseline = "majority"
[variants."[/red]"]
of = "lookup"
"""


@pytest.fixture
def data(fixtures, tmp_path):
    """A data folder whose card says hostile things."""
    folder = tmp_path / "data" / "mine"
    shutil.copytree(fixtures / "tiny", folder)
    card = (folder / "card.toml").read_text(encoding="utf-8")
    lines = [line for line in card.splitlines() if line.partition(" =")[0] not in {"name", "title", "how_to_get"}]
    head = [f'name = "mine"\ntitle = {json.dumps(TITLE)}\nhow_to_get = {json.dumps(TITLE)}']
    text = "\n".join([*head, *lines]).replace("defects = [", f"defects = [\n  {json.dumps(TITLE)},")
    (folder / "card.toml").write_text(text, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(SUITE, encoding="utf-8")
    return folder.parent


def call(*arguments):
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)
    for character in result.output:
        assert character in "\n\t" or character.isprintable() or character == "\xa0", repr(character)
    return result


@pytest.mark.parametrize("verb", [("list", "datasets"), ("data", "list"), ("data", "check", "mine")], ids=" ".join)
def test_texts_of_a_card_are_printed_as_text(verb, data):
    assert SHOWN in call(*verb, "--data", data).output


def test_remedies_of_a_card_are_printed_as_text(data, tmp_path):
    (data / "mine" / "train.txt").unlink()
    result = call("data", "get", "mine", "--data", data)
    assert result.exit_code == 1
    assert SHOWN in result.output
    result = call("data", "get", "mine", "--from", tmp_path / "mine.toml", "--data", data)
    assert result.exit_code == 1
    assert "error: " in result.output


def test_suites_and_methods_may_have_any_name_from_plan_to_report(data, tmp_path):
    flags = ("--suite", tmp_path / "mine.toml", "--data", data, "--out", tmp_path / "out")
    assert f"mine: {SHOWN}" in call("plan", *flags).output
    assert json.loads(call("plan", *flags, "--format", "json").output)["suite"]["title"] == TITLE
    ran = call("run", *flags, "--no-mlflow")
    assert ran.exit_code == 0
    assert "[/red] on mine" in ran.output
    store = RunStore(tmp_path / "out")
    (record,) = [record for record in store.records() if record.spec.method == "[/red]"]
    error = RunError(kind="[/]", message=f"{TITLE}\n{'x' * 10_000_000}\n{'y' * 10_000_000}", traceback="")
    store.save_record(record.model_copy(update={"status": Status.FAILED, "error": error}))
    for verb in (("status",), ("report",), ("report", "--details"), ("report", "--format", "markdown")):
        output = call(*verb, "--out", tmp_path / "out").output
        assert "[/red]" in output
        assert "gnp.exe" in output
        assert len(output) < 30_000
    rows = json.loads(call("status", "--out", tmp_path / "out", "--format", "json").output)
    assert any(TITLE in reason for row in rows for reason in row["reasons"])


@pytest.mark.parametrize("output_format", ["markdown", "csv", "latex", "json"])
def test_a_dash_writes_a_report_to_standard_output(output_format, data, tmp_path):
    flags = ("--suite", tmp_path / "mine.toml", "--data", data, "--out", tmp_path / "out")
    call("run", *flags, "--no-mlflow")
    command = ("report", "--out", tmp_path / "out", "--format", output_format)
    assert call(*command, "--to", "-").output == call(*command).output != ""


def test_bars_and_notes_are_printed_as_text(capsys):
    with image_listener("[/red]") as listener:
        listener.note(TITLE)
        listener.bytes_of(TITLE)(1, 2)
    assert f"[/red]: {SHOWN}" in capsys.readouterr().err


def test_the_error_of_a_dataset_is_printed_as_text(data, capsys):
    (data / "mine" / "train.txt").write_text("changed", encoding="utf-8")
    assert not get_datasets(["mine"], data)
    assert "error: " in capsys.readouterr().err
