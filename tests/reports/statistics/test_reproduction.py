"""Comparison with published scores, by hand and by simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from mnerbench.reports.statistics.reproduction import MARGIN, Reproduction, reproduces


@pytest.mark.parametrize("runs", [1, 5])
def test_by_hand(runs):
    ours = [0.74, 0.745, 0.738, 0.742, 0.741]
    tested = reproduces(np.mean(ours), np.std(ours, ddof=1), 5, 0.75, runs)
    error = np.std(ours, ddof=1) * math.sqrt(1 / 5 + 1 / runs)
    half = stats.t.ppf(0.975, 4) * error
    assert tested.interval == pytest.approx((np.mean(ours) - 0.75 - half, np.mean(ours) - 0.75 + half))
    upper = np.mean(ours) - 0.75 + stats.t.ppf(0.95, 4) * error
    lower = np.mean(ours) - 0.75 - stats.t.ppf(0.95, 4) * error
    assert (tested.outcome is Reproduction.YES) == (lower > -MARGIN and upper < MARGIN)
    assert (tested.outcome is Reproduction.NO) == (tested.outcome is not Reproduction.YES and tested.interval[1] < 0)


def test_outcomes():
    assert reproduces(0.75, 0.001, 5, 0.752, 5).outcome is Reproduction.YES  # different, but by less than matters
    assert reproduces(0.75, 0.001, 5, 0.77, 5).outcome is Reproduction.NO
    assert reproduces(0.75, 0.02, 5, 0.77, 5).outcome is Reproduction.UNKNOWN
    assert reproduces(0.75, 0.0, 5, 0.7501, 1).outcome is Reproduction.YES


@pytest.mark.parametrize("runs", [1, 5])
def test_a_score_at_the_margin_is_rarely_called_reproduced_and_a_true_one_rarely_refuted(runs):
    random, simulations, called, refuted = np.random.default_rng(0), 4_000, 0, 0
    for _ in range(simulations):
        ours = random.normal(0.75, 0.004, 5)
        mean, std = float(ours.mean()), float(ours.std(ddof=1))
        theirs = float(random.normal(0.75, 0.004, runs).mean())
        called += reproduces(mean, std, 5, theirs + MARGIN, runs).outcome is Reproduction.YES
        refuted += reproduces(mean, std, 5, theirs, runs).outcome is Reproduction.NO
    assert called / simulations <= 0.06
    assert refuted / simulations <= 0.06


def test_too_few_runs_are_refused():
    for n, runs in ((1, 5), (5, 0)):
        with pytest.raises(ValueError, match="at least two and one"):
            reproduces(0.7, 0.01, n, 0.7, runs)
