"""Method names, settings and plugins."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from mnerbench.datasets.errors import ConfigError
from mnerbench.methods import registry
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.base.family import MethodConfig, MethodFamily, Variant
from mnerbench.methods.base.search_space import Range
from mnerbench.methods.registry import Registry, methods


def family(name, target="a:A"):
    return MethodFamily(name, target, MethodConfig, "none", {name: Variant("made")})


def test_unknown_names_answer_with_the_nearest():
    with pytest.raises(ConfigError, match=r"unknown method 'ita_ga'; did you mean 'ita-ga'"):
        methods()["ita_ga"]


def test_unknown_settings_answer_with_the_nearest():
    with pytest.raises(ConfigError, match=r"'ita-ga' has no setting 'caption'; did you mean 'captions'"):
        methods()["ita-ga"].configure({"caption": 1})


def test_values_are_checked():
    with pytest.raises(ConfigError, match=r"'bert-crf', setting dropout = 2"):
        methods()["bert-crf"].configure({"dropout": 2})


def test_given_settings_win_over_the_variant():
    assert methods()["ita-ga+cva"].configure({}).cva_weight == 1.0
    assert methods()["ita-ga+cva"].configure({"cva_weight": 0}).cva_weight == 0
    with pytest.raises(ConfigError, match=r"setting cva_weight = 0.5 changes nothing"):
        methods()["ita-ga"].configure({"cva_weight": 0.5})


def test_a_name_claimed_twice_shows_both_places():
    new_registry = Registry()
    new_registry.add(family("x", "one:X"))
    new_registry.add(family("y", "two:Y"))
    with pytest.raises(ConfigError, match=r"'x' is claimed twice: by one:X and by three:X"):
        new_registry.add(family("x", "three:X"))


def test_a_family_claimed_twice_shows_both_places():
    new_registry = Registry()
    new_registry.add(family("x", "one:X"))
    with pytest.raises(ConfigError, match=r"family 'x' is claimed twice: by one:X and by two:Y"):
        new_registry.add(MethodFamily("x", "two:Y", MethodConfig, "none", {"y": Variant("made")}))


def test_an_entry_point_that_cannot_be_imported_is_an_error(monkeypatch):
    point = EntryPoint("mine", "no.such.module:X", registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    with pytest.raises(ConfigError, match=r"entry point 'mine' .*cannot be loaded: ModuleNotFoundError"):
        registry._load()


def test_registering_by_hand(monkeypatch):
    monkeypatch.setattr(registry, "_registry", Registry())
    registered = registry.register(family("mine"))
    assert methods()["mine"].family is registered


def test_entry_points_of_other_packages_are_found(monkeypatch):
    point = EntryPoint("mine", "mnerbench.methods.bert.card:BERT", registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    assert "bert-crf" in {entry.name for entry in registry._load()}
    wrong = EntryPoint("mine", "mnerbench.methods.base.configs:SubwordTaggerConfig", registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [wrong])
    with pytest.raises(ConfigError, match="is not a MethodFamily"):
        registry._load()


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ({"variants": {"x": Variant("made", {"drop": 0.1})}}, "variant 'x' names 'drop'"),
        ({"profiles": {"released": {"drop": 0.1}}}, "profile 'released' names 'drop'"),
        ({"search": {"drop": Range(0, 1)}}, "`search` names 'drop'"),
    ],
)
def test_settings_that_a_card_misspells_are_refused_when_it_is_registered(card, message):
    wrong = replace(MethodFamily("x", "a:A", SubwordTaggerConfig, "none", {"x": Variant("made")}), **card)
    expected = rf"card of 'x' \(a:A\): {message}, .*SubwordTaggerConfig; did you mean 'dropout'\?\n  -> its fields: dec"
    with pytest.raises(ConfigError, match=expected):
        Registry().add(wrong)


def test_a_shipped_card_that_cannot_be_imported_is_named_with_its_line(tmp_path, monkeypatch):
    card = tmp_path / "broken_card" / "card.py"
    card.parent.mkdir()
    card.write_text("import os\n\nMINE = unknown\n")
    monkeypatch.setattr(registry, "__file__", str(tmp_path / "registry.py"))
    monkeypatch.setattr("mnerbench.methods.__path__", [str(tmp_path)])
    with pytest.raises(ConfigError) as caught:
        list(registry._shipped())
    assert str(caught.value).startswith(f"{card}:3: NameError: name 'unknown' is not defined")


@pytest.mark.parametrize("target", ["mnerbench.methods.absent:A", "mnerbench.methods.registry:Absent", "no_package:A"])
def test_a_target_that_does_not_exist_names_the_card(target):
    with pytest.raises(ConfigError, match=rf"card of 'x': its target '{target}' does not exist\n  -> name the class"):
        registry.method_class(family("x", target))


def test_a_package_that_a_model_lacks_is_not_taken_for_a_wrong_target(tmp_path, monkeypatch):
    (tmp_path / "lacking_model.py").write_text("import absent_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="absent_package"):
        registry.method_class(family("x", "lacking_model:A"))
