"""Tests over tweets against enumeration of all resamples, the linear theory of variances, and plain loops."""

import itertools

import numpy as np
import pytest
from simulated_runs import Method, draw

from mnerbench.benchmark.results.scoring import NO_ENTITIES, Counts
from mnerbench.reports.statistics import tweets as drawing
from mnerbench.reports.statistics.resampling import approximate_randomization, bootstrap_interval, paired_bootstrap
from mnerbench.reports.statistics.tweets import redrawn_f1

ALL = [paired_bootstrap, approximate_randomization]


def f1(counts):
    """Micro F1 of a run, as scores are computed elsewhere."""
    return sum((Counts(*map(int, tweet)) for tweet in counts), NO_ENTITIES).f1


def statistic(a, b):
    return np.mean([f1(run) for run in a]) - np.mean([f1(run) for run in b])


def simulated_counts(seed=0, runs=(3, 3), tweets=60, method=None, other=None):
    method = method or Method(seeds=0.1)
    (a, _), (b, _) = draw(np.random.default_rng(seed), (method, other or method), runs, tweets)
    return a, b


@pytest.mark.parametrize("test", ALL)
def test_the_difference_is_of_mean_micro_f1(test):
    a, b = simulated_counts()
    result = test(a, b, 50)
    assert result.difference == pytest.approx(statistic(a, b), abs=1e-12)
    assert (result.n, result.tweets, result.resamples, result.reason) == ((3, 3), 60, 50, None)


def test_resampled_scores_are_those_of_the_tweets_drawn(monkeypatch):
    """Also with weights in several chunks."""
    monkeypatch.setattr(drawing, "_CELLS", 7 * 20)
    a, b = simulated_counts(runs=(2, 3), tweets=20)
    scores = redrawn_f1(a, b, 10, seed=4)
    random, picks = np.random.default_rng(4), []
    for rows in (7, 3):
        picks += list(random.integers(0, 20, (rows, 20)))
    for side, counts in zip(scores, (a, b), strict=True):
        truth = [[f1(run[pick]) for run in counts] for pick in picks]
        assert side == pytest.approx(np.array(truth), abs=1e-12)


def test_the_bootstrap_is_that_of_all_resamples():
    """Five tweets can be drawn in 3,125 ways: enumerate the distribution."""
    a, b = simulated_counts(3, runs=(2, 1), tweets=5, method=Method(skill=2.0), other=Method(skill=0.0))
    every = [statistic(a[:, list(pick)], b[:, list(pick)]) for pick in itertools.product(range(5), repeat=5)]
    result = paired_bootstrap(a, b, 40_000)
    below, above = (np.mean(np.array(every) <= 1e-9), np.mean(np.array(every) >= -1e-9))
    assert result.p == pytest.approx(min(1, 2 * min(below, above)), abs=0.006)
    # The quantiles of a discrete distribution jump: each has to lie where it may.
    for limit, share in zip(result.interval, (0.025, 0.975), strict=True):
        assert np.mean(np.array(every) < limit - 1e-9) <= share + 0.005
        assert np.mean(np.array(every) <= limit + 1e-9) >= share - 0.005


def test_randomization_is_that_of_all_swaps():
    """Seven tweets can be swapped in 128 ways."""
    a, b = simulated_counts(5, runs=(2, 2), tweets=7, method=Method(skill=1.8), other=Method(skill=0.3))
    every = []
    for swap in itertools.product([False, True], repeat=7):
        mask = np.array(swap)[None, :, None]
        every.append(statistic(np.where(mask, b, a), np.where(mask, a, b)))
    exact = np.mean(np.abs(every) >= abs(statistic(a, b)) - 1e-9)
    assert 0.02 < exact < 0.9
    result = approximate_randomization(a, b, 40_000)
    assert result.p == pytest.approx(exact, abs=0.012)
    assert result.interval is None


def test_p_is_never_zero():
    gold = np.ones((1, 200), int)
    a, b = np.stack([gold, gold, gold], 2), np.stack([0 * gold, gold, gold], 2)
    assert approximate_randomization(a, b, 99).p == pytest.approx(1 / 100)
    assert paired_bootstrap(a, b, 99).p == pytest.approx(2 / 100)


@pytest.mark.parametrize("test", ALL)
def test_a_seed_decides_the_answer(test):
    a, b = simulated_counts(tweets=40, method=Method(seeds=0.1), other=Method(skill=0.7))
    assert test(a, b, 500, seed=3) == test(a, b, 500, seed=3)
    assert test(a, b, 500, seed=3) != test(a, b, 500, seed=4)


@pytest.mark.parametrize("test", ALL)
def test_sides_mirror_each_other(test):
    a, b = simulated_counts(2, other=Method(skill=0.7))
    forward, backward = test(a, b, 800), test(b, a, 800)
    assert backward.difference == pytest.approx(-forward.difference)
    assert backward.p == pytest.approx(forward.p)
    if forward.interval:
        assert backward.interval == pytest.approx((-forward.interval[1], -forward.interval[0]))


def test_runs_in_another_order_are_no_difference():
    """Means of the same scores differ in floating point with their order; ties have to count as ties."""
    a, _ = simulated_counts(runs=(5, 5), tweets=50)
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
    result = test(*cut(*simulated_counts()), 50)
    assert (result.p, result.interval, result.resamples) == (None, None, 0)
    assert reason in result.reason


def test_what_is_no_pair_of_counts_is_refused():
    a, b = simulated_counts()
    with pytest.raises(ValueError, match="integers of at least 0"):
        paired_bootstrap(a.astype(float), b)
    with pytest.raises(ValueError, match="integers of at least 0"):
        paired_bootstrap(a, -b)
    with pytest.raises(ValueError, match=r"\[seeds, tweets, 3\]"):
        paired_bootstrap(a[:, :, :2], b)
    with pytest.raises(ValueError, match="60 tweets against 59"):
        paired_bootstrap(a, b[:, 1:])
    with pytest.raises(ValueError, match="gold entities"):
        paired_bootstrap(a, np.roll(b, 1, axis=1))
    with pytest.raises(ValueError, match="3 runs against 2"):
        approximate_randomization(a, b[:2])
    with pytest.raises(ValueError, match="at least one"):
        paired_bootstrap(a, b, 0)


def test_the_interval_of_a_run_is_that_of_all_resamples():
    """As above, for one run."""
    counts = simulated_counts(3, runs=(1, 1), tweets=5, method=Method(skill=1.0))[0][0]
    every = np.array([f1(counts[list(pick)]) for pick in itertools.product(range(5), repeat=5)])
    low, high = bootstrap_interval(counts, 40_000)
    for end, level in ((low, 0.025), (high, 0.975)):
        assert np.mean(every < end - 1e-9) <= level + 0.004
        assert np.mean(every <= end + 1e-9) >= level - 0.004
    assert low < f1(counts) < high


def test_the_interval_of_a_run_repeats_and_needs_two_tweets():
    counts = simulated_counts()[0][0]
    assert bootstrap_interval(counts) == bootstrap_interval(counts)
    assert bootstrap_interval(counts[:1]) is None
    perfect = np.tile([2, 2, 2], (10, 1))
    assert bootstrap_interval(perfect) == (1.0, 1.0)
