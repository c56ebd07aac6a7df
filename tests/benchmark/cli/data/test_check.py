"""`benchmark data`: what it prints, and the exit code that scripts go by."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from archive_server import jpeg
from click.testing import CliRunner

from mnerbench.benchmark.cli.data import command
from mnerbench.benchmark.cli.data.check import subwords_of
from mnerbench.datasets.errors import ConfigError, MissingInputError

FIXTURES = Path(__file__).parents[3] / "fixtures"

TWIN = """
name = "twin"
title = "The test split of tiny again"
summary = "s"
licence = "l"
citation = "c"
types = ["PER", "LOC", "ORG", "MISC"]
label_map = { OTHER = "MISC" }
images = "none"
how_to_get = "ask the twin's authors"
[files]
test = { path = "test.txt" }
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copytree(FIXTURES / "tiny", tmp_path / "tiny")
    return tmp_path


def run(*arguments: str | Path):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def add_twin(data: Path) -> None:
    (data / "twin").mkdir()
    (data / "twin" / "card.toml").write_text(TWIN)
    shutil.copy(data / "tiny" / "test.txt", data / "twin")


def test_check_prints_counts_and_known_defects_and_succeeds(data):
    result = run("check", "tiny", "--data", data)
    assert result.exit_code == 0
    assert "captions blip2: 94 images, 4 dropped, 1 missing, 1 empty" in result.output
    assert "known train.txt ends without a line end" in result.output
    assert "tiny/test and tiny/train share 1 texts, 2 normalised" in result.output


def test_check_fails_if_the_content_differs_from_the_card(data):
    path = data / "tiny" / "valid.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("\tB-ORG", "\tB-LOC", 1), encoding="utf-8")
    result = run("check", "tiny", "--data", data)
    assert result.exit_code == 1
    assert "wrong valid: fingerprint" in result.output


def test_check_as_json_says_the_same(data):
    add_twin(data)
    answer = json.loads(run("check", "tiny", "twin", "--data", data, "--format", "json").output)
    assert answer["wrong"] is False
    tiny = answer["datasets"][0]
    assert tiny["report"]["splits"]["train"]["stray_after_outside"] == 2
    assert tiny["captions"]["blip2"]["dropped"] == 4
    assert len(tiny["fingerprints"]["test"]) == 64
    shared = {(pair["first"], pair["second"]): pair["exact"] for pair in answer["across"]}
    assert shared == {("tiny/train", "twin/test"): 1, ("tiny/valid", "twin/test"): 0, ("tiny/test", "twin/test"): 20}


def test_check_of_several_prints_what_they_share(data):
    add_twin(data)
    assert (
        "twin/test and tiny/test share 20 texts, 20 normalised, 20 images"
        in run("check", "tiny", "twin", "--data", data).output
    )


def test_check_counts_subwords_only_with_an_encoder(data, tmp_path):
    assert "not counted" in run("check", "tiny", "--data", data).output
    (tmp_path / "empty").mkdir()
    assert isinstance(
        run("check", "tiny", "--data", data, "--encoder", tmp_path / "empty").exception, MissingInputError
    )


def test_subwords_are_counted_as_in_a_run(tmp_path):
    """A byte-level tokenizer is told that words come one by one, each with a space before it."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaTokenizerFast

    trained = ByteLevelBPETokenizer(add_prefix_space=True)
    trained.train_from_iterator(["hello hello hello"], vocab_size=300, min_frequency=1, show_progress=False)
    special = {"cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    trained.add_special_tokens(list(special.values()))
    trained.save(str(tmp_path / "made.json"))
    tokenizer = RobertaTokenizerFast(tokenizer_file=str(tmp_path / "made.json"), **special)
    tokenizer.save_pretrained(tmp_path / "encoder")
    count = subwords_of(tmp_path / "encoder").count
    assert count("hello") == 1
    assert count("hellohello") > 1


@pytest.mark.parametrize("verb", ["check", "get"])
def test_unknown_datasets_are_refused_before_anything_is_done(data, verb):
    error = run(verb, "tiny", "twitter16", "--data", data).exception
    assert isinstance(error, ConfigError)
    assert "'twitter15'" in str(error)


def test_get_reports_what_is_there_with_its_checksum(data):
    result = run("get", "tiny", "--data", data)
    assert result.exit_code == 0
    assert result.output.count("present") == 4
    assert result.output.count("checksum correct") == 4


def test_get_says_what_must_be_fetched_by_hand_and_fails(data):
    add_twin(data)
    (data / "twin" / "test.txt").unlink()
    result = run("get", "twin", "tiny", "--data", data)
    assert result.exit_code == 1
    assert "ask the twin's authors" in result.output
    assert result.output.count("present") == 4


def test_get_never_overwrites_and_continues_with_the_next_dataset(data):
    add_twin(data)
    (data / "tiny" / "train.txt").write_text("mine")
    result = run("get", "tiny", "twin", "--data", data)
    assert result.exit_code == 1
    assert "it was not changed" in result.output
    assert "twin: present" in result.output
    assert (data / "tiny" / "train.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("packed", "lost", "code"),
    [(("T_1383",), (), 1), (("T_1383",), ("T_1385",), 0), (("T_1383", "T_1385"), (), 0)],
)
def test_get_fails_while_pictures_are_missing_that_are_not_known_to_be_lost(data, packed, lost, code):
    add_twin(data)
    folder = data / "twin"
    lines = (folder / "test.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    third = [number for number, line in enumerate(lines) if line.startswith("IMGID:")][2]
    (folder / "test.txt").write_text("".join(lines[:third]), encoding="utf-8")
    drive = f'missing_image_ids = {list(lost)}\ndrive = [{{ id = "x", holds = "pictures", path = "pictures.zip" }}]\n'
    (folder / "card.toml").write_text(TWIN.replace("[files]", drive + "[files]"))
    with zipfile.ZipFile(folder / "pictures.zip", "w") as archive:
        for image in packed:
            archive.writestr(f"{image}.jpg", jpeg(1))
    result = run("get", "twin", "--images", "--data", data)
    assert f"{len(packed)} pictures unpacked" in result.output
    assert f"{2 - len(packed)} are not in the archive ({len(lost)} of them known to be lost)" in result.output
    assert result.exit_code == code


def test_list_tells_what_is_here(data):
    rows = {row["name"]: row for row in json.loads(run("list", "--data", data, "--format", "json").output)}
    assert rows["tiny"]["here"] is True
    assert rows["twitter15"]["here"] is False
    assert rows["twitter15"]["entities"]["test"] == 5207
    assert rows["twitter15-umgf"]["entities"] == {"train": None, "valid": None, "test": 5241}
    table = run("list", "--data", data).output
    assert "4,000/1,000/3,257" in table
    assert "?/?/5,241" in table


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from mnerbench.benchmark.cli.data import command\n"
        "try: command(['check', '--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'transformers', 'pydantic', 'rich', 'requests', 'pooch'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip().endswith("[]")
