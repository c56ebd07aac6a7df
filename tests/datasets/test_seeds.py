"""Derived seeds: their values decide initial weights, training subsets and probes, so they never change."""

import pytest

from mnerbench.datasets.probes.chance import Chance
from mnerbench.datasets.seeds import derive_seed
from mnerbench.datasets.subsets import training_order


@pytest.mark.parametrize(
    ("purpose", "seed"),
    [((0, "order", 1), 284224596), ((7, "weights", 3), 3737245345), ((2, "tune", "bert-crf", 5, "lr_new"), 353244887)],
)
def test_seeds_of_runs_never_change(purpose, seed):
    assert derive_seed(*purpose) == seed  # the first four bytes of the sha256 of "0:order:1", and so on


def test_seeds_of_training_subsets_never_change():
    assert training_order(12, 0) == [6, 5, 0, 9, 7, 8, 10, 1, 4, 2, 3, 11]
    assert training_order(12, 7) == [11, 7, 3, 5, 10, 0, 6, 8, 1, 9, 2, 4]


def test_seeds_of_probes_never_change():
    assert Chance(3, "test", 17, "picture").uniform() == 0.3141572342422104
    assert Chance("x").integer(0, 10**9) == 749098999


def test_seeds_differ_by_purpose():
    assert len({derive_seed(s, p, e) for s in range(5) for p in ("order", "weights") for e in range(5)}) == 50
