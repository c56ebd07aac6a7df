"""Dunnett's adjustment, against published critical values and scipy."""

import numpy as np
import pytest
from scipy import stats

from mnerbench.reports.statistics.dunnett import dunnett
from mnerbench.reports.statistics.ttests import student_t


def scores(values):
    return dict(enumerate(values))


# Two-sided 5 % points for equal numbers of runs (Dunnett 1964, table II): methods, runs on each side, and the value.
PUBLISHED = [(1, 6, 2.23), (2, 4, 2.61), (3, 6, 2.54), (4, 5, 2.65), (5, 3, 2.90)]


@pytest.mark.parametrize(("methods", "runs", "critical"), PUBLISHED)
def test_published_critical_values(methods, runs, critical):
    """A family whose first statistic is the published value has an adjusted p of 5 %, up to its rounding."""
    pattern = np.resize([-1.0, 1.0], runs) if runs % 2 == 0 else np.r_[0.0, np.resize([-1.0, 1.0], runs - 1)]
    pattern = pattern / pattern.std(ddof=1)  # every side has a sample variance of 1, so the pooled one is 1 too
    shift = critical * np.sqrt(2 / runs)
    sides = [scores(0.7 + 0.01 * (pattern + (shift if not index else 0))) for index in range(methods)]
    assert dunnett(sides, scores(0.7 + 0.01 * pattern))[0] == pytest.approx(0.05, abs=0.001)


@pytest.mark.parametrize("sizes", [(3, 3), (5, 5, 5, 5), (5, 3, 10), (10, 4, 4, 7, 3)])
def test_scipy_agrees(sizes):
    random = np.random.default_rng(sum(sizes))
    *methods, baseline = [random.normal(0.7 + 0.002 * index, 0.004, n) for index, n in enumerate(sizes)]
    ours = dunnett([scores(side) for side in methods], scores(baseline))
    theirs = stats.dunnett(*methods, control=baseline, rng=np.random.default_rng(0)).pvalue
    assert ours == pytest.approx(theirs, abs=2e-3)


def test_one_method_is_students_test():
    random = np.random.default_rng(0)
    a, b = (scores(random.normal(mean, 0.005, 5)) for mean in (0.705, 0.7))
    assert dunnett([a], b) == pytest.approx([student_t(a, b).p], abs=1e-5)


def test_what_cannot_be_tested_has_no_p():
    five = scores([0.7, 0.71, 0.72, 0.71, 0.7])
    assert dunnett([scores([0.7]), five], five)[0] is None
    assert dunnett([five], scores([0.7])) == [None]
    assert dunnett([scores([0.7, 0.7])], scores([0.6, 0.6])) == [None]
    assert dunnett([], five) == []
