"""Outlying runs, interquartile means and the probability of improvement."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mnerbench.reports.statistics.robust import far_below, interquartile_mean, probability_of_improvement

shares = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("values", "seeds"),
    [
        ([0.70, 0.71, 0.72], ()),
        ([0.70, 0.02, 0.72], (1,)),
        ([0.70, 0.0, 0.72, 0.71, 0.0], (1, 4)),
        ([0.70, 0.64, 0.71, 0.70, 0.71], (1,)),
        ([0.70, 0.66, 0.71, 0.70, 0.71], ()),  # four points are too little
        ([0.60, 0.52, 0.70, 0.75, 0.80], ()),  # widely spread anyway
        ([0.70, 0.0], ()),  # which of both is the outlier?
        ([0.0, 0.0, 0.7], ()),  # most have not learned: nothing is below the others
        ([0.7], ()),
        ([], ()),
    ],
)
def test_runs_far_below_the_others(values, seeds):
    assert far_below(dict(enumerate(values))) == seeds


@given(shares)
def test_the_interquartile_mean_is_that_of_four_copies(values):
    """Four copies of every value have a middle half of whole values."""
    middle = np.sort(np.repeat(values, 4))[len(values) : 3 * len(values)]
    assert interquartile_mean(values) == pytest.approx(middle.mean())


def test_outliers_do_not_move_the_interquartile_mean():
    assert interquartile_mean([0.7, 0.71, 0.72, 0.0]) == pytest.approx(0.705)
    assert interquartile_mean([0.7, 0.71, 0.72, 0.69]) == pytest.approx(0.705)


@given(shares, shares)
def test_the_probability_of_improvement_is_the_rank_statistic(a, b):
    expected = stats.mannwhitneyu(a, b).statistic / (len(a) * len(b))
    assert probability_of_improvement(a, b) == pytest.approx(expected)
    assert probability_of_improvement(b, a) == pytest.approx(1 - expected)


def test_nothing_to_summarise_is_an_error():
    with pytest.raises(ValueError, match="no values"):
        interquartile_mean([])
    with pytest.raises(ValueError, match="no runs"):
        probability_of_improvement([0.5], [])
