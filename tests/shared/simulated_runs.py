"""Simulated runs and tweets with a known difference between methods."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

# Entities per tweet: 1 + Poisson(0.7), 1.7 on average.
_MORE = 0.7
# Share of the missed entities that a run predicts wrongly, and spurious entities per gold entity.
_WRONG, _INVENTED = 0.8, 0.07


@dataclass(frozen=True)
class Method:
    """A method whose runs find an entity if a sum of normal variables is positive.

    Attributes:
        skill: mean of the sum; 0.95 gives an F1 of about 0.72.
        seeds: standard deviation over runs, in units of the sum.
        tweets: standard deviation over tweets, shared by the runs of the method but not by other methods.
        residual: standard deviation over entities, independent for each run.
    """

    skill: float = 0.95
    seeds: float = 0.0
    tweets: float = 0.35
    residual: float = 0.45

    def spread(self):
        """Standard deviation of the sum over tweets and entities, whose shared difficulties have variance 1 each."""
        return np.sqrt(2 + self.tweets**2 + self.residual**2)

    def f1(self, shifts=0.0):
        """Population micro F1 of runs that lie `shifts` above the mean run."""
        recall = ndtr((self.skill + shifts) / self.spread())
        return 2 * recall / (1 + recall + (1 - recall) * _WRONG + _INVENTED)

    def mean_f1(self):
        """Population micro F1, averaged over the distribution of seeds."""
        points, weights = np.polynomial.hermite_e.hermegauss(31)
        return float(self.f1(points * self.seeds) @ weights / weights.sum())

    def with_f1(self, f1):
        """The method with a given mean F1, by bisection."""
        low, high = -3.0, 6.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if replace(self, skill=middle).mean_f1() < f1 else (low, middle)
        return replace(self, skill=low)


def draw(random, methods, runs, tweets, shifts=None):
    """Simulate runs of several methods on the same tweets; with `shifts`, those of the runs of all methods.

    Returns:
        For each method its counts [runs, tweets, 3], and the shifts of its runs from its mean run [runs].
    """
    gold = 1 + random.poisson(_MORE, tweets)
    tweet_of = np.repeat(np.arange(tweets), gold)
    shared = random.standard_normal(tweets)[tweet_of] + random.standard_normal(len(tweet_of))
    results = []
    for method, count in zip(methods, runs, strict=True):
        of_runs = shifts if shifts is not None else method.seeds * random.standard_normal(count)
        sums = method.skill + shared + method.tweets * random.standard_normal(tweets)[tweet_of]
        right = sums + of_runs[:, None] + method.residual * random.standard_normal((count, len(tweet_of))) > 0
        wrong = ~right & (random.random(right.shape) < _WRONG)
        starts = np.concatenate([[0], np.cumsum(gold)[:-1]])
        correct, guessed = (np.add.reduceat(part.astype(int), starts, axis=1) for part in (right, right | wrong))
        guessed = guessed + random.poisson(_INVENTED * gold, guessed.shape)
        results.append((np.stack([correct, guessed, np.broadcast_to(gold, correct.shape)], axis=2), of_runs))
    return results
