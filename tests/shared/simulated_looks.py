"""False verdicts of comparisons that are tested repeatedly while seeds are added."""

import numpy as np
from simulated_rates import FOUND, Rate, scores
from simulated_runs import Method, draw

from mnerbench.reports.statistics.claim import Claim
from mnerbench.reports.statistics.combined import combined_t
from mnerbench.reports.statistics.seed_plan import SeedPlan
from mnerbench.reports.statistics.ttests import welch_t
from mnerbench.reports.statistics.tweets import micro_f1, sums
from mnerbench.reports.statistics.verdict import judge

LOOKS = ((3, 5, 10), (5, 10), (3, 4, 5, 6, 7, 8, 9, 10))


# Welch's test is too liberal at small levels if the spreads differ and runs are few, so declared looks are, too.
_UNEQUAL = 0.11


def look_rates(simulations, seed=0, families=(1, 3, 8), plans=LOOKS, spreads=((0.003, 0.003), (0.003, 0.012))):
    """Any false verdict at any look, with declared looks, and with a test at 5 % each time; all are equally good."""
    random = np.random.default_rng(seed)
    for spread in spreads:
        for family in families:
            base = random.normal(0.7, spread[0], (simulations, 10))
            others = random.normal(0.7, spread[1], (simulations, family, 10))
            for looks in plans:
                setting = f"spreads {spread}; {family} methods, looks at {', '.join(map(str, looks))}"
                for plan in (SeedPlan(looks=looks), SeedPlan()):
                    wrong = sum(_any_false(*runs, looks, plan) for runs in zip(base, others, strict=True))
                    what = "any false verdict, declared looks" if plan.looks else "any false verdict, a test each time"
                    most = 0.055 if spread[0] == spread[1] else _UNEQUAL
                    yield Rate(setting, what, wrong, simulations, 0.0, most if plan.looks else 1.0)
    yield from _with_tweets(simulations // 4, random)


def _any_false(base, others, looks, plan):
    """Whether a verdict is false at any look; scores by run of the baseline, and of each method."""
    return any(
        judged.verdict in FOUND
        for n in looks
        for judged in judge([Claim(welch_t(scores(other[:n]), scores(base[:n])), plan=plan) for other in others])
    )


def _with_tweets(simulations, random, tweets=300, family=3, looks=LOOKS[0]):
    """The same over seeds and tweets."""
    method, wrong = Method(seeds=0.07), 0
    for _ in range(simulations):
        base, *others = [counts for counts, _ in draw(random, [method] * (family + 1), [10] * (family + 1), tweets)]
        found = False
        for n in looks:
            first, *rest = [scores(micro_f1(sums(side[:n]).sum(0))) for side in (base, *others)]
            pairs = [(welch_t(f1, first), combined_t(c[:n], base[:n])) for f1, c in zip(rest, others, strict=True)]
            found |= any(j.verdict in FOUND for j in judge([Claim(*pair, SeedPlan(looks=looks)) for pair in pairs]))
        wrong += found
    setting = f"seeds and tweets; {family} methods, looks at {', '.join(map(str, looks))}"
    yield Rate(setting, "any false verdict, declared looks", wrong, simulations, 0.0, 0.055)
