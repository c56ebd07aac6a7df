"""A drafted card holds what the files show; `data check` and `load_corpus` accept it, and nothing is invented."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.datasets.card import DatasetCard, read_card
from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError
from mnerbench.datasets.health import health_report
from mnerbench.datasets.importing.card_draft import QUESTIONS, CardOptions, card_lines, inspect_files, write_card
from mnerbench.datasets.verify import Severity, verify

CONLL = "Ada B-PER\nmet O\nIBM B-ORG\n\nin O\nRome B-LOC\n"
UMT = "IMGID:7\nAda\tB-PER\nmet\tO\n\n"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "mine"
    path.mkdir()
    for split in ("train", "dev", "test"):
        (path / f"{split}.txt").write_text(CONLL)
    return path


def draft_of(folder, *arguments, **options):
    return inspect_files(folder.name, arguments, folder, CardOptions(**options))


def test_the_card_is_the_one_that_all_commands_read(folder):
    write_card(draft_of(folder), folder)
    card, corpus = load_card("mine", folder.parent), load_corpus("mine", folder.parent)
    assert card.types == ("PER", "LOC", "ORG")
    assert {split: file.path for split, file in card.files.items()} == {
        "train": "train.txt",
        "valid": "dev.txt",
        "test": "test.txt",
    }
    findings = verify(card, corpus, health_report(corpus), folder.parent)
    assert [finding for finding in findings if finding.severity is Severity.WRONG] == []
    assert card.sizes["train"].entities == 3
    assert corpus.fingerprints == dict(card.fingerprints)


def test_what_no_file_tells_stays_open(folder):
    write_card(draft_of(folder), folder)
    text = (folder / "card.toml").read_text()
    card = load_card("mine", folder.parent)
    for key, question in QUESTIONS.items():
        assert f'# {key} = ""  # question: {question}' in text
        assert key == "title" or getattr(card, key) == DatasetCard.model_fields[key].default
    assert card.title == "mine"


def test_answers_are_in_the_card(folder):
    write_card(draft_of(folder, answers={"licence": 'CC "BY" 4.0', "title": "Mine"}), folder)
    card = load_card("mine", folder.parent)
    assert (card.licence, card.title) == ('CC "BY" 4.0', "Mine")
    assert "# licence" not in (folder / "card.toml").read_text()


def test_every_key_of_a_card_is_in_the_file(folder):
    lines = list(card_lines(draft_of(folder), folder))
    for key in DatasetCard.model_fields.keys() - {"probe"}:
        assert any(line.startswith((f"{key} = ", f"# {key} = ", f"# {key}:", f"[{key}")) for line in lines), key


@pytest.mark.parametrize(
    ("content", "options", "form", "scheme", "types"),
    [
        (UMT, {}, "umt", "bio", ("PER",)),
        ("Ada S-PER\nmet O\nAl B-PER\nAb E-PER\n", {}, "conll", "bioes", ("PER",)),
        ('{"tokens": ["Ada", "met"], "label": ["B-PER", "O"]}\n', {}, "jsonl", "bio", ("PER",)),
        ('[{"tokens": ["Ada", "met"], "label": ["B-PER", "O"]}]\n', {}, "json", "bio", ("PER",)),
        ('{"tokens": ["Ada"], "ner_tags": [1]}\n', {"tag_names": ("O", "B-PER")}, "jsonl", "bio", ("PER",)),
        ('{"text": "Ada met", "entities": [[0, 3, "PER"]]}\n', {}, "jsonl", "bio", ("PER",)),
        ("Ada B-Person\n", {"label_map": {"Person": "PER"}}, "conll", "bio", ("PER",)),
    ],
)
def test_formats_schemes_and_types_are_detected(tmp_path, content, options, form, scheme, types):
    folder = tmp_path / "mine"
    folder.mkdir()
    for split in ("train", "valid", "test"):
        (folder / f"{split}.data").write_text(content)
    write_card(draft_of(folder, **options), folder)
    card = load_card("mine", tmp_path)
    assert (card.format, card.scheme, card.types) == (form, scheme, types)
    assert load_corpus("mine", tmp_path)["train"][0].labels[0] == "B-PER"


def test_files_of_several_formats_are_detected_one_by_one(folder):
    (folder / "train.txt").write_text(UMT)
    write_card(draft_of(folder), folder)
    assert load_card("mine", folder.parent).format is None
    assert load_corpus("mine", folder.parent).names_pictures


def test_splits_may_be_named_from_here_or_from_the_folder(folder, monkeypatch):
    (folder / "train.txt").rename(folder / "a")
    (folder / "dev.txt").unlink()
    monkeypatch.chdir(folder.parent)
    draft = draft_of(folder, "train=a", "test=mine/test.txt")
    write_card(draft, folder)
    assert {split: file.path for split, file in load_card("mine", folder.parent).files.items()} == {
        "train": "a",
        "test": "test.txt",
    }


def test_a_linked_file_is_one_of_the_folder(folder):
    (folder / "train.txt").rename(folder.parent / "elsewhere")
    (folder / "train.txt").symlink_to(folder.parent / "elsewhere")
    write_card(draft_of(folder), folder)
    assert load_card("mine", folder.parent).files["train"].path == "train.txt"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda folder: (folder / "train-2.txt").write_text(CONLL), ConfigError, "not shards of one file"),
        (lambda folder: (folder / "train.txt").write_bytes(b"PAR1aaaa"), ConfigError, "data import"),
        (lambda folder: (folder / "train.txt").write_bytes(b"PK\x03\x04"), DataError, "a zip archive"),
        (lambda folder: (folder / "train.txt").write_text("Ada B-PER\nmet\n"), DataError, "train.txt:2"),
        (lambda folder: [path.write_text("a O\n") for path in folder.iterdir()], DataError, "every label is O"),
        (lambda folder: [path.unlink() for path in folder.iterdir()], ConfigError, "no split"),
    ],
)
def test_files_that_no_card_can_name_are_errors(folder, make, error, message):
    make(folder)
    with pytest.raises(error, match=message):
        draft_of(folder)


def test_a_file_elsewhere_and_a_missing_folder_are_errors(folder):
    (folder.parent / "train.txt").write_text(CONLL)
    with pytest.raises(ConfigError, match=r"(?s)not inside .*data import"):
        draft_of(folder, f"train={folder.parent / 'train.txt'}")
    with pytest.raises(MissingInputError, match="no such folder"):
        draft_of(folder.parent / "none")


def test_an_existing_card_is_kept(folder):
    (folder / "card.toml").write_text("mine")
    with pytest.raises(ConfigError, match="exists, and is not overwritten"):
        write_card(draft_of(folder), folder)
    assert (folder / "card.toml").read_text() == "mine"


@given(
    kind=st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8).filter(
        lambda text: text.strip() == text
    ),
    answer=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
)
def test_odd_types_and_answers_come_back(tmp_path_factory, kind, answer):
    folder = tmp_path_factory.mktemp("odd") / "mine"
    folder.mkdir()
    row = json.dumps({"tokens": ["Ada"], "label": [f"B-{kind}"]})
    (folder / "train.jsonl").write_text(row + "\n", encoding="utf-8")
    draft = draft_of(folder, answers={"licence": answer})
    write_card(draft, folder)
    card = read_card(folder / "card.toml")
    assert card.types == draft.corpus.types
    assert card.licence == " ".join(answer.split())
    assert load_corpus("mine", folder.parent)["train"] == draft.corpus["train"]
