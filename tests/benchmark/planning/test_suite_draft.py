"""A drafted suite file says what was asked for, and nothing else, also where names are odd."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.benchmark.planning.suite import Suite, load_suite, parse_suite
from mnerbench.benchmark.planning.suite_draft import (
    SuiteDraft,
    checked,
    default_baseline,
    suite_lines,
    suite_name,
    write_suite,
)
from mnerbench.benchmark.planning.suite_part import Part
from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.new_file import write_new_file
from mnerbench.datasets.untrusted.toml_text import parse_toml

METHODS, DATASETS = ("majority", "bert-crf"), ("probe-object",)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def text_of(content):
    return "".join(f"{line}\n" for line in suite_lines(content))


def test_every_key_of_a_suite_is_in_the_file_with_its_default():
    text = text_of(SuiteDraft("s", METHODS, DATASETS).content)
    lines = text.splitlines()
    for key in Suite.model_fields:
        assert any(re.match(rf"(# )?(\[\[?)?{key}\b", line) for line in lines), key
    for key, setting in TrainingSettings.model_fields.items():
        assert any(line.startswith(f"# {key} = ") for line in lines), key
        assert setting.description is None or setting.description in text


def test_comments_are_the_defaults():
    """Without their #, the lines of keys that are not set leave the suite as it is."""
    content = SuiteDraft("s", METHODS, DATASETS).content
    active = [re.sub(r"^# (?=[a-z_]+ = |\[[a-z_]+\]\s)", "", line) for line in suite_lines(content)]
    raw = parse_toml("\n".join(active))
    assert len(raw) > len(content)
    suite = parse_suite(raw, None)
    plain = parse_suite(content, None)
    assert suite.model_copy(update={"training": {}}) == plain
    assert TrainingSettings.model_validate(suite.training) == TrainingSettings()


@given(title=TEXT, encoder=TEXT, value=st.one_of(TEXT, st.booleans(), st.integers(-9, 9), st.lists(TEXT, max_size=3)))
def test_odd_texts_come_back_unchanged(title, encoder, value):
    encoder = encoder.replace("\0", "0")
    further = {"encoder": encoder, "settings": {"bert-crf": {"dropout": value}}, "inputs": {"grid": encoder}}
    content = SuiteDraft("s", METHODS, DATASETS, title=title, training={"epochs": 3}, further=further).content
    assert parse_toml(text_of(content)) == content


def test_characters_that_end_lines_elsewhere_come_back_unchanged():
    further = {"inputs": {"grid": "a\x85b\u2028c\x0bd"}}
    content = SuiteDraft("s", METHODS, DATASETS, title="a\x85b\u2029c\r\nd", further=further).content
    assert parse_toml(text_of(content)) == content


@given(TEXT)
def test_any_file_name_gives_a_valid_suite_name(stem):
    from pathlib import Path

    name = suite_name(Path(stem.replace("/", "_").replace("\0", "_") + ".toml"))
    assert parse_suite({**SuiteDraft(name, METHODS, DATASETS).content}, None).name == name


@pytest.mark.parametrize(
    ("names", "baseline"),
    [(("a",), None), (("a", "b"), "a"), (("a", "bert-crf"), "bert-crf")],
)
def test_the_default_baseline(names, baseline):
    assert default_baseline(names) == baseline


def test_no_baseline_is_a_choice(tmp_path):
    draft = SuiteDraft("s", METHODS, DATASETS, baseline="none")
    assert checked(draft, tmp_path, tmp_path).baseline is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"methods": ["bert-crv"]}, "bert-crv.*did you mean 'bert-crf'"),
        ({"datasets": ["probe-objekt"]}, "probe-objekt.*did you mean 'probe-object'"),
        ({"baseline": "umt"}, "the baseline 'umt' is not among the methods"),
        ({"name": "Mine!"}, "not a valid suite name"),
        ({"training": {"epoch": 3}}, "epoch"),
        ({"further": {"seeds": [1, 1]}}, "none twice"),
        ({"further": {"looks": [2]}}, "increasing numbers of seeds, from 3"),
        ({"further": {"settings": {"bert-crf": {"dropuot": 0.1}}}}, "dropuot"),
    ],
)
def test_a_draft_that_cannot_run_is_not_written(tmp_path, changes, message):
    (tmp_path / "data").mkdir()
    draft = SuiteDraft(**{"name": "s", "methods": METHODS, "datasets": DATASETS, **changes})
    with pytest.raises(ConfigError, match=f"(?s){message}"):
        write_suite(draft, tmp_path / "s.toml", tmp_path / "data")
    assert not (tmp_path / "s.toml").exists()


def test_training_settings_hold_under_every_protocol():
    equal = SuiteDraft("s", METHODS, DATASETS, training={"epochs": 3}).content
    paper = SuiteDraft("s", METHODS, DATASETS, training={"epochs": 3}, further={"protocol": "paper"}).content
    assert (equal["training"], "pinned" in equal) == ({"epochs": 3}, False)
    assert (paper["pinned"], "training" in paper) == ({"epochs": 3}, False)


def test_a_file_is_never_overwritten(tmp_path):
    path = tmp_path / "s.toml"
    path.symlink_to(tmp_path / "nowhere")
    draft = SuiteDraft("s", METHODS, DATASETS)
    with pytest.raises(ConfigError, match="exists, and is not overwritten"):
        write_suite(draft, path, tmp_path)
    path.unlink()
    assert write_suite(draft, path, tmp_path) == load_suite(str(path))
    before = path.read_text()
    with pytest.raises(ConfigError, match="exists, and is not overwritten"):
        write_new_file(path, "other", "choose")
    assert path.read_text() == before


def test_a_half_written_file_is_removed(tmp_path):
    with pytest.raises(Exception, match="cannot be written"):
        write_new_file(tmp_path / "s.toml", "lone surrogate: \ud800", "choose")
    assert not (tmp_path / "s.toml").exists()


def test_descriptions_are_one_line():
    for model in (Suite, Part, TrainingSettings):
        assert all("\n" not in (field.description or "") for field in model.model_fields.values())
