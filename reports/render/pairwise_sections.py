"""What is said of a pair of methods, as sections: scores, tests, where the difference comes from, and tweets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from mnerbench.benchmark.results.damage import DamagedFileError
from mnerbench.benchmark.results.record import COLLAPSED
from mnerbench.reports.analysis.cases import Case, Standing
from mnerbench.reports.analysis.comparisons import power_of
from mnerbench.reports.analysis.details import shared_seeds
from mnerbench.reports.analysis.pairwise import PairwiseComparison, primary, tests_of
from mnerbench.reports.analysis.row_text import score
from mnerbench.reports.render.judgements import sentence
from mnerbench.reports.render.sections import Section
from mnerbench.reports.render.tagged import tagged
from mnerbench.reports.statistics.effects import hedges_g, hedges_g_paired
from mnerbench.reports.statistics.ttests import welch_t
from mnerbench.reports.statistics.verdict import judge
from mnerbench.reports.text.format import NONE, Sheet, difference, effect, p_value, percent, points


def sections_of(duel: PairwiseComparison, examples: int) -> Iterator[Section]:
    """Scores, tests, where the difference comes from, and tweets.

    Args:
        duel: the pair.
        examples: tweets to show on each side.
    """
    a, b = duel.names
    yield Section("scores", "Scores", _scores(duel), said=(_verdict(duel),))
    yield Section("tests", f"Tests: {a} minus {b}", _tests(duel), lines=tuple(_meanings(duel)))
    yield Section("types", "By entity type", _types(duel))
    if duel.details is not None:
        sizes = duel.details[0].sizes
        yield Section("slices", "By slice of test", _parts(duel.a.slices, duel.b.slices, duel, sizes))
        yield Section("mistakes", "Kinds of mistakes, means over seeds", _mistakes(duel))
        yield Section("overlap", "Gold entities, means over shared seeds", _overlap(duel))
    if duel.standing is not None:
        yield from _tweets(duel, duel.standing, examples)


def _scores(duel: PairwiseComparison) -> Sheet:
    rows = tuple(
        (
            row.method,
            row.view or NONE,
            f"{row.done}/{row.expected}",
            score(row),
            percent(row.precision),
            percent(row.recall),
        )
        for row in (duel.a, duel.b)
    )
    return Sheet(("method", "view", "runs", "F1 ± std", "P", "R"), 2, rows)


def _verdict(duel: PairwiseComparison) -> str:
    """By the primary test alone; nothing is adjusted, since one comparison was asked for."""
    if silent := [row.method for row in (duel.a, duel.b) if row.silent]:
        return f"{duel.names[0]} against {duel.names[1]}: not judged: {silent[0]} {COLLAPSED}"
    test = primary(duel)
    detectable = None if duel.paired else power_of(duel.a, duel.b, test)[0]
    judged = judge(test, test.p, 1, detectable)
    return (
        f"{duel.names[0]} against {duel.names[1]}: {sentence(judged)} ({'paired by seed' if duel.paired else 'Welch'})"
    )


def _tests(duel: PairwiseComparison) -> Sheet:
    a, b = duel.a.by_seed, duel.b.by_seed
    rows = [(name, difference(test), p_value(test.p), test.reason or "") for name, test in tests_of(duel).items()]
    size = hedges_g_paired(a, b) if duel.paired else hedges_g(a, b)
    detectable, needed = power_of(duel.a, duel.b, welch_t(a, b))
    rows += [
        ("effect size, Hedges' g", effect(size), NONE, size.reason or ""),
        ("detectable with these seeds", percent(detectable), NONE, ""),
        ("seeds needed on each side", NONE if needed is None else str(needed), NONE, ""),
    ]
    return Sheet(("test", "Δ [95 % CI]", "p", "why not"), 1, tuple(rows))


def _meanings(duel: PairwiseComparison) -> Iterator[tuple[str, str]]:
    yield "over seeds", "would it hold with other seeds, on these tweets?"
    if duel.details is not None:
        yield "over tweets", "would it hold for these trained models, on other tweets?"
        yield "together", "would it hold with other seeds, on other tweets?"
    yield "detectable", "difference in points that so many seeds show with a chance of 80 %"
    yield "not adjusted", "one comparison was asked for; who tries several and reports the best has to adjust"


def _parts(
    one: Mapping[str, float], other: Mapping[str, float], duel: PairwiseComparison, sizes: Mapping[str, float]
) -> Sheet:
    """Mean F1 by type or slice."""
    rows = tuple(
        (
            name,
            f"{sizes[name]:,.0f}" if name in sizes else NONE,
            percent(one.get(name)),
            percent(other.get(name)),
            points(one[name] - other[name]) if name in one and name in other else NONE,
        )
        for name in dict.fromkeys([*one, *other])
    )
    return Sheet(("part", "gold entities", *duel.names, "Δ"), 1, rows)


def _types(duel: PairwiseComparison) -> Sheet:
    one, other = ({kind: means.f1 for kind, means in row.types.items()} for row in (duel.a, duel.b))
    return _parts(one, other, duel, {kind: means.gold for kind, means in duel.a.types.items()})


def _mistakes(duel: PairwiseComparison) -> Sheet:
    rows = tuple(
        (kind, f"{number:,.1f}", f"{duel.b.mistakes[kind]:,.1f}", f"{number - duel.b.mistakes[kind]:+,.1f}")
        for kind, number in duel.a.mistakes.items()
    )
    return Sheet(("kind", *duel.names, "Δ"), 1, rows)


def _overlap(duel: PairwiseComparison) -> Sheet:
    assert duel.details is not None
    a, b = (one.found[one.places(shared_seeds(duel.details))] for one in duel.details)
    parts = {"both": a & b, f"only {duel.names[0]}": a & ~b, f"only {duel.names[1]}": b & ~a, "neither": ~a & ~b}
    rows = tuple((name, f"{part.sum(1).mean():,.1f}", percent(float(part.mean()))) for name, part in parts.items())
    return Sheet(("found by", "entities", "% of gold"), 1, rows)


def _tweets(duel: PairwiseComparison, standing: Standing, most: int) -> Iterator[Section]:
    """Tweets that one gets right more often than the other, the clearest first."""
    one, other = ((row.method, row.view or "") for row in (duel.a, duel.b))
    if one not in standing.right or other not in standing.right:
        return
    gains = standing.share(one) - standing.share(other)
    for name, sign, beaten in ((duel.names[0], 1, duel.names[1]), (duel.names[1], -1, duel.names[0])):
        ahead = sorted(np.flatnonzero(sign * gains > 0).tolist(), key=lambda tweet: (-sign * gains[tweet], tweet))
        found = _cases(standing, ahead[:most])
        rows = tuple(row for case in found for row in _case(case, (one, other), duel.names))
        title = f"{name} right more often than {beaten}: {len(ahead):,} {'tweet' if len(ahead) == 1 else 'tweets'}"
        intro = f"Answers of seed {standing.seed}; right in so many seeds of those that were run."
        if rows:
            yield Section("tweets", title, Sheet(("tweet", "who", "entities", "right"), 3, rows), intro)


def _cases(standing: Standing, tweets: Sequence[int]) -> Sequence[Case]:
    """The tweets with all answers; none, and a note in the store's damage, where predictions cannot be read."""
    try:
        return standing.cases(tweets).cases if tweets else ()
    except DamagedFileError as error:
        standing.store.damage.add(error.damage)
        return ()


def _case(case: Case, places: Sequence[tuple[str, str]], names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    yield case.tweet.id, "gold", tagged(case.tweet.words, case.gold), ""
    for place, name in zip(places, names, strict=True):
        answer = case.answers[place]
        spans = tagged(case.tweet.words, answer.spans, context=False)
        yield "", name, spans, f"{answer.often}/{answer.seeds}"
