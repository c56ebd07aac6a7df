"""False positives, coverage and power in simulations; `simulate.py` beside this file runs more of them."""

import pytest
from simulated_looks import look_rates
from simulated_rates import equivalence_rates, family_rates, picture_rates, seed_rates, tweet_rates, verdict_rates
from simulated_replications import overlap_rates, rank_rates, replication_rates

pytestmark = pytest.mark.slow

GROUPS = {
    "seeds": lambda: seed_rates(800, seed=1),
    "families": lambda: family_rates(1_000, seed=1),
    "tweets": lambda: tweet_rates(600, tweets=200, resamples=199, seed=1),
    "verdicts": lambda: verdict_rates(250, seed=1, families=(3,), sizes=(3, 5)),
    "equivalence": lambda: equivalence_rates(250, seed=1, families=(1, 3), sizes=(5, 10)),
    "looks": lambda: look_rates(400, seed=1, families=(3,), plans=((3, 5, 10),)),
    "pictures": lambda: picture_rates(250, seed=1, families=(3,), sizes=(3, 5)),
    "replications": lambda: replication_rates(300, seed=1, families=(3,), sizes=(2, 3)),
    "overlap": lambda: overlap_rates(250, seed=1),
    "ranks": lambda: rank_rates(300, seed=1),
}


@pytest.mark.parametrize("group", GROUPS)
def test_rates_are_what_is_promised(group):
    rates = list(GROUPS[group]())
    assert rates
    assert [rate for rate in rates if not rate.is_right(1e-3)] == []
