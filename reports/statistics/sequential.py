"""Group-sequential tests: one comparison, tested at several planned numbers of seeds, with the error of one test.

Testing at 5 % after each of several additions of seeds has far more than 5 % false positives. Here the 5 % are spent
over the looks: the share spent up to a fraction t of the planned seeds is `ln(1 + (e - 1) t)` (Lan and DeMets 1983, of
Pocock's type: the looks have similar levels, so that a clear difference can be shown with few seeds). The level of each
look follows from the joint normal distribution of the statistics of all looks up to it (Armitage, McPherson and Rowe
1969), and is applied to the p-values of t-tests (Jennison and Turnbull 2000, section 4.4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

_NODES = 64  # of the quadrature between two bounds; the error of a level is below 1e-10
_ROUNDS = 60  # at most, of a search for a root
_TINY = 1e-28  # bounds of such levels are beyond the quadrature
_ALL = 1 - 1e-9  # a level that is spent nearly always
_PRECISION = 1e-12  # relative, of roots
_ROOT_OF_TAU = math.sqrt(2 * math.pi)
_WIDEST = 12.0  # no bound is beyond so many standard errors
Numbers = NDArray[np.float64]


def nominal_level(looks: Sequence[int], runs: int, level: float) -> float:
    """The level of the test at one look, such that all looks together have at most `level` false positives.

    Args:
        looks: planned numbers of runs, increasing.
        runs: the number at this look, one of `looks`.
        level: of all looks together, in (0, 1).

    Raises:
        ValueError: `runs` is no look, or the level is not in (0, 1).
    """
    if runs not in looks:
        raise ValueError(f"{runs} is no look of {tuple(looks)}")
    if not 0 < level < 1:
        raise ValueError(f"a level of {level} is not in (0, 1)")
    index = tuple(looks).index(runs)
    return _levels(tuple(look / looks[-1] for look in looks[: index + 1]), level)[index]


def overall_p(looks: Sequence[int], runs: int, p: float) -> float:
    """The p-value of a look, adjusted for all looks: the smallest level at which this look's test is significant.

    Args:
        looks: planned numbers of runs, increasing.
        runs: the number at this look, one of `looks`.
        p: of the test at this look.

    Raises:
        ValueError: `runs` is no look.
    """
    if runs not in looks:
        raise ValueError(f"{runs} is no look of {tuple(looks)}")
    if len(looks) == 1 or not 0 < p < 1:
        return p
    if p < _TINY:
        index = tuple(looks).index(runs)
        earlier = spent(looks[index - 1] / looks[-1], 1.0) if index else 0.0
        return p / (spent(runs / looks[-1], 1.0) - earlier)  # Bonferroni's bound, which is nearly exact here
    if nominal_level(looks, runs, _ALL) <= p:
        return 1.0
    # The logarithm of a look's level is nearly linear in that of all looks, so that the secant method needs few steps.
    target, before, here = math.log(p), math.log(p), min(math.log(p) + 0.5, 0.5 * math.log(p))
    error_before = math.log(nominal_level(looks, runs, math.exp(before))) - target
    for _ in range(_ROUNDS):
        error = math.log(nominal_level(looks, runs, math.exp(here))) - target
        if abs(error) < _PRECISION or error == error_before:
            break
        step = error * (here - before) / (error - error_before)
        before, error_before, here = here, error, min(here - step, 0.5 * here)
    return min(1.0, math.exp(here))


def spent(fraction: float, level: float) -> float:
    """The part of a level that is spent up to a fraction of the planned runs."""
    return level * math.log(1 + (math.e - 1) * fraction)


@lru_cache(maxsize=1 << 12)
def _levels(fractions: tuple[float, ...], level: float) -> tuple[float, ...]:
    """The levels of looks at these fractions of the planned runs."""
    levels: list[float] = []
    # The distribution of the statistic's numerator, in standard deviations at the last look, where no look was crossed.
    points, weights = np.zeros(1), np.ones(1)
    before = 0.0
    for fraction in fractions:
        step, now = math.sqrt(fraction - before), spent(fraction, level) - spent(before, level)
        bound = _bound(points, weights, step, math.sqrt(fraction), now)
        levels.append(2 * float(ndtr(-bound)))
        points, weights = _move(points, weights, step, bound * math.sqrt(fraction))
        before = fraction
    return tuple(levels)


def _bound(points: Numbers, weights: Numbers, step: float, scale: float, probability: float) -> float:
    """The bound that the statistic crosses at this look, on either side, with this probability."""
    low, high, bound = 0.0, _WIDEST, float(-ndtri(probability / 2))
    for _ in range(_ROUNDS):
        above, below = (points - bound * scale) / step, (-points - bound * scale) / step
        excess = float((ndtr(above) + ndtr(below)) @ weights) - probability
        low, high = (bound, high) if excess > 0 else (low, bound)
        slope = float((np.exp(-0.5 * above**2) + np.exp(-0.5 * below**2)) @ weights) * scale / step / _ROOT_OF_TAU
        if abs(excess) <= _PRECISION * probability:
            break
        newton = bound + excess / slope if slope else math.inf
        bound = newton if low < newton < high else (low + high) / 2
    return bound


def _move(points: Numbers, weights: Numbers, step: float, limit: float) -> tuple[Numbers, Numbers]:
    """The distribution after a further step, cut at ± `limit`: points of a quadrature and their weights."""
    nodes, quadrature = _gauss_legendre()
    moved = nodes * limit
    density = np.exp(-0.5 * ((moved[:, None] - points) / step) ** 2) / (step * _ROOT_OF_TAU) @ weights
    return moved, density * quadrature * limit


@lru_cache(maxsize=1)
def _gauss_legendre() -> tuple[Numbers, Numbers]:
    """Nodes and weights of a quadrature on [-1, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights
