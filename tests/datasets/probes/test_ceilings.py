"""Ceilings: against hand calculation, brute force over all predictors, and simulation."""

import itertools
import math
import statistics

import pytest

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.probe_settings import Evidence, Noise, ProbeSettings
from mnerbench.datasets.probes.ceilings import (
    bayes_predictions,
    best_expected_f1,
    best_posteriors,
    ceiling,
    posterior,
)
from mnerbench.datasets.probes.generator import generate
from mnerbench.datasets.probes.lexicon import Name

pytestmark = pytest.mark.slow

NAME = Name(("Orvale",), ("PER", "LOC"), (0.5, 0.5))
SOURCES = [
    (),
    (InputKind.GRID,),
    (InputKind.TAGS,),
    (InputKind.CAPTIONS,),
    (InputKind.OCR,),
    (InputKind.TAGS, InputKind.CAPTIONS, InputKind.OCR),
    (InputKind.GRID, InputKind.REGIONS, InputKind.GLOBAL),
]


def settings(**overrides):
    return ProbeSettings(**{"evidence": ("object",), "train": 1, "valid": 1, "test": 400, **overrides})


def mean_best(probe_settings, kinds):
    return sum(mass * best for mass, best in best_posteriors(probe_settings, NAME, kinds))


def test_text_alone_gives_one_half():
    assert mean_best(settings(), ()) == 0.5


def test_a_picture_by_hand():
    # Of 1,000 pictures 662 show the type, 84.5 more do by chance, 169 show a third or fourth type: then a coin.
    assert mean_best(settings(), (InputKind.GRID,)) == pytest.approx(0.662 + 0.338 / 4 + 0.338 / 2 / 2)


def test_unrelated_pictures_add_nothing_and_related_ones_determine_the_type():
    assert mean_best(settings(unrelated=1), (InputKind.GRID,)) == pytest.approx(0.5)
    assert mean_best(settings(unrelated=0), (InputKind.GRID,)) == pytest.approx(1)


def test_a_source_that_does_not_carry_the_evidence_adds_nothing():
    assert mean_best(settings(), (InputKind.OCR, InputKind.CAPTIONS)) == pytest.approx(0.5)


def test_the_posterior_is_the_one_of_the_design():
    """Proportional to prior_k * ((1 - unrelated) [k = j] + unrelated q_j), q_j = 1/4."""
    name = Name(("Orvale",), ("PER", "LOC"), (0.7, 0.3))
    probe_settings = settings(prior=(0.7, 0.3), unrelated=0.4)
    weights = [0.7 * (0.4 / 4), 0.3 * (0.6 + 0.4 / 4)]
    expected = [weight / sum(weights) for weight in weights]
    assert posterior(probe_settings, name, Evidence.OBJECT, {InputKind.GRID: "LOC"}) == pytest.approx(expected)
    assert posterior(probe_settings, name, Evidence.OBJECT, {InputKind.GRID: "ORG"}) == pytest.approx([0.7, 0.3])
    assert posterior(probe_settings, name, Evidence.OBJECT, {}) == pytest.approx([0.7, 0.3])


@pytest.mark.parametrize("kinds", SOURCES)
def test_masses_sum_to_one(kinds):
    probe_settings = settings(
        evidence=tuple(Evidence), detector=Noise(miss=0.1, confuse=0.3), reader=Noise(confuse=0.5)
    )
    assert sum(mass for mass, _ in best_posteriors(probe_settings, NAME, kinds)) == pytest.approx(1)


def test_leaving_out_is_better_where_the_best_posterior_is_small():
    # One sure name, nine with 0.1 each: predicting the sure one alone gives 2 * 1 / (10 + 1).
    assert best_expected_f1([(1, 1.0)] + [(1, 0.1)] * 9) == pytest.approx(max(2 / 11, 2 * 1.9 / 20))
    assert best_expected_f1([(1, 0.5)] * 4) == 0.5


def test_no_predictor_is_better_than_the_formula():
    """Every choice of which names to give a type, with exact posteriors: the formula finds the best expected F1."""
    posteriors = [0.9, 0.45, 0.4, 0.34, 0.3]
    best = max(
        2 * sum(p for p, keep in zip(posteriors, choice, strict=True) if keep) / (len(posteriors) + sum(choice))
        for choice in itertools.product((0, 1), repeat=len(posteriors))
    )
    assert best_expected_f1([(1, p) for p in posteriors]) == pytest.approx(best)


@pytest.mark.parametrize("prior", [(0.5, 0.5), (0.6, 0.25, 0.15)])
@pytest.mark.parametrize("kinds", SOURCES)
def test_the_bayes_predictor_reaches_the_ceiling_on_a_large_sample(kinds, prior):
    probe_settings = settings(
        evidence=tuple(Evidence),
        test=8_000,
        prior=prior,
        detector=Noise(miss=0.1, confuse=0.2),
        captioner=Noise(confuse=0.3),
        reader=Noise(miss=0.3),
    )
    result = ceiling(generate(probe_settings), "test", kinds)
    assert result.realised == pytest.approx(result.expected, abs=4 * result.error)
    assert result.error < 0.01


def test_more_inputs_never_lower_the_ceiling():
    probe = generate(settings(evidence=tuple(Evidence), detector=Noise(miss=0.1, confuse=0.2)))
    kinds = (InputKind.CAPTIONS, InputKind.OCR, InputKind.TAGS, InputKind.GRID)
    values = [ceiling(probe, "test", kinds[:n]).expected for n in range(5)]
    assert values == sorted(values)
    assert values[0] < values[-1]


def test_no_label_permutation_of_the_predictor_is_better_on_average():
    """Against the Bayes predictor, one that always trusts the picture and one that never does, over many probes."""
    scores = {"bayes": [], "trusts": [], "ignores": []}
    for seed in range(12):
        probe = generate(settings(seed=seed, unrelated=0.7, prior=(0.8, 0.2), test=1500))
        tweets = [tweet for tweet in probe.splits["test"] if tweet.ambiguous]
        predictions = bayes_predictions(probe.settings, tweets, (InputKind.GRID,))
        answers = {"bayes": [types.get(tweet.ambiguous) for tweet, types in zip(tweets, predictions, strict=True)]}
        answers["ignores"] = [tweet.ambiguous.name.candidates[0] for tweet in tweets]
        answers["trusts"] = [
            t.picture.type if t.picture.type in t.ambiguous.name.candidates else t.ambiguous.name.candidates[0]
            for t in tweets
        ]
        for predictor, predicted in answers.items():
            scores[predictor].append(
                statistics.fmean(a == t.ambiguous.type for a, t in zip(predicted, tweets, strict=True))
            )
    means = {predictor: statistics.fmean(values) for predictor, values in scores.items()}
    assert means["bayes"] >= max(means["trusts"], means["ignores"])


def test_the_interval_covers_the_expectation_as_often_as_it_says():
    inside = 0
    for seed in range(200):
        result = ceiling(generate(settings(seed=seed, test=300)), "test", (InputKind.GRID,))
        low, high = result.interval
        inside += low <= result.expected <= high
    # Binomial(200, 0.95): mean 190, standard deviation 3.1.
    assert 180 <= inside <= 199


def test_the_standard_error_is_that_of_a_proportion_where_each_tweet_has_one_name():
    probe = generate(settings(test=2000, entity_free=0.0, ambiguous=1.0))
    result = ceiling(probe, "test")
    entities, ambiguous = result.entities, result.ambiguous
    # The unambiguous names are always right, the others with probability one half.
    expected = math.sqrt(ambiguous * 0.25) / entities
    assert result.error == pytest.approx(expected, rel=0.15)
