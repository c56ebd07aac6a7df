"""Method names, settings and plugins."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from mnerbench.datasets.errors import ConfigError
from mnerbench.methods import registry
from mnerbench.methods.base.family import MethodConfig, MethodFamily, Variant
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
