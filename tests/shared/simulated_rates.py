"""Error rates of tests, coverage of intervals, and power, in simulations with a known truth."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom
from simulated_runs import Method, draw

from mnerbench.reports.statistics.claim import Claim
from mnerbench.reports.statistics.combined import combined_paired_t, combined_t
from mnerbench.reports.statistics.effects import hedges_g, hedges_g_paired
from mnerbench.reports.statistics.multiplicity import holm
from mnerbench.reports.statistics.power import Spreads, detectable_difference
from mnerbench.reports.statistics.resampling import approximate_randomization, paired_bootstrap
from mnerbench.reports.statistics.ttests import paired_t, student_t, welch_t
from mnerbench.reports.statistics.tweets import micro_f1, sums
from mnerbench.reports.statistics.verdict import MARGIN, Verdict, judge

TESTS = {"Welch": welch_t, "Student": student_t, "paired t": paired_t}
# Standard deviations of the runs of a and b, and their numbers.
SEEDS = [
    *[((0.01, 0.01), (n, n)) for n in (3, 5, 10)],
    *[((0.003, 0.012), sizes) for sizes in ((3, 3), (5, 5), (10, 10), (10, 3), (3, 10))],
]


@dataclass(frozen=True)
class Rate:
    """The frequency of an event in simulations, and the range of its expected rate, `least` to `most`."""

    setting: str
    what: str
    hits: int
    of: int
    least: float
    most: float

    def is_right(self, chance=1e-4):
        """Whether the number of hits is plausible; a correct rate fails on either side with this probability."""
        return binom.ppf(chance, self.of, self.least) <= self.hits <= binom.ppf(1 - chance, self.of, self.most)


def scores(values):
    """Scores by seed."""
    return dict(enumerate(values.tolist()))


def _noise(random, simulations, spreads, sizes, gap=0.0):
    for _ in range(simulations):
        a, b = (random.normal(0.7, spread, n) for spread, n in zip(spreads, sizes, strict=True))
        yield scores(a + gap), scores(b)


def seed_rates(simulations, seed=0):
    """False positives and power of the t-tests, coverage of their intervals and of those of effect sizes."""
    random = np.random.default_rng(seed)
    for spreads, sizes in SEEDS:
        equal, paired = spreads[0] == spreads[1], sizes[0] == sizes[1]
        setting = f"{sizes[0]} and {sizes[1]} seeds, spreads {spreads[0]} and {spreads[1]}"
        gap = detectable_difference(Spreads(spreads, sizes))
        runs = list(_noise(random, simulations, spreads, sizes, gap))
        for name, test in TESTS.items():
            # Pooling is wrong for unequal spreads, by an amount that depends on the sizes; so it is not primary.
            if (name == "Student" and not equal) or (name == "paired t" and not paired):
                continue
            near = (0.05, 0.05) if name != "Welch" else (0.03, 0.06) if paired else (0.04, 0.08)
            null = sum(test({s: x - gap for s, x in a.items()}, b).p < 0.05 for a, b in runs)
            yield Rate(setting, f"{name}: false positives", null, simulations, *near)
            results = [test(a, b) for a, b in runs]
            inside = sum(result.interval[0] <= gap <= result.interval[1] for result in results)
            yield Rate(setting, f"{name}: coverage", inside, simulations, 1 - near[1], 1 - near[0])
            if name == "Welch":
                significant = sum(result.p < 0.05 for result in results)
                # The spreads are taken for estimates, so the difference is larger than for known ones.
                near = (0.78, 0.95)
                yield Rate(setting, f"{name}: power where 0.8 is computed", significant, simulations, *near)
        truth = gap / np.sqrt(np.square(spreads).mean())
        inside = sum(result.interval[0] <= truth <= result.interval[1] for result in (hedges_g(a, b) for a, b in runs))
        yield Rate(setting, "Hedges' g: coverage", inside, simulations, 0.93, 0.975)
        if paired:
            truth = gap / np.hypot(*spreads)
            inside = sum(
                result.interval[0] <= truth <= result.interval[1] for result in (hedges_g_paired(*r) for r in runs)
            )
            yield Rate(setting, "paired Hedges' g: coverage", inside, simulations, 0.95, 0.95)


def family_rates(simulations, seed=0):
    """Probability that any of five methods, all as good as the baseline, is called different."""
    noise = np.random.default_rng(seed).normal(0.7, 0.01, (simulations, 6, 5))
    families = [[welch_t(scores(other), scores(baseline)).p for other in others] for baseline, *others in noise]
    adjusted = sum(min(holm(family)) < 0.05 for family in families)
    yield Rate("5 methods, 5 seeds each", "Holm: any false positive", adjusted, simulations, 0.02, 0.05)
    plain = sum(min(family) < 0.05 for family in families)
    yield Rate("5 methods, 5 seeds each", "not adjusted: any false positive", plain, simulations, 0.1, 0.25)


def combined_rates(simulations, tweets=200, seed=0):
    """Coverage of the combined interval alone, on fewer tweets, so that it can be simulated more often."""
    random, method = np.random.default_rng(seed), Method(seeds=0.07)
    for n in (3, 5, 10):
        inside = 0
        for _ in range(simulations):
            (a, _), (b, _) = draw(random, (method, method), (n, n), tweets)
            inside += _holds(combined_t(a, b), 0.0)
        yield Rate(f"{n} seeds, {tweets} tweets", "combined: coverage, the methods", inside, simulations, 0.94, 0.975)


def tweet_rates(simulations, tweets=400, resamples=499, seed=0):
    """Rates of the tests over tweets, for the question that each answers and for one that it does not."""
    random = np.random.default_rng(seed)
    steady, noisy, alike = Method(), Method(seeds=0.07), Method(seeds=0.07, tweets=0.0)
    cases = [
        *[("seeds alike", steady, 5, gap) for gap in (0.0, 0.02)],
        *[("seeds differ", noisy, n, 0.0) for n in (3, 5, 10)],
        ("seeds differ", noisy, 5, 0.02),
        ("seeds differ, same tweets are hard", alike, 5, 0.0),
    ]
    for name, method, n, gap in cases:
        other = method.with_f1(method.mean_f1() - gap) if gap else method
        setting = f"{name}, {n} seeds, {100 * gap:g} points"
        yield from _tweet_rates(random, setting, (method, other), n, simulations, tweets, resamples)


def _tweet_rates(random, setting, methods, n, simulations, tweets, resamples):
    gap, steady = methods[0].mean_f1() - methods[1].mean_f1(), not methods[0].seeds
    outcomes = {}
    for number in range(simulations):
        (a, own_a), (b, own_b) = draw(random, methods, (n, n), tweets)
        here = methods[0].f1(own_a).mean() - methods[1].f1(own_b).mean()
        bootstrap = paired_bootstrap(a, b, resamples, number)
        combined = combined_t(a, b)
        swapped = approximate_randomization(a, b, resamples, number)
        welch = welch_t(*(scores(micro_f1(sums(side).sum(0))) for side in (a, b)))
        results = {"bootstrap": bootstrap, "randomization": swapped, "combined": combined, "Welch": welch}
        for name, result in results.items():
            outcomes.setdefault(f"{name}: called different", []).append(result.p <= 0.05)
        outcomes.setdefault("bootstrap: coverage, these models", []).append(_holds(bootstrap, here))
        for name in ("bootstrap", "combined", "Welch"):
            outcomes.setdefault(f"{name}: coverage, the methods", []).append(_holds(results[name], gap))
    expected = {"combined: coverage, the methods": (0.94, 0.975), "bootstrap: coverage, these models": (0.94, 0.955)}
    if not gap:
        expected |= {"combined: called different": (0.025, 0.06)}
        # If seeds differ, these two tests answer another question: the models differ, although the methods do not.
        expected |= {"bootstrap: called different": (0.045, 0.06) if steady else (0.08, 0.5)}
        expected |= {"randomization: called different": (0.05, 0.05) if steady else (0.08, 0.5)}
    for what, hits in outcomes.items():
        yield Rate(setting, what, sum(hits), simulations, *expected.get(what, (0.0, 1.0)))


# Standard deviations over seeds of the baseline and of the methods, and over tweets of all; in units of the sum.
NOISE = {
    "seeds": (0.07, 0.07, 0.0),
    "tweets": (0.0, 0.0, 0.35),
    "seeds and tweets": (0.07, 0.07, 0.35),
    "unequal seeds, and tweets": (0.02, 0.1, 0.35),
}
FOUND = {Verdict.BETTER, Verdict.WORSE}


def verdict_rates(simulations, tweets=300, seed=0, families=(1, 3, 8), sizes=(3, 5, 10), noise=tuple(NOISE)):
    """Any false verdict of a family, and simultaneous coverage of its intervals, if all methods are equally good.

    Also with a baseline one of whose runs has collapsed: all its entities are lost.
    """
    random = np.random.default_rng(seed)
    for name in noise:
        of_baseline, of_methods, over_tweets = NOISE[name]
        baseline, other = (Method(seeds=spread, tweets=over_tweets) for spread in (of_baseline, of_methods))
        other = other.with_f1(baseline.mean_f1())
        for family in families:
            for n in sizes:
                setting = f"{name}; {family} methods, {n} seeds"
                wrong = covered = collapsed = 0
                for _ in range(simulations):
                    (base, _), *others = draw(random, [baseline, *[other] * family], [n] * (family + 1), tweets)
                    judged = _judged(base, [counts for counts, _ in others])
                    wrong += any(item.verdict in FOUND for item in judged)
                    covered += all(item.interval[0] <= 0 <= item.interval[1] for item in judged)
                    lost = base.copy()
                    lost[0, :, :2] = 0
                    collapsed += any(item.verdict in FOUND for item in _judged(lost, [c for c, _ in others]))
                yield Rate(setting, "any false verdict", wrong, simulations, 0.0, 0.055)
                yield Rate(setting, "coverage of all intervals", covered, simulations, 0.94, 1.0)
                yield Rate(setting, "any false verdict, one collapsed seed", collapsed, simulations, 0.0, 0.055)


def _judged(base, others):
    return judge([claim_of(counts, base) for counts in others])


def claim_of(a, b):
    """The claim that two methods differ, from their counts on the same tweets."""
    by_seed = [scores(micro_f1(sums(counts).sum(0))) for counts in (a, b)]
    return Claim(welch_t(*by_seed), combined_t(a, b))


def equivalence_rates(simulations, seed=0, families=(1, 3, 8), sizes=(3, 5, 10)):
    """Any method called equivalent that differs by just the margin; and any of equally good ones."""
    random = np.random.default_rng(seed)
    for spread in (0.001, 0.002, 0.004):
        for family in families:
            for n in sizes:
                wrong = right = 0
                for _ in range(simulations):
                    base = random.normal(0.7, spread, n)
                    others = random.normal(0.7, spread, (family, n))
                    gaps = MARGIN * random.choice([-1, 1], family)
                    for shift, is_wrong in ((gaps, True), (np.zeros(family), False)):
                        claims = [
                            Claim(welch_t(scores(x + y), scores(base))) for x, y in zip(others, shift, strict=True)
                        ]
                        called = any(judged.verdict is Verdict.EQUIVALENT for judged in judge(claims))
                        wrong, right = wrong + (called and is_wrong), right + (called and not is_wrong)
                setting = f"spread of {100 * spread:g} points; {family} methods, {n} seeds"
                yield Rate(setting, "any called equivalent at the margin", wrong, simulations, 0.0, 0.05)
                yield Rate(setting, "any called equivalent that is", right, simulations, 0.0, 1.0)


def picture_rates(simulations, tweets=300, seed=0, families=(1, 3, 8), sizes=(3, 5, 10)):
    """Any false verdict on pictures: two views of the same weights that are equally good over seeds and tweets."""
    random = np.random.default_rng(seed)
    for over_tweets in (0.0, 0.35):
        view = Method(seeds=0.07, tweets=over_tweets)
        for family in families:
            for n in sizes:
                wrong = covered = 0
                for _ in range(simulations):
                    claims = []
                    for _ in range(family):
                        shifts = view.seeds * random.standard_normal(n)
                        (own, _), (other, _) = draw(random, (view, view), (n, n), tweets, shifts)
                        by_seed = [scores(micro_f1(sums(side).sum(0))) for side in (own, other)]
                        claims.append(Claim(paired_t(*by_seed), combined_paired_t(own, other)))
                    judged = judge(claims)
                    wrong += any(item.verdict in FOUND for item in judged)
                    covered += all(item.interval[0] <= 0 <= item.interval[1] for item in judged)
                setting = f"pictures that change {'whole tweets' if over_tweets else 'entities'}; {family}, {n} seeds"
                yield Rate(setting, "any false verdict", wrong, simulations, 0.0, 0.055)
                yield Rate(setting, "coverage of all intervals", covered, simulations, 0.94, 1.0)


def _holds(result, truth):
    return result.interval[0] <= truth <= result.interval[1]
