"""Every name becomes one that MLflow takes, and no two names become one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.benchmark.tracking.metric_names import MOST_CHARACTERS, is_taken, mlflow_name, mlflow_value

PLACE = "test/t/conlleval/f1"
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


def taken_by_mlflow(name):
    from mlflow.utils.validation import _validate_metric

    _validate_metric(name, 1.0, 0, 0)
    return True


@pytest.mark.parametrize("kind", ["人名", "地名", "PER", "a/b", "Größe", "geo-loc", "tv show", "a.b", "a:b", "..x"])
def test_names_that_mlflow_takes_are_kept(kind):
    assert mlflow_name(f"{PLACE}/{kind}") == f"{PLACE}/{kind}"
    assert taken_by_mlflow(f"{PLACE}/{kind}")


@pytest.mark.parametrize("kind", ODD)
def test_other_names_are_mapped_to_ones_that_it_takes(kind):
    name = mlflow_name(f"{PLACE}/{kind}")
    assert name.startswith(f"{PLACE}")
    assert is_taken(name)
    assert taken_by_mlflow(name)


def test_no_two_names_become_one():
    names = [f"{PLACE}/{kind}" for kind in (*ODD, "人名", "地名", "b.", "b..", ".b")]
    names += [f"{PLACE}/{'x' * 400}{end}" for end in "ab"]  # equally long, and they begin alike
    names += [f"test@a{sign}b/t/f1" for sign in "+@.-"]
    assert len(set(map(mlflow_name, names))) == len(names)
    assert max(map(len, map(mlflow_name, names))) <= MOST_CHARACTERS


def test_a_transfer_keeps_its_readable_name():
    assert mlflow_name("test@twitter17/it/conlleval/f1") == "test.twitter17/it/conlleval/f1"


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_becomes_a_name_that_mlflow_takes(text):
    for name in (text, f"{PLACE}/{text}"):
        assert taken_by_mlflow(mlflow_name(name))


def test_values_are_bounded_and_can_be_encoded():
    assert len(mlflow_value("\x1b" * 100_000)) < 6000 * 4
    assert mlflow_value("a\ud800b").encode() == b"a\\ud800b"
