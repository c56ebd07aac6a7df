"""False positives, coverage and power in simulations; `simulate.py` beside this file runs more of them."""

import pytest
from simulated_rates import family_rates, seed_rates, tweet_rates

pytestmark = pytest.mark.slow

GROUPS = {
    "seeds": lambda: seed_rates(800, seed=1),
    "families": lambda: family_rates(1_000, seed=1),
    "tweets": lambda: tweet_rates(600, tweets=200, resamples=199, seed=1),
}


@pytest.mark.parametrize("group", GROUPS)
def test_rates_are_what_is_promised(group):
    rates = list(GROUPS[group]())
    assert rates
    assert [rate for rate in rates if not rate.is_right(1e-3)] == []
