"""Sections on a pair of methods: scores, tests, types, slices, error types, and tweets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from mnerbench.benchmark.results.damage import DamagedFileError
from mnerbench.benchmark.results.record import COLLAPSED
from mnerbench.reports.analysis.cases import Case, Correctness, System
from mnerbench.reports.analysis.comparisons import power_case
from mnerbench.reports.analysis.details import shared_seeds
from mnerbench.reports.analysis.pairwise import TOGETHER, PairwiseComparison, all_tests
from mnerbench.reports.analysis.rows import OWN_PICTURE, SHUFFLED
from mnerbench.reports.render.columns import PLAIN_METHOD, PRECISION, RECALL, RUNS, SCORE, VIEW, sheet_of
from mnerbench.reports.render.judgements import AGAINST_BASELINE, OWN_AGAINST_WRONG_PICTURES, sentence
from mnerbench.reports.render.section import Section
from mnerbench.reports.render.tagged import tagged
from mnerbench.reports.statistics.claim import Claim
from mnerbench.reports.statistics.effects import hedges_g, hedges_g_paired
from mnerbench.reports.statistics.ttests import TestResult, welch_t
from mnerbench.reports.text.cells import (
    change_cell,
    decimal_cell,
    difference_cell,
    effect_cell,
    p_cell,
    points_cell,
    progress_cell,
    share_cell,
    text_cell,
)
from mnerbench.reports.text.sheet import Cell, Column, Sheet, name_column

_CHANGE = Column("difference", "Δ")
_TWEETS = (*map(name_column, ("tweet", "who", "entities")), Column("right", "right"))


def pairwise_sections(pair: PairwiseComparison, examples: int) -> Iterator[Section]:
    """Sections on scores, tests, types, slices, error types and tweets.

    Args:
        pair: the comparison of two methods.
        examples: number of tweets to show for each side.
    """
    a, b = pair.names
    yield Section("scores", "Scores", _scores(pair), remarks=(_verdict(pair),))
    yield Section("tests", f"Tests: {a} minus {b}", _tests(pair), legend=tuple(_test_legend(pair)))
    yield Section("types", "By entity type", _types(pair))
    if pair.details is not None:
        sizes = pair.details[0].sizes
        yield Section("slices", "By slice of test", _parts(pair.a.slices, pair.b.slices, pair, sizes))
        yield Section("mistakes", "Error types, means over seeds", _mistakes(pair))
        yield Section("overlap", "Gold entities, means over shared seeds", _overlap(pair))
    if pair.correctness is not None:
        yield from _tweets(pair, pair.correctness, examples)


def _scores(pair: PairwiseComparison) -> Sheet:
    return sheet_of((PLAIN_METHOD, VIEW, RUNS, SCORE, PRECISION, RECALL), (pair.a, pair.b))


def _verdict(pair: PairwiseComparison) -> str:
    """The verdict of the leaderboard, or the exploratory test of a pair that it does not judge."""
    a, b = pair.names
    if silent := [row.method for row in (pair.a, pair.b) if row.silent]:
        return f"{a} against {b}: not judged: {silent[0]} {COLLAPSED}"
    if partial := [row for row in (pair.a, pair.b) if row.is_partial]:
        return f"{a} against {b}: not judged: partial runs of {partial[0].method} ({partial[0].reason})"
    wrong_pictures = pair.paired and (pair.a.view, pair.b.view) == (OWN_PICTURE, SHUFFLED)
    text = sentence(pair.judged, OWN_AGAINST_WRONG_PICTURES if wrong_pictures else AGAINST_BASELINE, b)
    return f"{a}: {text} (the leaderboard's verdict)" if pair.in_family else f"{a}: {text}"


def _tests(pair: PairwiseComparison) -> Sheet:
    a, b, tests = pair.a.by_seed, pair.b.by_seed, all_tests(pair)
    rows: list[tuple[Cell, ...]] = [
        (text_cell(name), difference_cell(test), p_cell(test.p), text_cell(test.reason or ""))
        for name, test in tests.items()
    ]
    size = hedges_g_paired(a, b) if pair.paired else hedges_g(a, b)
    both = tests.get(TOGETHER)
    claim = Claim(welch_t(a, b), both if isinstance(both, TestResult) else None, pair.judged.plan)
    power = power_case(pair.a, pair.b, claim, pair.judged.family) if not pair.paired else None
    others = {
        "effect size, Hedges' g": effect_cell(size),
        "detectable with these seeds": share_cell(power.detectable if power is not None else None),
        "seeds needed on each side": decimal_cell(power.needed if power is not None else None),
    }
    reasons = [size.reason or "", "", ""]
    rows += [
        (text_cell(name), cell, text_cell(None), text_cell(reason))
        for (name, cell), reason in zip(others.items(), reasons, strict=True)
    ]
    columns = (name_column("test"), Column("difference", "Δ [95 % CI]"), Column("p", "p"), Column("reason", "why not"))
    return Sheet(columns, tuple(rows))


def _test_legend(pair: PairwiseComparison) -> Iterator[tuple[str, str]]:
    yield "over seeds", "would it hold with other seeds, on these tweets?"
    if pair.details is not None:
        yield "over tweets", "would it hold for these trained models, on other tweets?"
        yield "together", "would it hold with other seeds, on other tweets?"
    yield "detectable", "difference in points that so many seeds show with a chance of 80 %"
    yield "tests", "not adjusted; who tries several pairs and reports the best has to adjust"


def _parts(
    a: Mapping[str, float], b: Mapping[str, float], pair: PairwiseComparison, sizes: Mapping[str, float]
) -> Sheet:
    """Mean F1 of both sides by type or slice."""
    rows = tuple(
        (
            text_cell(name),
            decimal_cell(sizes.get(name)),
            share_cell(a.get(name)),
            share_cell(b.get(name)),
            points_cell(a[name] - b[name] if name in a and name in b else None),
        )
        for name in dict.fromkeys([*a, *b])
    )
    return Sheet((name_column("part"), Column("gold", "gold entities"), *_sides(pair), _CHANGE), rows)


def _sides(pair: PairwiseComparison) -> tuple[Column, Column]:
    return Column("a", pair.names[0]), Column("b", pair.names[1])


def _types(pair: PairwiseComparison) -> Sheet:
    a, b = ({kind: means.f1 for kind, means in row.types.items()} for row in (pair.a, pair.b))
    return _parts(a, b, pair, {kind: means.gold for kind, means in pair.a.types.items()})


def _mistakes(pair: PairwiseComparison) -> Sheet:
    rows = tuple(
        (
            text_cell(kind),
            decimal_cell(number, 1),
            decimal_cell(pair.b.mistakes[kind], 1),
            change_cell(number - pair.b.mistakes[kind], 1),
        )
        for kind, number in pair.a.mistakes.items()
    )
    return Sheet((name_column("kind"), *_sides(pair), _CHANGE), rows)


def _overlap(pair: PairwiseComparison) -> Sheet:
    assert pair.details is not None
    a, b = (details.detected[details.indices(shared_seeds(pair.details))] for details in pair.details)
    parts = {"both": a & b, f"only {pair.names[0]}": a & ~b, f"only {pair.names[1]}": b & ~a, "neither": ~a & ~b}
    rows = tuple(
        (text_cell(name), decimal_cell(float(part.sum(1).mean()), 1), share_cell(float(part.mean())))
        for name, part in parts.items()
    )
    return Sheet((name_column("found by"), Column("entities", "entities"), Column("share", "% of gold")), rows)


def _tweets(pair: PairwiseComparison, correctness: Correctness, most: int) -> Iterator[Section]:
    """Tweets on which one side is correct for more seeds than the other, the largest differences first."""
    a, b = ((row.method, row.view or "") for row in (pair.a, pair.b))
    if a not in correctness.correct or b not in correctness.correct:
        return
    gains = correctness.share(a) - correctness.share(b)
    for name, sign, other in ((pair.names[0], 1, pair.names[1]), (pair.names[1], -1, pair.names[0])):
        better = sorted(np.flatnonzero(sign * gains > 0).tolist(), key=lambda tweet: (-sign * gains[tweet], tweet))
        cases = _cases(correctness, better[:most])
        rows = tuple(row for case in cases for row in _case(case, (a, b), pair.names))
        title = f"{name} right more often than {other}: {len(better):,} {'tweet' if len(better) == 1 else 'tweets'}"
        intro = f"Answers of seed {correctness.seed}; right in so many seeds of those that were run."
        if rows:
            yield Section("tweets", title, Sheet(_TWEETS, rows), intro)


def _cases(correctness: Correctness, tweets: Sequence[int]) -> Sequence[Case]:
    """The tweets with all predictions; none if predictions cannot be read, which is recorded as damage."""
    try:
        return correctness.cases(tweets).cases if tweets else ()
    except DamagedFileError as error:
        correctness.store.damage.add(error.damage)
        return ()


def _case(case: Case, systems: Sequence[System], names: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
    gold = (case.tweet.id, "gold", tagged(case.tweet.words, case.gold), "")
    yield tuple(map(text_cell, gold))
    for system, name in zip(systems, names, strict=True):
        answer = case.answers[system]
        spans = tagged(case.tweet.words, answer.spans, context=False)
        yield (*map(text_cell, ("", name, spans)), progress_cell(answer.correct_seeds, answer.seeds))
