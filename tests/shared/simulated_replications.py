"""Error rates of statements across datasets, in simulations with a known truth."""

import numpy as np
from simulated_rates import NOISE, Rate, claim_of, scores
from simulated_runs import Method, draw

from mnerbench.reports.statistics.average_ranks import average_ranks
from mnerbench.reports.statistics.claim import Claim
from mnerbench.reports.statistics.replication import adjust_over_methods, count_if_independent
from mnerbench.reports.statistics.ttests import welch_t


def replication_rates(simulations, seed=0, families=(1, 3, 8), sizes=(2, 3, 6), seeds=5):
    """False statements on the datasets on which methods are better or worse, and datasets that are found.

    A method is 3 points better than the baseline on some datasets and as good on the others, or 1 point better on all;
    the spread over seeds is half a point. A seed shifts the scores of all datasets alike by a part of the variance.
    """
    random = np.random.default_rng(seed)
    for shared in (0.0, 0.5):
        for family in families:
            for size in sizes:
                for true in sorted({0, 1, size - 1, size}):
                    gap = 0.01 if true == size else 0.03
                    outcomes = np.zeros(4, dtype=int)
                    for _ in range(simulations):
                        truth = random.permuted(np.tile(np.arange(size) < true, (family, 1)), axis=1) * gap
                        outcomes += _errors(_claims(random, truth, seeds, shared), truth)
                    setting = f"{family} methods, {100 * gap:g} points better on {true} of {size}, shared {shared:g}"
                    wrong, better, independent, found = outcomes
                    yield Rate(setting, "any false statement", wrong, simulations, 0.0, 0.05)
                    yield Rate(setting, "any false 'better'", better, simulations, 0.0, 0.05)
                    most = 1.0 if shared else 0.05
                    yield Rate(setting, "any false 'better', if independent", independent, simulations, 0.0, most)
                    if true:
                        yield Rate(setting, "found", found, simulations * family * true, 0.0, 1.0)


def _claims(random, truth, seeds, shared):
    """The claims of methods that are so much better than the baseline, by method and dataset."""
    family, size = truth.shape
    own = random.standard_normal((family + 1, size, seeds))
    noise = np.sqrt(shared) * random.standard_normal((family + 1, 1, seeds)) + np.sqrt(1 - shared) * own
    base, *others = 0.7 + 0.005 * noise
    return [
        [Claim(welch_t(scores(runs + gap), scores(reference))) for runs, gap, reference in zip(*row, base, strict=True)]
        for row in zip(others, truth, strict=True)
    ]


def _errors(claims, truth):
    """Whether anything false is said, also of "better" alone and by Fisher's combination; and how much is found."""
    sides = [[[claim.one_sided(better=better) for claim in row] for row in claims] for better in (True, False)]
    better, worse = (np.array(adjust_over_methods(side)) * 2 < 0.05 for side in sides)
    false_better = (better & (truth <= 0)).any()
    counted = np.array([count_if_independent(row, 0.025 / len(claims)) for row in sides[0]])
    return (
        false_better or (worse & (truth >= 0)).any(),
        false_better,
        (counted > (truth > 0).sum(1)).any(),
        (better & (truth > 0)).sum(),
    )


def overlap_rates(simulations, seed=0, tweets=450, methods=3, seeds=5):
    """False statements on two datasets that have half of their tweets in common, scored by the same runs."""
    random = np.random.default_rng(seed)
    for name in ("seeds", "tweets", "seeds and tweets"):
        of_baseline, of_methods, over_tweets = NOISE[name]
        baseline, other = (Method(seeds=spread, tweets=over_tweets) for spread in (of_baseline, of_methods))
        other = other.with_f1(baseline.mean_f1())
        third, outcomes = tweets // 3, np.zeros(4, dtype=int)
        for _ in range(simulations):
            (base, _), *others = draw(random, [baseline, *[other] * methods], [seeds] * (methods + 1), tweets)
            parts = (slice(0, 2 * third), slice(third, tweets))
            claims = [[claim_of(counts[:, part], base[:, part]) for part in parts] for counts, _ in others]
            outcomes += _errors(claims, np.zeros((methods, 2)))
        setting = f"{methods} methods as good as the baseline, two datasets with half of their tweets in common; {name}"
        yield Rate(setting, "any false statement", outcomes[0], simulations, 0.0, 0.05)
        yield Rate(setting, "any false 'better', if independent", outcomes[2], simulations, 0.0, 1.0)


def rank_rates(simulations, seed=0):
    """Any pair of equally good methods that is called different, also beside a method that is always the last."""
    random = np.random.default_rng(seed)
    for datasets in (5, 6, 10):
        for methods in (3, 5, 9):
            names = [str(number) for number in range(methods)]
            friedman = found = beside = 0
            for _ in range(simulations):
                noise = random.standard_normal((datasets, methods))
                ranks = average_ranks(names, noise)
                friedman += ranks.p < 0.05
                found += ranks.groups != ((0, methods - 1),)
                noise[:, 0] -= 9  # the last everywhere, so that Friedman's test is significant
                ranks = average_ranks(names, noise)
                equal = [rank for name, rank in zip(ranks.methods, ranks.ranks, strict=True) if name != "0"]
                beside += ranks.p < 0.05 and max(equal) - min(equal) >= ranks.critical
            setting = f"{methods} methods, {datasets} datasets"
            yield Rate(setting, "Friedman: false positives", friedman, simulations, 0.0, 0.07)
            yield Rate(setting, "Nemenyi: any false pair", found, simulations, 0.0, 0.05)
            yield Rate(setting, "Nemenyi: any false pair beside a worse method", beside, simulations, 0.0, 0.05)
