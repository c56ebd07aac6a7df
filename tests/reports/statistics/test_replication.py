"""Partial conjunctions over datasets, against their definitions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import combine_pvalues

from mnerbench.reports.statistics.claim import Claim
from mnerbench.reports.statistics.multiplicity import holm
from mnerbench.reports.statistics.replication import adjust_over_methods, count_if_independent, fisher
from mnerbench.reports.statistics.ttests import TestResult, t_result

P = st.floats(0, 1)
# No round numbers: a product of a round p and a number of tests may equal the level up to rounding.
LEVELS = [0.01 / 3**0.5, 0.05 / 2**0.5, 0.3 / 5**0.5]
METHODS = st.lists(st.lists(P, min_size=1, max_size=5), max_size=5)


def test_two_methods_by_hand():
    """The first has half of the level: 0.001 · 2 · 2, then 0.004 · 1 · 2; rejected on both, it passes its half on."""
    assert adjust_over_methods([[0.001, 0.004], [0.3, 0.02]]) == [
        pytest.approx([0.004, 0.008]),
        pytest.approx([0.3, 0.04]),
    ]
    # Without the second rejection nothing is passed on.
    assert adjust_over_methods([[0.001, 0.4], [0.3, 0.02]])[1][1] == pytest.approx(0.08)


@settings(deadline=None)
@given(st.lists(P, min_size=1, max_size=6))
def test_one_method_and_one_dataset_are_holms_method(p_values):
    expected = pytest.approx(holm(p_values))
    assert adjust_over_methods([p_values])[0] == expected
    assert [p for (p,) in adjust_over_methods([[p] for p in p_values])] == expected


@settings(deadline=None)
@given(st.lists(P, min_size=1, max_size=6), st.sampled_from(LEVELS))
def test_the_number_of_datasets_is_that_of_the_partial_conjunctions(p_values, level):
    number, ordered = len(p_values), sorted(p_values)
    conjunctions = [(number - u + 1) * ordered[u - 1] for u in range(1, number + 1)]
    shown = next((u for u, p in enumerate(conjunctions) if p > level), number)
    (adjusted,) = adjust_over_methods([p_values])
    assert sum(p <= level for p in adjusted) == shown


@settings(deadline=None)
@given(METHODS, st.sampled_from(LEVELS))
def test_what_is_rejected_at_a_level(methods, level):
    """Steps with a fixed level: each method that is not rejected everywhere has an equal part of it."""
    left = [set(range(len(row))) for row in methods]
    while True:
        active = sum(map(bool, left))
        found = [(m, d) for m, row in enumerate(methods) for d in left[m] if row[d] * active * len(left[m]) <= level]
        if not found:
            break
        left[found[0][0]].discard(found[0][1])
    adjusted = adjust_over_methods(methods)
    assert [{d for d, p in enumerate(row) if p > level} for row in adjusted] == left


def test_fishers_combination_is_scipys():
    for p_values in ([0.02, 0.3], [0.5], [0.9, 0.01, 0.2, 1.0]):
        assert fisher(p_values) == pytest.approx(combine_pvalues(p_values).pvalue)
    assert fisher([0.0, 0.5]) == 0


def test_the_number_if_datasets_are_independent():
    """Two p of 0.04 show one dataset together and none alone; without the smaller one, 0.04 is not below 0.025."""
    assert fisher([0.04, 0.04]) < 0.025
    assert count_if_independent([0.04, 0.04], 0.025) == 1
    assert count_if_independent([0.001, 0.002, 0.9], 0.025) == 2
    assert count_if_independent([0.001, 0.002], 0.025) == 2
    assert count_if_independent([0.5, 0.5], 0.025) == 0
    assert count_if_independent([], 0.025) == 0


@pytest.mark.parametrize("bad", [[[0.1], [1.5]], [[float("nan")]], [[]]])
def test_bad_input(bad):
    with pytest.raises(ValueError, match=r"p-value|without datasets"):
        adjust_over_methods(bad)


def test_the_one_sided_p_of_a_claim_is_that_of_its_weakest_test():
    claim = Claim(t_result(0.01, 0.004, 4, (5, 5)), t_result(0.01, 0.006, 200, (5, 5)))
    p = [test.p for test in claim.tests]
    assert claim.one_sided(better=True) == max(p) / 2
    assert claim.one_sided(better=False) == 1 - min(p) / 2
    worse = Claim(t_result(-0.01, 0.004, 4, (5, 5)))
    assert worse.one_sided(better=False) == worse.p / 2
    assert Claim(TestResult(0.1, None, None, None, (1, 1))).one_sided(better=True) is None
