"""Verdicts: decisions, simultaneous intervals, and their sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mnerbench.reports.render.judgements import AGAINST_BASELINE, OWN_AGAINST_WRONG_PICTURES, sentence
from mnerbench.reports.statistics.claim import Claim
from mnerbench.reports.statistics.seed_plan import SeedPlan
from mnerbench.reports.statistics.ttests import TestResult, paired_t, t_result, welch_t
from mnerbench.reports.statistics.verdict import MARGIN, Verdict, judge, reversed_judgement


def seeds(difference=0.01, error=0.002, df=8.0, n=(5, 5)):
    return t_result(difference, error, df, n)


def untested(difference, n=(5, 5), reason="no spread"):
    return TestResult(difference, None, None, None, n, reason, identical=difference == 0)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (Claim(seeds(0.01)), Verdict.BETTER),
        (Claim(seeds(-0.01)), Verdict.WORSE),
        (Claim(seeds(0.003)), Verdict.UNDECIDED),
        (Claim(seeds(0.001, 0.001)), Verdict.EQUIVALENT),
        (Claim(seeds(-0.004, 0.001)), Verdict.WORSE),  # a difference below the margin, but one
        (Claim(seeds(0.01), seeds(0.01, 0.02)), Verdict.UNDECIDED),  # does not hold on other tweets
        (Claim(seeds(0.01, 0.006, 4), seeds(0.01, 0.002, 3000)), Verdict.UNDECIDED),  # nor with other seeds
        (Claim(untested(0.01), seeds(0.01)), Verdict.BETTER),  # a constant gain: only tweets vary
        (Claim(untested(0.01)), Verdict.NOT_TESTED),
        (Claim(untested(0.0)), Verdict.SAME),
        (Claim(seeds(0.0), untested(0.0)), Verdict.SAME),  # the same predictions in every pair of runs
        (Claim(seeds(n=(2, 9))), Verdict.TOO_FEW),
        (Claim(seeds(n=(9, 2))), Verdict.TOO_FEW),
        (Claim(seeds(n=(3, 3))), Verdict.BETTER),
        (Claim(untested(None, (0, 5))), Verdict.TOO_FEW),
        (Claim(untested(0.0, (2, 2))), Verdict.TOO_FEW),
    ],
)
def test_verdicts_of_single_claims(claim, verdict):
    assert [judged.verdict for judged in judge([claim])] == [verdict]


def test_the_family_by_hand():
    """Three tests; Holm rejects the first two, so their intervals have the level 5 % / 3, the last one 5 %."""
    claims = [Claim(seeds(-0.02)), Claim(seeds(0.001)), Claim(seeds(0.007)), Claim(seeds(0.1, n=(2, 2)))]
    p = [2 * stats.t.sf(abs(claim.difference) / 0.002, 8) for claim in claims]
    worse, undecided, better, few = judge(claims)
    assert [worse.p, undecided.p, better.p] == pytest.approx([3 * p[0], p[1], 2 * p[2]])
    assert (few.p, few.interval, few.family) == (None, None, 0)
    assert {judged.family for judged in (worse, undecided, better)} == {3}
    wide, narrow = (0.002 * stats.t.ppf(1 - level / 2, 8) for level in (0.05 / 3, 0.05))
    assert worse.interval == pytest.approx((-0.02 - wide, -0.02 + wide))
    assert undecided.interval == pytest.approx((0.001 - narrow, 0.001 + narrow))
    assert better.interval == pytest.approx((0.007 - wide, 0.007 + wide))
    # Significant at its own step, but not at the first: 0 is the open end of the interval.
    second = judge([Claim(seeds(0.02)), Claim(seeds(0.0055))])[1]
    assert second.verdict is Verdict.BETTER
    assert second.interval[0] == 0.0


def test_the_interval_contains_those_of_both_tests():
    narrow, wide = seeds(0.01, 0.002, 4), seeds(0.01, 0.0025, 3000)
    [judged] = judge([Claim(narrow, wide)])
    assert judged.interval == (min(narrow.interval[0], wide.interval[0]), max(narrow.interval[1], wide.interval[1]))
    assert judged.p == max(narrow.p, wide.p)
    assert judged.over_tweets
    assert not judge([Claim(narrow)])[0].over_tweets


numbers = st.floats(-0.05, 0.05)
tests = st.builds(seeds, numbers, st.floats(1e-4, 0.02), st.floats(1, 3000), st.tuples(*[st.integers(1, 9)] * 2))
claims = st.builds(
    lambda test, error, df, looks: Claim(
        test,
        error and t_result(test.difference, error, df, test.n),
        SeedPlan(test.n, tuple(sorted({*looks, test.n[0]}))) if looks and test.n[0] == test.n[1] > 2 else SeedPlan(),
    ),
    tests,
    st.none() | st.floats(1e-4, 0.02),
    st.floats(1, 3000),
    st.sets(st.integers(3, 12), max_size=3),
)


@given(st.lists(claims, max_size=8), st.floats(1e-3, 0.02))
def test_verdict_sign_interval_p_and_sentence_never_disagree(family, margin):
    tested = [claim for claim in family if min(claim.n) >= 3]
    for claim, judged in zip(family, judge(family, margin), strict=True):
        text = sentence(judged, AGAINST_BASELINE, "x")
        if claim not in tested:
            assert (judged.verdict, judged.interval, judged.p) == (Verdict.TOO_FEW, None, None)
            continue
        low, high = judged.interval
        assert low <= judged.difference <= high
        assert claim.p <= judged.p <= min(1, len(tested) * claim.p)
        assert judged.family == len(tested)
        significant = judged.verdict in {Verdict.BETTER, Verdict.WORSE}
        assert significant == (judged.p < 0.05) == (low >= 0 or high <= 0)
        assert (judged.verdict is Verdict.BETTER) == (significant and judged.difference > 0)
        assert (judged.verdict is Verdict.EQUIVALENT) == (not significant and -margin < low and high < margin)
        assert text.startswith(judged.verdict.value)
        mirrored = reversed_judgement(judged)
        assert mirrored.interval == (-high, -low)
        assert reversed_judgement(mirrored) == judged


def test_declared_looks_take_a_part_of_the_level():
    plan = SeedPlan((10, 10), (3, 5, 10))
    [judged] = judge([Claim(seeds(0.01, 0.003, n=(5, 5)), plan=plan)])
    [alone] = judge([Claim(seeds(0.01, 0.003, n=(5, 5)))])
    assert (alone.verdict, judged.verdict) == (Verdict.BETTER, Verdict.BETTER)
    assert alone.p < judged.p < 0.05
    assert judged.interval[0] < alone.interval[0]
    assert sentence(judged, AGAINST_BASELINE, "x").endswith("look 2 of 3 (after 3, 5 and 10 seeds)")
    # Between 1.65 % and 5 %: significant alone, not as the second of three looks.
    [judged] = judge([Claim(seeds(0.0053, n=(5, 5)), plan=plan)])
    assert (judged.verdict, judge([Claim(seeds(0.0053, n=(5, 5)))])[0].verdict) == (Verdict.UNDECIDED, Verdict.BETTER)


@pytest.mark.parametrize("n", [(4, 4), (12, 12), (3, 5), (10, 30)])
def test_without_a_look_on_both_sides_there_is_no_verdict(n):
    [judged] = judge([Claim(seeds(0.02, n=n), plan=SeedPlan((10, 10), (3, 5, 10)))])
    assert (judged.verdict, judged.p, judged.interval) == (Verdict.NOT_TESTED, None, None)


def test_between_declared_looks_there_is_no_verdict():
    waiting = Claim(seeds(0.02, n=(4, 4)), plan=SeedPlan((10, 10), (3, 5, 10)))
    first, second = judge([waiting, Claim(seeds(0.02))])
    assert (first.verdict, first.p, first.interval, first.family) == (Verdict.NOT_TESTED, None, None, 0)
    assert (second.verdict, second.family) == (Verdict.BETTER, 1)
    text = "4 seeds, and verdicts are planned after 3, 5 and 10 on both sides"
    assert sentence(first, AGAINST_BASELINE, "x") == f"no verdict against x: {text}"


def test_sentences_name_departures_from_the_plan():
    def of(n, planned):
        return sentence(judge([Claim(seeds(n=n), plan=SeedPlan(planned))])[0], AGAINST_BASELINE, "x")

    assert "planned" not in of((5, 5), (5, 5))
    assert "; 6 seeds where 8 seeds are planned, so provisional" in of((6, 6), (8, 8))
    text = "; 5 seeds were planned: adding seeds after a test raises the chance of a false verdict"
    assert text in of((9, 9), (5, 5))


def test_a_margin_has_to_be_positive():
    for margin in (0.0, -0.1, float("nan")):
        with pytest.raises(ValueError, match="not positive"):
            judge([Claim(seeds())], margin)


@pytest.mark.parametrize(("n", "doubtful"), [((2, 9), False), ((3, 9), True), ((9, 4), True), ((5, 9), False)])
def test_few_seeds_are_warned_about_until_they_are_enough(n, doubtful):
    [judged] = judge([Claim(seeds(n=n))])
    assert judged.doubtful is doubtful
    assert ("of at least 5, so provisional" in sentence(judged, AGAINST_BASELINE, "x")) is doubtful


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        (
            Claim(seeds(0.01, 0.002), seeds(0.01, 0.002, 3000)),
            "better than bert-crf: +1.00 [+0.54, +1.46] points; p = 0.001; 5 seeds",
        ),
        (
            Claim(seeds(-0.01)),
            "worse than bert-crf: -1.00 [-1.46, -0.54] points; p = 0.001; 5 seeds; on these tweets only, since "
            "counts by tweet are missing",
        ),
        (
            Claim(seeds(0.001, 0.001), seeds(0.001, 0.001)),
            "equivalent to bert-crf, within 0.50 points: +0.10 [-0.13, +0.33] points; p = 0.347; 5 seeds",
        ),
        (
            Claim(seeds(0.001, 0.004, n=(3, 5)), seeds(0.001, 0.004, n=(3, 5))),
            "undecided against bert-crf: +0.10 [-0.82, +1.02] points; p = 0.809; 3 against 5 seeds of at least 5, so "
            "provisional",
        ),
        (Claim(untested(0.0)), "the same F1 as bert-crf in every run"),
        (
            Claim(seeds(n=(1, 1))),
            "no verdict against bert-crf: 1 seed, and nothing is concluded from fewer than 3 a side",
        ),
        (Claim(untested(0.1)), "no verdict against bert-crf: no spread"),
    ],
)
def test_sentences(claim, text):
    [judged] = judge([claim])
    assert sentence(judged, AGAINST_BASELINE, "bert-crf") == text


def test_sentences_on_pictures():
    both = Claim(seeds(0.001, 0.001), seeds(0.001, 0.001)), Claim(seeds(0.03), seeds(0.03))
    texts = [sentence(judged, OWN_AGAINST_WRONG_PICTURES, "wrong pictures") for judged in judge(both)]
    assert texts[0].startswith("what is in the picture is worth less than 0.50 points: +0.10 [")
    assert texts[1].startswith("uses what is in the picture: +3.00 [")
    assert texts[1].endswith("; p <0.001, adjusted for 2 tests; 5 seeds")


def test_from_scores_to_verdicts():
    a = dict(enumerate([0.721, 0.718, 0.725, 0.719, 0.722]))
    close = dict(enumerate([0.720, 0.717, 0.726, 0.716, 0.721]))
    far = {seed: score - 0.05 for seed, score in close.items()}
    judged = judge([Claim(welch_t(a, close)), Claim(welch_t(a, far)), Claim(paired_t(a, a))])
    assert [item.verdict for item in judged] == [Verdict.UNDECIDED, Verdict.BETTER, Verdict.SAME]
    assert [item.family for item in judged] == [2, 2, 0]
    assert judged[0].margin == MARGIN
