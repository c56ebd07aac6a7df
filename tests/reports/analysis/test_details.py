"""Slices, error types, agreement and tests over tweets, from hand-made prediction stats."""

from dataclasses import replace

import numpy as np
import pytest
from report_tables import leaderboard

from mnerbench.benchmark.results.error_types import ErrorType
from mnerbench.benchmark.results.prediction_stats import PredictionStats
from mnerbench.benchmark.results.scoring import Counts
from mnerbench.reports.analysis.agreement import agreement, order_of
from mnerbench.reports.analysis.changed_tweets import ChangedTweets, changed_tweets
from mnerbench.reports.analysis.details import Details
from mnerbench.reports.render.markdown import markdown_report
from mnerbench.reports.statistics.combined import combined_t
from mnerbench.reports.text.format import NONE

BASE, GOOD = [0.5, 0.52, 0.54], [0.7, 0.72, 0.71]


def stats(seed, right, slices=("seen", "unseen")):
    """Four tweets with two gold entities each; the first `right` are found, and `seed` spurious ones besides."""
    tweets = np.array([[min(2, max(0, right - 2 * n)), 2 + (seed if n == 0 else 0), 2] for n in range(4)], np.int32)
    detected = np.arange(8) < right
    counts = {name: Counts(right // 2, 4 + seed, 4) for name in slices}
    return PredictionStats(
        tweets, detected, counts, {kind: seed if kind is ErrorType.SPURIOUS else 0 for kind in ErrorType}
    )


def stats_by_method(**right):
    """Returns stats by record, from the number of entities that a method finds."""
    return lambda record, split, view: stats(record.spec.seed, right[record.spec.method.replace("-", "_")])


def test_slices_and_mistakes_are_means_over_seeds(make, look):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD)
    table = look.only(leaderboard(records, [], "bert-crf", stats_of=stats_by_method(bert_crf=4, bert=6)))
    row = look.row(table, "bert")
    assert row.slices["seen"] == pytest.approx(np.mean([2 * 3 / (4 + seed + 4) for seed in range(3)]))
    assert row.mistakes["spurious"] == 1.0
    assert table.slices == {"seen": 4, "unseen": 4}
    page = markdown_report([table])
    assert "### F1 on seen and unseen mentions" in page
    assert f"| gold entities | {NONE}    |     4 |      4 |" in page
    assert "### Error types" in page


def test_a_slice_without_gold_entities_in_some_run_has_no_score(make, look):
    def some(record, split, view):
        return stats(0, 4, ("seen",) if record.spec.seed else ("seen", "unseen"))

    table = look.only(leaderboard(make.seeds("bert", GOOD), [], stats_of=some))
    assert set(look.row(table, "bert").slices) == {"seen"}


def test_a_run_without_a_tally_leaves_the_row_without(make, look):
    def some(record, split, view):
        return stats(0, 4) if record.spec.seed else None

    row = look.row(look.only(leaderboard(make.seeds("bert", GOOD), [], stats_of=some)), "bert")
    assert (row.slices, row.mistakes) == ({}, {})


def test_both_sources_of_variance_are_tested_with_the_tweets(make, look):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD)
    table = look.only(leaderboard(records, [], "bert-crf", stats_of=stats_by_method(bert_crf=4, bert=6)))
    a, b = (np.stack([stats(seed, right).tweets for seed in range(3)]) for right in (6, 4))
    assert look.row(table, "bert").comparison.both == combined_t(a, b)
    plain = look.only(leaderboard(records, [], "bert-crf"))
    assert look.row(plain, "bert").comparison.both is None


def test_runs_on_other_gold_are_not_tested_over_tweets(make, look):
    def other(record, split, view):
        of_run = stats(0, 4)
        return (
            of_run
            if record.spec.method == "bert"
            else PredictionStats(of_run.tweets + 1, of_run.gold_found, of_run.slices, of_run.error_counts)
        )

    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD)
    table = look.only(leaderboard(records, [], "bert-crf", stats_of=other))
    assert look.row(table, "bert").comparison.both is None


def details(seeds, detected):
    """Which of four gold entities each seed finds."""
    return Details(tuple(seeds), np.zeros((len(seeds), 1, 3), np.int32), np.array(detected, bool), {}, {}, {})


def test_agreement_is_over_the_seeds_that_all_have():
    a = details([0, 1], [[1, 1, 0, 0], [1, 0, 0, 0]])
    b = details([1, 2], [[0, 1, 1, 0], [1, 1, 1, 1]])
    overlap = agreement({"a": a, "b": b})
    assert overlap.seeds == (1,)
    assert overlap.found == {"a": 0.25, "b": 0.5}
    assert overlap.beyond == {"a": {"b": 0.25}, "b": {"a": 0.5}}
    assert overlap.together == 0.75
    assert order_of(overlap) == ["b", "a"]


def test_a_method_without_a_seed_agrees_with_every_seed():
    """Its single run, under seed 0, does not leave the others with that seed alone."""
    a = details([0, 1], [[1, 1, 0, 0], [1, 0, 0, 0]])
    b = details([1, 0], [[0, 1, 1, 0], [1, 1, 1, 1]])
    counting = replace(details([0], [[0, 0, 0, 1]]), seedless=True)
    overlap = agreement({"a": a, "b": b, "counting": counting})
    assert overlap.seeds == (0, 1)
    assert overlap.found == {"a": 0.375, "b": 0.75, "counting": 0.25}
    assert overlap.beyond["counting"] == {"a": 0.25, "b": 0.125}
    assert agreement({"counting": counting, "other": counting}).seeds == (0,)


def test_one_method_or_no_common_seed_agree_on_nothing():
    a, b = details([0], [[1, 1, 0, 0]]), details([1], [[1, 1, 0, 0]])
    assert agreement({"a": a}) is None
    assert agreement({"a": a, "b": b}) is None
    assert agreement({}) is None


def test_the_table_says_what_all_find_together(make, look):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD)
    table = look.only(leaderboard(records, [], "bert-crf", stats_of=stats_by_method(bert_crf=4, bert=6)))
    assert table.agreement.beyond == {"bert": {"bert-crf": 0.25}, "bert-crf": {"bert": 0.0}}
    assert "both methods together find 75.00 % of the gold entities, the best of them alone 75.00 %" in markdown_report(
        [table]
    )


def of_counts(*rows, seeds=(0, 1)):
    """Details of runs from correct, predicted and gold entities per tweet."""
    return Details(seeds, np.array(rows, np.int32), np.zeros((len(rows), 0), bool), {}, {}, {})


def test_changed_tweets_by_hand():
    right, missed, spurious, empty = (2, 2, 2), (1, 1, 2), (2, 3, 2), (0, 0, 0)
    baseline = of_counts([right, right, missed, empty], [right, missed, spurious, empty])
    method = of_counts([right, missed, right, (0, 1, 0)], [missed, right, spurious, empty])
    changed = changed_tweets(method, baseline)
    assert (changed.mended, changed.broken) == (1.0, (2 + 1) / 2)
    # The first seed breaks a tweet by a missed and one by a spurious entity, the second one by a missed entity.
    assert changed.f1_on_broken == pytest.approx(np.mean([2 * 1 / (2 + 2), 2 * 1 / (1 + 2)]))
    assert changed_tweets(method, of_counts(*[[right] * 4] * 2, seeds=(5, 6))) is None


def test_nothing_is_broken_by_the_same_predictions():
    same = of_counts([(1, 1, 2), (2, 2, 2)], [(2, 2, 2), (0, 0, 0)])
    assert changed_tweets(same, same) == ChangedTweets(0.0, 0.0, None)


def test_changed_tweets_stand_beside_the_error_types(make, look):
    records = make.seeds("bert-crf", BASE) + make.seeds("bert", GOOD)
    table = look.only(leaderboard(records, [], "bert-crf", stats_of=stats_by_method(bert_crf=4, bert=6)))
    # Seeds 1 and 2 have spurious entities in the first tweet, in both methods.
    assert look.row(table, "bert").comparison.changed == ChangedTweets(1.0, 0.0, None)
    page = markdown_report([table])
    assert "| mended | broken | F1 on broken |" in page
    assert "entirely right" in page


@pytest.mark.parametrize(("scorer", "over_tweets"), [("conlleval", True), ("strict-iob2", False)])
def test_counts_by_tweet_decide_only_about_scores_that_they_are_of(make, look, scorer, over_tweets):
    views = [{"it": f, "it-shuffled": f - 0.01 - n / 1000} for n, f in enumerate(GOOD)]
    records = make.seeds("bert-crf", BASE) + make.seeds("umt", views)
    of = stats_by_method(bert_crf=4, umt=6)
    table = look.only(leaderboard(records, [], "bert-crf", scorer=scorer, stats_of=of))
    comparison = look.row(table, "umt", "it").comparison
    assert comparison.judged.over_tweets is over_tweets
    assert (comparison.both is not None) is over_tweets
    assert comparison.changed is not None  # like slices, in the conlleval reading under any scorer
