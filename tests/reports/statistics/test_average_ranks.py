"""Average ranks, Friedman's and Nemenyi's tests, against published numbers."""

import numpy as np
import pytest
from scipy.stats import f, friedmanchisquare, rankdata, studentized_range

from mnerbench.reports.statistics.average_ranks import average_ranks, critical_difference, friedman_p

# Demšar (2006), Table 6: AUC of C4.5 with and without tuning of m and cf. The last digit of "voting" is ours: the paper
# ranks its scores of 0.975 by digits that it does not print.
METHODS = ("C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf")
DEMSAR = [
    [0.763, 0.768, 0.771, 0.798],
    [0.599, 0.591, 0.590, 0.569],
    [0.954, 0.971, 0.968, 0.967],
    [0.628, 0.661, 0.654, 0.657],
    [0.882, 0.888, 0.886, 0.898],
    [0.936, 0.931, 0.916, 0.931],
    [0.661, 0.668, 0.609, 0.685],
    [0.583, 0.583, 0.563, 0.625],
    [0.775, 0.838, 0.866, 0.875],
    [1.000, 1.000, 1.000, 1.000],
    [0.940, 0.962, 0.965, 0.962],
    [0.619, 0.666, 0.614, 0.669],
    [0.972, 0.981, 0.9751, 0.975],
    [0.957, 0.978, 0.946, 0.970],
]


def test_the_example_of_demsar():
    """Average ranks 3.143, 2.000, 2.893, 1.964 and a critical difference of 1.25."""
    ranks = average_ranks(METHODS, DEMSAR)
    by_name = dict(zip(ranks.methods, ranks.ranks, strict=True))
    assert [by_name[name] for name in METHODS] == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    assert ranks.methods == ("C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5")
    assert ranks.critical == pytest.approx(1.25, abs=5e-3)
    # No two methods differ by 1.25, so all are one group, although Friedman's test is significant.
    assert ranks.p < 0.05
    assert ranks.groups == ((0, 3),)


def test_friedmans_test_in_the_version_of_iman_and_davenport():
    """The paper has 9.28 without the correction for ties; its formulas, on scores without ties."""
    ties = 1 - (3 * (2**3 - 2) + (4**3 - 4)) / (14 * (4**3 - 4))
    assert friedmanchisquare(*np.transpose(DEMSAR)).statistic * ties == pytest.approx(9.28, abs=5e-3)
    without = np.random.default_rng(0).normal(size=(7, 5))
    ranks = without.argsort(1).argsort(1) + 1
    chi = 12 * 7 / 30 * (np.square(ranks.mean(0)).sum() - 5 * 36 / 4)
    assert friedman_p(without) == pytest.approx(f.sf(6 * chi / (28 - chi), 4, 24))


def test_critical_values_are_those_of_the_table():
    """Demšar (2006), Table 5 (a): q at 0.05 for 2 to 10 methods."""
    table = [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164]
    for methods, q in enumerate(table, start=2):
        assert critical_difference(methods, 6) == pytest.approx(q * np.sqrt(methods * (methods + 1) / 36), rel=5e-4)


@pytest.mark.parametrize("methods", [3, 4, 12, 60, 100])
def test_critical_differences_are_those_of_scipy(methods):
    expected = studentized_range.ppf(0.95, methods, np.inf) / np.sqrt(2) * np.sqrt(methods * (methods + 1) / 48)
    assert critical_difference(methods, 8) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_ranks_and_friedmans_statistic_are_those_of_scipy(seed):
    """Few different scores, so that most of them are tied."""
    scores = np.random.default_rng(seed).integers(0, 4, size=(6, 4)) / 4
    ranks = average_ranks(["a", "b", "c", "d"], scores)
    by_name = dict(zip(ranks.methods, ranks.ranks, strict=True))
    assert [by_name[name] for name in "abcd"] == pytest.approx(rankdata(-scores, axis=1).mean(0), abs=1e-12)
    chi = friedmanchisquare(*scores.T).statistic
    assert friedman_p(scores) == pytest.approx(f.sf(5 * chi / (18 - chi), 3, 15), rel=1e-9)


def test_groups_are_the_largest_that_span_less_than_the_critical_difference():
    """Twenty datasets with the same order of five methods: ranks 1 to 5, and a critical difference of 1.36."""
    ranks = average_ranks("abcde", [[5, 4, 3, 2, 1]] * 20)
    assert ranks.ranks == (1, 2, 3, 4, 5)
    assert ranks.p == 0
    assert ranks.critical == pytest.approx(1.364, abs=1e-3)
    assert ranks.groups == ((0, 1), (1, 2), (2, 3), (3, 4))


def test_methods_that_differ_from_all_others_are_in_no_group():
    ranks = average_ranks("abc", [[3, 2, 1]] * 40)
    assert ranks.groups == ()


def test_equal_methods_share_the_mean_of_their_ranks():
    ranks = average_ranks("cab", [[0.7, 0.7, 0.7]] * 5)
    assert (ranks.methods, ranks.ranks, ranks.p) == (("a", "b", "c"), (2, 2, 2), 1)
    assert ranks.groups == ((0, 2),)


@pytest.mark.parametrize("scores", [[[1, 2, 3]] * 4, [[1, 2]] * 5, [[1, 2, float("nan")]] * 5, [[1, 2, 3, 4]] * 5, []])
def test_too_little_to_rank(scores):
    with pytest.raises(ValueError, match="ranks need scores of 3 methods on 5 datasets"):
        average_ranks("abc"[: len(scores[0])] if scores else "abc", scores)
