"""Judgements as sentences."""

from __future__ import annotations

from collections.abc import Mapping

from mnerbench.benchmark.results.manifest import FEWEST_SEEDS
from mnerbench.reports.statistics.ttests import FEW_SEEDS
from mnerbench.reports.statistics.verdict import Judgement, Verdict
from mnerbench.reports.text.format import equals, in_points, size

AGAINST_BASELINE: Mapping[Verdict, str] = {
    Verdict.BETTER: "better than {other}",
    Verdict.WORSE: "worse than {other}",
    Verdict.EQUIVALENT: "equivalent to {other}, within {margin}",
    Verdict.UNDECIDED: "undecided against {other}",
    Verdict.SAME: "the same F1 as {other} in every run",
}
OWN_AGAINST_WRONG_PICTURES: Mapping[Verdict, str] = {
    Verdict.BETTER: "uses what is in the picture",
    Verdict.WORSE: "is misled by the picture",
    Verdict.EQUIVALENT: "what is in the picture is worth less than {margin}",
    Verdict.UNDECIDED: "undecided whether what is in the picture matters",
    Verdict.SAME: "the same F1 with any picture",
}


def sentence(judged: Judgement, phrases: Mapping[Verdict, str], other: str) -> str:
    """`better than bert-crf: +1.03 [+0.20, +1.86] points; p = 0.011, adjusted for 3 tests; 5 seeds`.

    Args:
        judged: the judgement.
        phrases: of the verdicts, with `{other}` and `{margin}`.
        other: name of what was compared with.
    """
    if judged.verdict is Verdict.TOO_FEW:
        reason = f"{_seeds(judged.n)}, and nothing is concluded from fewer than {FEWEST_SEEDS} a side"
        return f"no verdict against {other}: {reason}"
    if judged.verdict is Verdict.NOT_TESTED:
        return f"no verdict against {other}: {judged.reason or 'no test was made'}"
    if judged.verdict is Verdict.EXPLORATORY:
        return (
            f"no verdict against {other}, a pair that the leaderboard does not judge; exploratory: {evidence(judged)}"
        )
    phrase = phrases[judged.verdict].format(other=other, margin=size(judged.margin))
    return phrase if judged.interval is None else f"{phrase}: {evidence(judged)}"


def evidence(judged: Judgement) -> str:
    """`+1.03 [+0.20, +1.86] points; p = 0.011, adjusted for 3 tests; 5 seeds`."""
    adjusted = f", adjusted for {judged.family} tests" if judged.family > 1 else ""
    parts = [in_points(judged), f"p {equals(judged.p)}{adjusted}", _seeds(judged.n)]
    if not judged.over_tweets:
        parts.append("on these tweets only, since counts by tweet are missing")
    plan, planned = judged.plan, _seeds(judged.plan.planned or judged.n)
    if plan.is_short(judged.n):
        parts[2] += f" where {planned} are planned, so provisional"
    elif judged.doubtful:
        parts[2] += f" of at least {FEW_SEEDS}, so provisional"
    if plan.is_extended(judged.n):
        parts.append(f"{planned} were planned: adding seeds after a test raises the chance of a false verdict")
    if (look := plan.look_text(judged.n)) is not None:
        parts.append(look)
    return "; ".join(parts)


def _seeds(n: tuple[int, int]) -> str:
    """`5 seeds`, or `5 against 3 seeds`."""
    if n[0] != n[1]:
        return f"{n[0]} against {n[1]} seeds"
    return f"{n[0]} seed{'' if n[0] == 1 else 's'}"
