"""On how many corpora each method is better or worse than the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mnerbench.reports.analysis.corpora import Corpora
from mnerbench.reports.analysis.row_data import Comparison
from mnerbench.reports.statistics.claim import Claim
from mnerbench.reports.statistics.replication import adjust_over_methods, count_if_independent
from mnerbench.reports.statistics.seed_plan import SeedPlan
from mnerbench.reports.statistics.ttests import LEVEL
from mnerbench.reports.statistics.verdict import Judgement

_EACH_WAY = LEVEL / 2  # of "better" and of "worse", so that all statements hold together

# The comparisons of a method by corpus: one per version of the corpus, none where there is no verdict.
_Judged = Mapping[str, Sequence[Comparison]]


@dataclass(frozen=True)
class Replication:
    """A method over the corpora on which it is judged, two at least.

    Attributes:
        methods: its names; several if their results are the same.
        differences: to the baseline, by corpus; of several versions of a corpus the one next to 0.
        better, worse: two-sided p by corpus, adjusted over corpora and methods. The method is better, or worse, where
            it is significant; all these statements hold together with a probability of 95 %.
        better_if_independent, worse_if_independent: numbers of corpora by Fisher's combination, which assumes that
            corpora are independent.
        unjudged: corpora on which the method was run, or should have been, without a verdict.
        provisional: whether there are few runs on a corpus, or fewer than planned.
        extended: whether there are more runs than planned, so that tests may follow others on fewer of them.
        over_tweets: whether all this also holds on other tweets; False without counts by tweet.
    """

    methods: tuple[str, ...]
    differences: Mapping[str, float]
    better: Mapping[str, float]
    worse: Mapping[str, float]
    better_if_independent: int
    worse_if_independent: int
    unjudged: tuple[str, ...]
    provisional: bool
    extended: bool
    over_tweets: bool

    def shown(self, *, better: bool) -> dict[str, float]:
        """The corpora on which it is better, or worse, with their adjusted p."""
        p_values = self.better if better else self.worse
        return {corpus: p for corpus, p in p_values.items() if p < LEVEL}


def replications(corpora: Corpora) -> tuple[Replication, ...]:
    """The methods that are judged on at least two corpora, by name; those of the same results once."""
    judged_of = {names: judged for names, judged in _results(corpora).items() if sum(map(bool, judged.values())) > 1}
    better, worse = (_p_values(list(judged_of.values()), better=better) for better in (True, False))
    of_better, of_worse = (
        adjust_over_methods([list(p_values.values()) for p_values in side]) for side in (better, worse)
    )
    level = _EACH_WAY / max(1, len(judged_of))
    return tuple(
        Replication(
            methods=names,
            differences={corpus: _next_to_zero(versions) for corpus, versions in judged.items() if versions},
            better=_two_sided(better[n], of_better[n]),
            worse=_two_sided(worse[n], of_worse[n]),
            better_if_independent=count_if_independent(list(better[n].values()), level),
            worse_if_independent=count_if_independent(list(worse[n].values()), level),
            unjudged=tuple(
                corpus
                for corpus, tables in corpora.tables.items()
                if not judged.get(corpus) and any(row.method == names[0] for table in tables for row in table.rows)
            ),
            provisional=any(item.is_provisional for item in _judgements(judged)),
            extended=any(item.plan.is_extended(item.n) for item in _judgements(judged)),
            over_tweets=all(item.over_tweets for item in _judgements(judged) if item.interval is not None),
        )
        for n, (names, judged) in enumerate(judged_of.items())
    )


def _results(corpora: Corpora) -> dict[tuple[str, ...], _Judged]:
    """The comparisons of every method in its own view, by the names of the method."""
    comparisons: dict[str, dict[str, list[Comparison]]] = {}
    for corpus, tables in corpora.tables.items():
        for row in (row for table in tables for row in table.rows):
            if row.comparison is not None and row.comparison.judged is not None:
                comparisons.setdefault(row.method, {}).setdefault(corpus, []).append(row.comparison)
    names: dict[tuple[tuple[str, tuple[Claim, ...]], ...], list[str]] = {}
    for method, by_corpus in sorted(comparisons.items()):
        claims = tuple((corpus, tuple(map(_claim, versions))) for corpus, versions in by_corpus.items())
        names.setdefault(claims, []).append(method)
    return {
        tuple(same): {
            corpus: side if len(side) == len(corpora.tables[corpus]) and all(map(_is_judged, side)) else []
            for corpus, side in comparisons[same[0]].items()
        }
        for same in names.values()
    }


def _is_judged(comparison: Comparison) -> bool:
    return comparison.judged is not None and comparison.judged.has_verdict


def _judgements(judged: _Judged) -> list[Judgement]:
    return [item.judged for versions in judged.values() for item in versions if item.judged is not None]


def _claim(comparison: Comparison) -> Claim:
    plan = comparison.judged.plan if comparison.judged is not None else SeedPlan()
    return Claim(comparison.welch, comparison.both, plan)


def _p_values(methods: Sequence[_Judged], *, better: bool) -> list[dict[str, float]]:
    """One-sided p of each method by corpus.

    Of several versions of a corpus the largest: a method is better on the corpus if it is on every version. Equal
    predictions are no evidence of any difference.
    """

    def p(comparison: Comparison) -> float:
        one_sided = _claim(comparison).one_sided(better=better)
        return 1.0 if one_sided is None else one_sided

    return [{corpus: max(map(p, side)) for corpus, side in method.items() if side} for method in methods]


def _two_sided(p_values: Mapping[str, float], adjusted: Sequence[float]) -> dict[str, float]:
    return {corpus: min(1.0, 2 * p) for corpus, p in zip(p_values, adjusted, strict=True)}


def _next_to_zero(versions: Sequence[Comparison]) -> float:
    return min((comparison.welch.difference or 0.0 for comparison in versions), key=abs)
