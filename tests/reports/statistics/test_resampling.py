"""Tests over tweets against enumeration of all resamples, the linear theory of variances, and plain loops."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from simulated_runs import Method, draw

from mnerbench.benchmark.scoring import Counts
from mnerbench.reports.statistics import tweets as drawing
from mnerbench.reports.statistics.resampling import approximate_randomization, combined_bootstrap, paired_bootstrap
from mnerbench.reports.statistics.ttests import welch_t
from mnerbench.reports.statistics.tweets import redrawn_f1

ALL = [paired_bootstrap, approximate_randomization, combined_bootstrap]


def f1(counts):
    """Micro F1 of one run, the way scores are made elsewhere."""
    return sum((Counts(*map(int, tweet)) for tweet in counts), Counts()).f1


def statistic(a, b):
    return np.mean([f1(run) for run in a]) - np.mean([f1(run) for run in b])


def made(seed=0, runs=(3, 3), tweets=60, method=None, other=None):
    method = method or Method(seeds=0.1)
    (a, _), (b, _) = draw(np.random.default_rng(seed), (method, other or method), runs, tweets)
    return a, b


@pytest.mark.parametrize("test", ALL)
def test_the_difference_is_of_mean_micro_f1(test):
    a, b = made()
    found = test(a, b, 50)
    assert found.difference == pytest.approx(statistic(a, b), abs=1e-12)
    assert (found.n, found.tweets, found.resamples, found.reason) == ((3, 3), 60, 50, None)


def test_resampled_scores_are_those_of_the_tweets_drawn(monkeypatch):
    """Also when weights are made in several chunks."""
    monkeypatch.setattr(drawing, "_CELLS", 7 * 20)
    a, b = made(runs=(2, 3), tweets=20)
    found = redrawn_f1(a, b, 10, seed=4)
    random, picks = np.random.default_rng(4), []
    for rows in (7, 3):
        picks += list(random.integers(0, 20, (rows, 20)))
    for side, counts in zip(found, (a, b), strict=True):
        truth = [[f1(run[pick]) for run in counts] for pick in picks]
        assert side == pytest.approx(np.array(truth), abs=1e-12)


def test_the_bootstrap_is_that_of_all_resamples():
    """Five tweets can be drawn in 3,125 ways: the distribution by enumeration."""
    a, b = made(3, runs=(2, 1), tweets=5, method=Method(skill=2.0), other=Method(skill=0.0))
    every = [statistic(a[:, list(pick)], b[:, list(pick)]) for pick in itertools.product(range(5), repeat=5)]
    found = paired_bootstrap(a, b, 40_000)
    below, above = (np.mean(np.array(every) <= 1e-9), np.mean(np.array(every) >= -1e-9))
    assert found.p == pytest.approx(min(1, 2 * min(below, above)), abs=0.006)
    # The quantiles of a discrete distribution jump: each has to lie where it may.
    for limit, share in zip(found.interval, (0.025, 0.975), strict=True):
        assert np.mean(np.array(every) < limit - 1e-9) <= share + 0.005
        assert np.mean(np.array(every) <= limit + 1e-9) >= share - 0.005


def test_randomization_is_that_of_all_swaps():
    """Seven tweets can be swapped in 128 ways."""
    a, b = made(5, runs=(2, 2), tweets=7, method=Method(skill=1.8), other=Method(skill=0.3))
    every = []
    for swap in itertools.product([False, True], repeat=7):
        mask = np.array(swap)[None, :, None]
        every.append(statistic(np.where(mask, b, a), np.where(mask, a, b)))
    exact = np.mean(np.abs(every) >= abs(statistic(a, b)) - 1e-9)
    assert 0.02 < exact < 0.9
    found = approximate_randomization(a, b, 40_000)
    assert found.p == pytest.approx(exact, abs=0.012)
    assert found.interval is None


def test_p_is_never_zero():
    gold = np.ones((1, 200), int)
    a, b = np.stack([gold, gold, gold], 2), np.stack([0 * gold, gold, gold], 2)
    assert approximate_randomization(a, b, 99).p == pytest.approx(1 / 100)
    assert paired_bootstrap(a, b, 99).p == pytest.approx(2 / 100)


def linear(counts):
    """Each tweet's part in each run's F1 [runs, tweets]: the delta method."""
    correct, size = counts[:, :, 0], counts[:, :, 1] + counts[:, :, 2]
    score = 2 * correct.sum(1) / size.sum(1)
    return (2 * correct - score[:, None] * size) / size.sum(1)[:, None]


@pytest.mark.parametrize("runs", [(3, 3), (4, 6)])
def test_the_combined_variance_is_that_of_the_two_way_layout(runs):
    """The linear parts of F1 give the same components as the resamples, in closed form."""
    a, b = made(7, runs, tweets=800, method=Method(seeds=0.1), other=Method(skill=0.8, seeds=0.02))
    tweets, parts, dfs = 800, [], []
    gap = linear(a).mean(0) - linear(b).mean(0)
    over_tweets = tweets * gap.var(ddof=1)
    for side in (a, b):
        n, scores = len(side), np.array([f1(run) for run in side])
        parts.append(scores.var(ddof=1) / n)
        dfs.append(n - 1)
        own = linear(side) - linear(side).mean(0)
        over_tweets -= tweets * own.var(axis=1, ddof=1).sum() / (n - 1) / n
    parts, dfs = np.array([*parts, over_tweets]), np.array([*dfs, tweets - 1])
    df = parts.sum() ** 2 / (parts**2 / dfs).sum()
    found = combined_bootstrap(a, b, 20_000)
    error = math.sqrt(parts.sum())
    assert found.interval[1] - found.interval[0] == pytest.approx(2 * stats.t.ppf(0.975, df) * error, rel=0.03)
    assert sum(found.interval) / 2 == pytest.approx(found.difference)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(found.difference) / error, df), rel=0.1, abs=1e-3)


def test_tweets_without_a_part_leave_welchs_test():
    """The methods find the same tweets hard: what seeds differ by on single tweets is not counted twice."""
    runs = [made(seed, (5, 5), 400, Method(seeds=0.1, tweets=0.0)) for seed in range(30)]
    ratios = []
    for a, b in runs:
        welch = welch_t(*(dict(enumerate(f1(run) for run in side)) for side in (a, b))).interval
        combined = combined_bootstrap(a, b, 400).interval
        ratios.append((combined[1] - combined[0]) / (welch[1] - welch[0]))
    assert np.median(ratios) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("test", ALL)
def test_a_seed_decides_the_answer(test):
    a, b = made(tweets=40, method=Method(seeds=0.1), other=Method(skill=0.7))
    assert test(a, b, 500, seed=3) == test(a, b, 500, seed=3)
    assert test(a, b, 500, seed=3) != test(a, b, 500, seed=4)


@pytest.mark.parametrize("test", ALL)
def test_sides_mirror_each_other(test):
    a, b = made(2, other=Method(skill=0.7))
    one, other = test(a, b, 800), test(b, a, 800)
    assert other.difference == pytest.approx(-one.difference)
    assert other.p == pytest.approx(one.p)
    if one.interval:
        assert other.interval == pytest.approx((-one.interval[1], -one.interval[0]))


def test_runs_in_another_order_are_no_difference():
    """Means of the same scores differ in floating point by their order; ties have to count as ties."""
    a, _ = made(runs=(5, 5), tweets=50)
    assert paired_bootstrap(a, a[[3, 1, 4, 0, 2]], 200).p == 1
    assert approximate_randomization(a, a[[3, 1, 4, 0, 2]], 200).p == 1


def test_runs_without_any_entity_score_zero():
    nothing = np.zeros((3, 10, 3), int)
    assert paired_bootstrap(nothing, nothing, 10).difference == 0
    assert not redrawn_f1(nothing, nothing, 5, 0)[0].any()


@pytest.mark.parametrize("test", ALL)
@pytest.mark.parametrize(
    ("cut", "reason"),
    [
        (lambda a, b: (a[:0], b[:0]), "no finished run"),
        (lambda a, b: (a[:, :0], b[:, :0]), "no tweet"),
        (lambda a, b: (a[:, :1], b[:, :1]), "single tweet"),
        (lambda a, b: (a, a), "same counts on every tweet"),
    ],
)
def test_a_test_that_cannot_be_made_says_why(test, cut, reason):
    found = test(*cut(*made()), 50)
    assert (found.p, found.interval, found.resamples) == (None, None, 0)
    assert reason in found.reason


def test_the_combined_test_needs_two_runs_and_a_spread():
    a, b = made()
    assert "single run" in combined_bootstrap(a[:1], b, 50).reason
    gold = np.ones((2, 9), int)
    found = combined_bootstrap(np.stack([gold, gold, gold], 2), np.stack([0 * gold, gold, gold], 2), 50)
    assert (found.difference, found.p) == (1.0, None)
    assert "no spread" in found.reason


def test_what_is_no_pair_of_counts_is_refused():
    a, b = made()
    with pytest.raises(ValueError, match="integers of at least 0"):
        paired_bootstrap(a.astype(float), b)
    with pytest.raises(ValueError, match="integers of at least 0"):
        paired_bootstrap(a, -b)
    with pytest.raises(ValueError, match=r"\[seeds, tweets, 3\]"):
        paired_bootstrap(a[:, :, :2], b)
    with pytest.raises(ValueError, match="60 tweets against 59"):
        combined_bootstrap(a, b[:, 1:])
    with pytest.raises(ValueError, match="gold entities"):
        combined_bootstrap(a, np.roll(b, 1, axis=1))
    with pytest.raises(ValueError, match="3 runs against 2"):
        approximate_randomization(a, b[:2])
    with pytest.raises(ValueError, match="at least one"):
        paired_bootstrap(a, b, 0)
