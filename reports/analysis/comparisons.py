"""Comparisons between rows: ranks, tests against the baseline, and gains from the picture."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mnerbench.benchmark.results.manifest import FEWEST_SEEDS
from mnerbench.reports.analysis.changed_tweets import ChangedTweets, changed_tweets
from mnerbench.reports.analysis.details import Details, RowKey, shared_seeds
from mnerbench.reports.analysis.row_data import Comparison, Row
from mnerbench.reports.analysis.rows import OWN_PICTURE, SHUFFLED, view_order
from mnerbench.reports.analysis.table_data import ImageUse
from mnerbench.reports.statistics.claim import Claim
from mnerbench.reports.statistics.combined import combined_paired_t, combined_t
from mnerbench.reports.statistics.dominance import region_probabilities
from mnerbench.reports.statistics.dunnett import dunnett
from mnerbench.reports.statistics.effects import hedges_g
from mnerbench.reports.statistics.power import PowerCase, Spreads, shrunken
from mnerbench.reports.statistics.robust import probability_of_improvement
from mnerbench.reports.statistics.seed_plan import SeedPlan
from mnerbench.reports.statistics.ttests import LEVEL, paired_t, student_t, welch_t
from mnerbench.reports.statistics.verdict import MARGIN, Judgement, judge


@dataclass(frozen=True)
class Family:
    """The comparisons of a table that are judged together.

    Attributes:
        rows: one per method, in its own view; Holm's adjustment is over them.
        twins: methods whose runs are those of another method, which is the value; judged once.
        margin: largest difference that is irrelevant.
        counts_apply: whether the counts by tweet, which are conlleval's, belong to the scores of the rows.
    """

    rows: Collection[RowKey]
    twins: Mapping[str, str] = field(default_factory=dict)
    margin: float = MARGIN
    counts_apply: bool = True

    def original(self, method: str) -> str:
        """The method itself, or the one that it is another name of."""
        return self.twins.get(method, method)


def compare_with_baseline(
    rows: Sequence[Row], baseline: Row, details: Mapping[RowKey, Details], family: Family
) -> list[Row]:
    """Test every trained row against the baseline, and judge those of the family.

    Args:
        rows: of a table.
        baseline: one of the rows.
        details: counts of the predictions, by row, where available.
        family: the rows that are judged; all others are exploratory.
    """
    tested: dict[RowKey, _Tested] = {}
    for row in rows:
        if is_testable(row) and row is not baseline:
            pair = same_tweets(row, baseline, details) if not row.control else None
            claim = independent_claim(row, baseline, pair if family.counts_apply else None)
            changed = changed_tweets(*pair) if pair is not None else None
            tested[row.method, row.view] = _Tested(replace(claim, plan=plan_of(row, baseline)), changed)
    judged = [key for key in tested if key in family.rows]
    judgements = dict(zip(judged, judge([tested[key].claim for key in judged], family.margin), strict=True))
    scores = {(row.method, row.view): row.by_seed for row in rows}
    in_family = [key for key in judged if judgements[key].family]
    by_dunnett = dict(zip(in_family, dunnett([scores[key] for key in in_family], baseline.by_seed), strict=True))
    results = []
    for row in rows:
        comparison, key = None, (row.method, row.view)
        if key in tested:
            original = family.original(row.method), row.view
            comparison = _comparison(row, baseline, tested[key], judgements.get(original), family.margin)
            comparison = replace(comparison, dunnett=by_dunnett.get(original))
        twin_of = family.twins.get(row.method)
        results.append(replace(row, baseline=row is baseline, comparison=comparison, twin_of=twin_of))
    return results


def is_testable(row: Row) -> bool:
    """Whether a row has seeds to test."""
    return row.f1 is not None and not row.deterministic and not row.silent and not row.is_partial


def independent_claim(row: Row, baseline: Row, pair: tuple[Details, Details] | None) -> Claim:
    """The claim that two methods differ; `pair` has the details of both, None without counts by tweet."""
    both = combined_t(pair[0].tweets, pair[1].tweets) if pair is not None else None
    return Claim(welch_t(row.by_seed, baseline.by_seed), both)


def plan_of(row: Row, other: Row) -> SeedPlan:
    """When two rows are compared; with different looks, at all of them."""
    planned = (row.planned, other.planned) if row.planned is not None and other.planned is not None else None
    return SeedPlan(planned, tuple(sorted({*row.looks, *other.looks})))


@dataclass(frozen=True)
class _Tested:
    """The claim that a row differs from the baseline, and the tweets that only one of both gets right."""

    claim: Claim
    changed: ChangedTweets | None


def _comparison(row: Row, baseline: Row, tested: _Tested, judged: Judgement | None, margin: float) -> Comparison:
    a, b, claim = row.by_seed, baseline.by_seed, tested.claim
    scores = tuple(a.values()), tuple(b.values())
    size_of_family = judged.family if judged is not None else 0
    return Comparison(
        welch=claim.seeds,
        student=student_t(a, b),
        paired=paired_t(a, b),
        judged=judged,
        size=hedges_g(a, b),
        power=power_case(row, baseline, claim, size_of_family),
        both=claim.both,
        changed=tested.changed,
        dunnett=None,
        improvement=probability_of_improvement(*scores) if min(map(len, scores)) >= FEWEST_SEEDS else None,
        scores=scores,
        regions=region_probabilities(claim.deciding, margin),
    )


def power_case(row: Row, baseline: Row, claim: Claim, family: int = 1) -> PowerCase | None:
    """The power of a comparison; None where the spread is unknown or a run has collapsed.

    Args:
        row: of the method.
        baseline: of the baseline.
        claim: the tests between them.
        family: number of tests in the family.
    """
    stds = tuple(side.f1.std for side in (row, baseline) if side.f1 is not None and side.f1.std is not None)
    test = claim.both or claim.seeds
    if len(stds) != 2 or not max(stds) or test.error is None or test.difference is None:
        return None
    if row.outlying_seeds or baseline.outlying_seeds:
        return None
    over_seeds = sum(std**2 / n for std, n in zip(stds, claim.n, strict=True))
    spreads = Spreads(stds, claim.n, max(0.0, test.error**2 - over_seeds))
    level, plan = LEVEL / max(1, family), claim.plan
    return PowerCase(
        spreads=spreads,
        difference=shrunken(test.difference, test.error),
        level=plan.level_at(claim.n, level) if plan.has_look_at(claim.n) else None,
        # The test of the last look; a comparison without looks has one.
        last_level=plan.level_at((plan.looks[-1],) * 2, level) if plan.looks else level,
    )


def same_tweets(a: Row, b: Row, details: Mapping[RowKey, Details]) -> tuple[Details, Details] | None:
    """The details of two rows; None if one is unknown or their gold entities differ."""
    first, second = (details.get((side.method, side.view)) for side in (a, b))
    return (first, second) if first is not None and second is not None and _have_same_gold(first, second) else None


def _have_same_gold(first: Details, second: Details) -> bool:
    """Whether both were scored on the same gold entities; disagreement causes a warning elsewhere."""
    gold = [side.tweets[:, :, 2] for side in (first, second)]
    return gold[0].shape[1] == gold[1].shape[1] and all(bool((side == gold[0][0]).all()) for side in gold)


def image_uses(rows: Sequence[Row], details: Mapping[RowKey, Details], family: Family) -> list[ImageUse]:
    """For each method that reads pictures: the tweet's own picture against none and against a wrong one, by seed.

    Args:
        rows: of a table.
        details: counts of the predictions, by row, where available.
        family: as for `compare_with_baseline`.
    """
    uses = []
    claims: dict[str, Claim] = {}
    for row in sorted(
        (row for row in rows if row.view == OWN_PICTURE and is_testable(row)),
        key=lambda r: r.method,
    ):
        others = [other for other in rows if other.method == row.method and other.view != row.view]
        scored = sorted((other for other in others if other.f1 is not None), key=lambda r: view_order(r.view))
        for other in scored:
            if other.view == SHUFFLED and row.method == family.original(row.method):
                pair = same_tweets(row, other, details) if family.counts_apply else None
                claims[row.method] = replace(paired_claim(row, other, pair), plan=plan_of(row, other))
        gains = {other.view: paired_t(row.by_seed, other.by_seed) for other in scored}
        if row.f1 is not None and gains:
            uses.append(ImageUse(row.method, row.f1.mean, {view: test for view, test in gains.items() if view}))
    judgements = dict(zip(claims, judge(list(claims.values()), family.margin), strict=True))
    return [replace(use, judged=judgements.get(family.original(use.method))) for use in uses]


def paired_claim(row: Row, other: Row, pair: tuple[Details, Details] | None) -> Claim:
    """The claim that two views of the same weights differ; `pair` as for `independent_claim`."""
    shared = shared_seeds(pair or ())
    both = combined_paired_t(*(side.tweets[side.indices(shared)] for side in pair)) if pair and shared else None
    return Claim(paired_t(row.by_seed, other.by_seed), both)
