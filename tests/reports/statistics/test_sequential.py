"""Group-sequential levels, against published bounds and simulated statistics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mnerbench.reports.statistics.seed_plan import SeedPlan
from mnerbench.reports.statistics.sequential import nominal_level, overall_p

# Bounds of the spending function of Pocock's type for equally spaced looks, two-sided 5 % (Lan and DeMets 1983; the
# program ld98 of Reboussin et al. 2000 prints the same).
PUBLISHED = {
    2: (2.157, 2.201),
    3: (2.279, 2.295, 2.296),
    4: (2.368, 2.368, 2.358, 2.350),
    5: (2.438, 2.427, 2.410, 2.397, 2.386),
}
looks_of = st.lists(st.integers(3, 30), min_size=1, max_size=6, unique=True).map(lambda looks: tuple(sorted(looks)))


@pytest.mark.parametrize("number", PUBLISHED)
def test_published_bounds(number):
    looks = [10 * k for k in range(1, number + 1)]
    bounds = [-stats.norm.ppf(nominal_level(looks, look, 0.05) / 2) for look in looks]
    assert bounds == pytest.approx(PUBLISHED[number], abs=0.0006)


@pytest.mark.parametrize(("looks", "level"), [((3, 5, 10), 0.05), ((3, 4, 10), 0.2), ((5, 10), 0.05 / 3)])
def test_all_looks_together_have_the_level(looks, level):
    random, simulations = np.random.default_rng(0), 400_000
    steps = random.standard_normal((simulations, looks[-1])).cumsum(1)
    statistics = steps[:, [look - 1 for look in looks]] / np.sqrt(looks)
    bounds = [-stats.norm.ppf(nominal_level(looks, look, level) / 2) for look in looks]
    crossed = (np.abs(statistics) >= bounds).any(1).mean()
    assert crossed == pytest.approx(level, abs=4 * np.sqrt(level / simulations))


@given(looks_of, st.floats(1e-6, 0.5))
def test_the_overall_p_inverts_the_level_of_a_look(looks, level):
    for look in looks:
        nominal = nominal_level(looks, look, level)
        assert 0 < nominal <= level * (1 + 1e-9)
        assert overall_p(looks, look, nominal) == pytest.approx(level, rel=1e-8)


@given(looks_of, st.floats(0, 1))
def test_an_overall_p_is_a_probability_and_never_smaller_than_p(looks, p):
    for look in looks:
        assert p * (1 - 1e-9) <= overall_p(looks, look, p) <= 1


def test_a_single_look_is_a_test():
    assert nominal_level((5,), 5, 0.05) == pytest.approx(0.05)
    assert overall_p((5,), 5, 0.03) == 0.03


def test_unplanned_looks_and_impossible_levels_are_errors():
    for function in (nominal_level, overall_p):
        with pytest.raises(ValueError, match="4 is no look of"):
            function((3, 5), 4, 0.05)
    for level in (0.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match="not in"):
            nominal_level((3, 5), 3, level)


def test_departures_from_a_plan():
    fixed, unknown, looks = SeedPlan((5, 5)), SeedPlan(), SeedPlan((10, 10), (3, 5, 10))
    assert (fixed.is_short((5, 5)), fixed.is_extended((5, 5)), fixed.look_text((5, 5))) == (False, False, None)
    assert (fixed.is_short((3, 5)), fixed.is_extended((3, 5))) == (True, False)
    assert (fixed.is_short((5, 6)), fixed.is_extended((5, 6))) == (False, True)
    assert not unknown.is_short((1, 1))
    assert not unknown.is_extended((9, 9))
    assert not looks.is_short((3, 3))
    assert looks.look_text((3, 3)) == "look 1 of 3 (after 3, 5 and 10 seeds)"
    assert looks.look_text((4, 5)) == "4 against 5 seeds, and verdicts are planned after 3, 5 and 10 on both sides"
    assert looks.look_text((30, 30)) == "30 seeds, and verdicts are planned after 3, 5 and 10 on both sides"
    assert SeedPlan((5, 5), (5,)).look_text((5, 5)) == "look 1 of 1 (after 5 seeds)"
    assert [looks.has_look_at(n) for n in ((3, 3), (3, 10), (4, 4), (10, 10))] == [True, False, False, True]
