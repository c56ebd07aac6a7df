"""The area under the ROC curve against scipy, and against counting pairs."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from mnerbench.benchmark.results.relation import roc_auc
from mnerbench.datasets.catalog import load_card
from mnerbench.datasets.probe_settings import TYPES
from mnerbench.datasets.probes.generator import generate

# Few distinct values, so that ties are frequent.
JUDGEMENTS = st.lists(st.sampled_from([-1.5, 0.0, 0.25, 0.5, 1.0, 7.0]) | st.floats(-1, 1), min_size=1, max_size=30)


@given(JUDGEMENTS, JUDGEMENTS)
def test_the_auc_is_the_share_of_pairs_in_order_with_ties_as_halves(related, unrelated):
    pairs = [(left > right) + (left == right) / 2 for left, right in product(related, unrelated)]
    auc = roc_auc(related, unrelated)
    assert auc == pytest.approx(sum(pairs) / len(pairs), abs=1e-12)
    u = mannwhitneyu(related, unrelated, method="asymptotic").statistic
    assert auc == pytest.approx(u / len(pairs), abs=1e-12)
    assert roc_auc(unrelated, related) == pytest.approx(1 - auc, abs=1e-12)


def test_a_perfect_judge_has_one_and_a_constant_one_half():
    assert roc_auc([0.9, 0.8], [0.1, 0.7]) == 1
    assert roc_auc([0.3] * 5, [0.3] * 2) == 0.5


@pytest.mark.parametrize(("related", "unrelated"), [([], [1.0]), ([1.0], []), ([math.nan], [1.0])])
def test_an_auc_needs_numbers_of_both_kinds(related, unrelated):
    with pytest.raises(ValueError, match=r"AUC|number"):
        roc_auc(related, unrelated)


def test_what_text_alone_and_the_best_judge_reach_on_a_probe():
    """The numbers of docs/pictures.md; tweets without a name have unrelated pictures."""
    probe = generate(load_card("probe-object").probe)
    share = probe.settings.unrelated

    def best(tweet):
        if not tweet.mentions:
            return 0.0
        name = (tweet.ambiguous or tweet.mentions[0]).name
        shown = dict(zip(name.candidates, name.prior, strict=True)).get(tweet.picture.type, 0.0)
        return (1 - share) * shown / ((1 - share) * shown + share / len(TYPES))

    def auc(judge):
        related, unrelated = (
            [judge(tweet) for tweet in probe.splits["test"] if tweet.picture.related == kind] for kind in (True, False)
        )
        return roc_auc(related, unrelated)

    assert auc(lambda tweet: float(bool(tweet.mentions))) == pytest.approx(0.627, abs=5e-4)
    assert auc(best) == pytest.approx(0.833, abs=5e-4)
