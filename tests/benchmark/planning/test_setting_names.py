"""Common names of settings from other libraries get a suggestion."""

from __future__ import annotations

import pytest

from mnerbench.benchmark.planning.setting_names import _SYNONYMS, setting_flags, training_keys, training_suggestion
from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.methods.registry import methods


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("epochs", ("epochs",)),
        ("Batch-Size", ("batch_size",)),
        ("learning_rate", ("lr_encoder", "lr_new", "lr_crf")),
        ("max_seq_length", ("max_pieces",)),
        ("captions", ()),
    ],
)
def test_a_key_is_recognised(typed, expected):
    assert training_keys(typed) == expected


def test_every_synonym_refers_to_a_setting_and_is_not_a_setting_itself():
    assert {name for names in _SYNONYMS.values() for name in names} <= set(TrainingSettings.model_fields)
    assert not set(_SYNONYMS) & set(TrainingSettings.model_fields)


def test_an_unknown_training_setting_is_answered_with_the_flag():
    assert training_suggestion("bs", 8).startswith(
        "; did you mean 'batch_size'?\n  -> --set training.batch_size=8   # "
    )
    assert "'weight_decay'" in training_suggestion("wieght_decay")
    assert training_suggestion("colour").startswith("; valid: batch_size, ")


def test_a_key_without_a_method_may_be_of_training_and_of_methods():
    assert setting_flags("dropout", "0.2", ["bert-crf", "lookup", "mine"], methods()) == ["--set bert-crf.dropout=0.2"]
    assert setting_flags("epochs", "3", ["bert-crf"], methods()) == ["--set training.epochs=3"]
    assert setting_flags("colour", "red", ["bert-crf"], methods()) == []
