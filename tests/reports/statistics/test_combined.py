"""The test over seeds and tweets together: against a bootstrap, a derivative, and the case in which it is Welch's."""

import math

import numpy as np
import pytest
from scipy import stats
from simulated_runs import Method, draw

from mnerbench.benchmark.results.scoring import NO_ENTITIES, Counts
from mnerbench.reports.statistics.combined import combined_paired_t, combined_t, linear_parts
from mnerbench.reports.statistics.ttests import welch_t
from mnerbench.reports.statistics.tweets import redrawn_f1


def f1(counts):
    """Micro F1 of a run, as scores are computed elsewhere."""
    return sum((Counts(*map(int, tweet)) for tweet in counts), NO_ENTITIES).f1


def simulated_counts(seed=0, runs=(3, 3), tweets=60, method=None, other=None):
    method = method or Method(seeds=0.1)
    (a, _), (b, _) = draw(np.random.default_rng(seed), (method, other or method), runs, tweets)
    return a, b


def weighted_f1(run, weights):
    correct, predicted, gold = (weights[:, None] * run).sum(0)
    return 2 * correct / (predicted + gold)


def test_linear_parts_are_the_derivative_of_f1():
    a, _ = simulated_counts()
    parts, step = linear_parts(a), 1e-6
    for run, of_run in zip(a, parts, strict=True):
        for tweet in (0, 17, 59):
            weights = np.ones(60)
            weights[tweet] += step
            slope = (weighted_f1(run, weights) - f1(run)) / step
            assert of_run[tweet] == pytest.approx(slope, rel=1e-3, abs=1e-7)
    assert parts.sum(1) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("runs", [(3, 3), (4, 6)])
def test_the_variance_is_that_of_the_two_way_layout_by_bootstrap(runs):
    a, b = simulated_counts(7, runs, tweets=800, method=Method(seeds=0.1), other=Method(skill=0.8, seeds=0.02))
    drawn, parts, dfs = redrawn_f1(a, b, 20_000, seed=1), [], []
    over_tweets = np.subtract(*(side.mean(1) for side in drawn)).var(ddof=1)
    for side, redrawn in zip((a, b), drawn, strict=True):
        n = len(side)
        parts.append(np.var([f1(run) for run in side], ddof=1) / n)
        dfs.append(n - 1)
        centred = redrawn - redrawn.mean(1, keepdims=True)
        over_tweets -= centred.var(axis=0, ddof=1).sum() / (n - 1) / n
    parts, dfs = np.array([*parts, over_tweets]), np.array([*dfs, 799])
    df, error = parts.sum() ** 2 / (parts**2 / dfs).sum(), math.sqrt(parts.sum())
    result = combined_t(a, b)
    assert result.interval[1] - result.interval[0] == pytest.approx(2 * stats.t.ppf(0.975, df) * error, rel=0.03)
    assert result.difference == pytest.approx(np.mean([f1(r) for r in a]) - np.mean([f1(r) for r in b]), abs=1e-12)
    assert sum(result.interval) / 2 == pytest.approx(result.difference)
    assert result.p == pytest.approx(2 * stats.t.sf(abs(result.difference) / error, df), rel=0.1, abs=1e-3)
    assert result.n == runs


@pytest.mark.parametrize("runs", [3, 6])
def test_the_paired_variance_is_that_of_the_two_way_layout_by_bootstrap(runs):
    a, b = simulated_counts(7, (runs, runs), tweets=800, method=Method(seeds=0.1), other=Method(skill=0.9, seeds=0.1))
    gaps = np.subtract(*redrawn_f1(a, b, 20_000, seed=1))  # [resamples, runs], the same tweets on both sides
    centred = gaps - gaps.mean(1, keepdims=True)
    over_tweets = gaps.mean(1).var(ddof=1) - centred.var(axis=0, ddof=1).sum() / (runs - 1) / runs
    over_seeds = np.var([f1(x) - f1(y) for x, y in zip(a, b, strict=True)], ddof=1) / runs
    parts, dfs = np.array([over_seeds, max(0.0, over_tweets)]), np.array([runs - 1, 799])
    df, error = parts.sum() ** 2 / (parts**2 / dfs).sum(), math.sqrt(parts.sum())
    result = combined_paired_t(a, b)
    assert result.error == pytest.approx(error, rel=0.03)
    assert result.df == pytest.approx(df, rel=0.15)
    assert result.interval[1] - result.interval[0] == pytest.approx(2 * stats.t.ppf(0.975, result.df) * result.error)
    assert result.difference == pytest.approx(np.mean([f1(x) - f1(y) for x, y in zip(a, b, strict=True)]), abs=1e-12)


def test_views_of_other_runs_are_refused():
    a, b = simulated_counts(1, (3, 4), tweets=40)
    with pytest.raises(ValueError, match="3 runs against 4: both views need the same runs"):
        combined_paired_t(a, b)


def test_equal_views_have_no_test():
    a, _ = simulated_counts(1, (3, 3), tweets=40)
    assert (combined_paired_t(a, a).difference, combined_paired_t(a, a).p) == (0.0, None)


def test_tweets_without_a_part_leave_welchs_test():
    """If the same tweets are hard for both methods, differences of seeds on single tweets are not counted twice."""
    runs = [simulated_counts(seed, (5, 5), 400, Method(seeds=0.1, tweets=0.0)) for seed in range(30)]
    ratios = []
    for a, b in runs:
        welch = welch_t(*(dict(enumerate(f1(run) for run in side)) for side in (a, b))).interval
        combined = combined_t(a, b).interval
        ratios.append((combined[1] - combined[0]) / (welch[1] - welch[0]))
    assert np.median(ratios) == pytest.approx(1, abs=0.03)


def test_it_needs_two_runs_and_a_spread():
    a, b = simulated_counts()
    assert "single run" in combined_t(a[:1], b).reason
    gold = np.ones((2, 9), int)
    result = combined_t(np.stack([gold, gold, gold], 2), np.stack([0 * gold, gold, gold], 2))
    assert (result.difference, result.p) == (1.0, None)
    assert "no spread" in result.reason
    assert "same counts" in combined_t(a, a).reason
    with pytest.raises(ValueError, match="60 tweets against 59"):
        combined_t(a, b[:, 1:])


def test_equal_predictions_of_unequal_numbers_of_runs_are_no_difference():
    """Rounding errors of equal runs are no spread."""
    random = np.random.default_rng(0)
    for _ in range(50):
        gold = random.integers(1, 4, 40)
        predicted = random.integers(0, 4, 40)
        correct = np.minimum(random.integers(0, 4, 40), np.minimum(gold, predicted))
        run = np.stack([correct, predicted, gold], axis=1)
        result = combined_t(np.stack([run] * 3), np.stack([run] * 5))
        assert (result.p, result.identical) == (None, True)
