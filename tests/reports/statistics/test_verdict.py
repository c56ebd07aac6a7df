"""Verdicts of tests, and their sentences."""

import pytest

from mnerbench.reports.render.judgements import sentence
from mnerbench.reports.statistics.multiplicity import holm
from mnerbench.reports.statistics.power import detectable_difference
from mnerbench.reports.statistics.ttests import TestResult, paired_t, welch_t
from mnerbench.reports.statistics.tweets import ResamplingResult
from mnerbench.reports.statistics.verdict import Verdict, judge


def result(difference=0.01, p=0.01, n=(5, 5), reason=None):
    return TestResult(difference, None, p, 4.0, n, reason)


@pytest.mark.parametrize(
    ("test", "adjusted", "verdict"),
    [
        (result(0.01, 0.01), 0.0499, Verdict.BETTER),
        (result(-0.01, 0.01), 0.0499, Verdict.WORSE),
        (result(0.01, 0.01), 0.05, Verdict.NOT_SHOWN),
        (result(0.01, 0.001, (2, 9)), 0.001, Verdict.TOO_FEW),
        (result(0.01, 0.001, (9, 2)), 0.001, Verdict.TOO_FEW),
        (result(0.01, 0.001, (3, 3)), 0.001, Verdict.BETTER),
        (result(None, None, (0, 5), "no run"), None, Verdict.TOO_FEW),
        (result(0.0, None, (2, 2), "no spread"), None, Verdict.TOO_FEW),
        (result(0.0, None, (5, 5), "no spread"), None, Verdict.SAME),
        (result(0.1, None, (5, 5), "no spread"), None, Verdict.NOT_TESTED),
        (ResamplingResult(-0.02, None, 0.004, (5, 5), 3_257, 10_000), 0.004, Verdict.WORSE),
    ],
)
def test_verdicts(test, adjusted, verdict):
    assert judge(test, adjusted).verdict is verdict


@pytest.mark.parametrize(("n", "doubtful"), [((2, 9), False), ((3, 9), True), ((9, 4), True), ((5, 9), False)])
def test_few_seeds_are_warned_about_until_they_are_enough(n, doubtful):
    judged = judge(result(n=n), 0.01)
    assert judged.doubtful is doubtful
    assert ("of at least 5 seeds" in sentence(judged)) is doubtful


@pytest.mark.parametrize(("p", "adjusted"), [(None, 0.1), (0.1, None), (0.1, 0.05)])
def test_a_p_that_does_not_match_the_test_is_refused(p, adjusted):
    with pytest.raises(ValueError, match="does not match"):
        judge(result(p=p), adjusted)


@pytest.mark.parametrize(
    ("judged", "text"),
    [
        (judge(result(), 0.03, 4), "better: p = 0.030 (Holm over 4), 5 seeds"),
        (judge(result(-0.01, 1e-5), 1e-5), "worse: p <0.001, 5 seeds"),
        (judge(result(0.01, 0.2), 0.4), "not shown: p = 0.400, 5 seeds"),
        (
            judge(result(0.01, 0.2), 0.4, 2, 0.021),
            "not shown: the difference is smaller than what 5 seeds can tell (2.10 points)",
        ),
        (
            judge(result(0.01, 0.2, (4, 6)), 0.4, 2, 0.021),
            "not shown: the difference is smaller than what 4 against 6 seeds can tell (2.10 points)"
            "; only 4 of at least 5 seeds",
        ),
        (
            judge(result(-0.03, 0.02), 0.08, 4, 0.021),
            "not shown: the difference does not hold among 4 tests (p = 0.080, Holm)",
        ),
        (judge(result(-0.03, 0.08), 0.08, 1, 0.021), "not shown: p = 0.080, 5 seeds"),
        (judge(result(0.0, None), None), "same by construction: both score the same in every run"),
        (
            judge(result(0.1, 0.01, (1, 1)), 0.01),
            "too few runs: 1 seed, and nothing is concluded from fewer than 3 a side",
        ),
        (judge(result(0.1, None, reason="no spread on either side"), None), "not tested: no spread on either side"),
    ],
)
def test_sentences(judged, text):
    assert sentence(judged) == text


def test_from_scores_to_a_sentence():
    a = dict(enumerate([0.721, 0.718, 0.725, 0.719, 0.722]))
    close = dict(enumerate([0.720, 0.717, 0.726, 0.716, 0.721]))
    far = {seed: score - 0.05 for seed, score in close.items()}
    tests = [welch_t(a, close), welch_t(a, far)]
    detectable = detectable_difference(0.0027, 0.0041, (5, 5))
    judged = [judge(test, p, 2, detectable) for test, p in zip(tests, holm([t.p for t in tests]), strict=True)]
    assert [judgement.verdict for judgement in judged] == [Verdict.NOT_SHOWN, Verdict.BETTER]
    assert "smaller than what 5 seeds can tell (0.7" in sentence(judged[0])
    same = paired_t(a, a)
    assert judge(same, same.p).verdict is Verdict.SAME
