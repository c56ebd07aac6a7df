"""Every name maps to a valid MLflow name, and different names stay different."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.benchmark.tracking.metric_names import MOST_CHARACTERS, is_valid, mlflow_name, mlflow_value

PREFIX = "test/t/conlleval/f1"
ODD = [
    "..",
    ".",
    "",
    "/",
    "a//b",
    "../x",
    "a/",
    "b%",
    "b!",
    "b?",
    "\n",
    "a\n",
    "\ud800",
    "x" * 300,
    "人名!",
    "人名?",
    "+",
]


def accepted_by_mlflow(name):
    from mlflow.utils.validation import _validate_metric

    _validate_metric(name, 1.0, 0, 0)
    return True


@pytest.mark.parametrize("kind", ["人名", "地名", "PER", "a/b", "Größe", "geo-loc", "tv show", "a.b", "a:b", "..x"])
def test_valid_names_are_unchanged(kind):
    assert mlflow_name(f"{PREFIX}/{kind}") == f"{PREFIX}/{kind}"
    assert accepted_by_mlflow(f"{PREFIX}/{kind}")


@pytest.mark.parametrize("kind", ODD)
def test_invalid_names_are_mapped_to_valid_ones(kind):
    name = mlflow_name(f"{PREFIX}/{kind}")
    assert name.startswith(f"{PREFIX}")
    assert is_valid(name)
    assert accepted_by_mlflow(name)


def test_different_names_stay_different():
    names = [f"{PREFIX}/{kind}" for kind in (*ODD, "人名", "地名", "b.", "b..", ".b")]
    names += [f"{PREFIX}/{'x' * 400}{end}" for end in "ab"]  # equal length and prefix
    names += [f"test@a{sign}b/t/f1" for sign in "+@.-"]
    assert len(set(map(mlflow_name, names))) == len(names)
    assert max(map(len, map(mlflow_name, names))) <= MOST_CHARACTERS


def test_a_transfer_keeps_its_readable_name():
    assert mlflow_name("test@twitter17/it/conlleval/f1") == "test.twitter17/it/conlleval/f1"


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_maps_to_a_valid_name(text):
    for name in (text, f"{PREFIX}/{text}"):
        assert accepted_by_mlflow(mlflow_name(name))


def test_values_are_bounded_and_can_be_encoded():
    assert len(mlflow_value("\x1b" * 100_000)) < 6000 * 4
    assert mlflow_value("a\ud800b").encode() == b"a\\ud800b"
