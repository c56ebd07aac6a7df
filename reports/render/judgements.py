"""Judgements as sentences."""

from __future__ import annotations

from mnerbench.reports.statistics.ttests import FEW_SEEDS, FEWEST_SEEDS
from mnerbench.reports.statistics.verdict import Judgement, Verdict
from mnerbench.reports.text.format import equals, size


def sentence(judged: Judgement) -> str:
    """`not shown: the difference is smaller than what 5 seeds can tell (2.10 points)`."""
    text = f"{judged.verdict.value}: {_explanation(judged)}"
    fewest = min(judged.n)
    return f"{text}; only {fewest} of at least {FEW_SEEDS} seeds" if judged.doubtful else text


def _explanation(judged: Judgement) -> str:
    match judged.verdict:
        case Verdict.BETTER | Verdict.WORSE:
            return f"p {equals(judged.p)}{_family(judged)}, {_seeds(judged.n)}"
        case Verdict.NOT_SHOWN:
            return _not_shown(judged)
        case Verdict.SAME:
            return "both score the same in every run"
        case Verdict.TOO_FEW:
            return f"{_seeds(judged.n)}, and nothing is concluded from fewer than {FEWEST_SEEDS} a side"
        case Verdict.NOT_TESTED:
            return judged.reason or "no test was made"


def _not_shown(judged: Judgement) -> str:
    if judged.beyond and judged.family > 1:
        return f"the difference does not hold among {judged.family} tests (p {equals(judged.p)}, Holm)"
    if judged.beyond or judged.detectable is None:
        return f"p {equals(judged.p)}{_family(judged)}, {_seeds(judged.n)}"
    return f"the difference is smaller than what {_seeds(judged.n)} can tell ({size(judged.detectable)})"


def _family(judged: Judgement) -> str:
    return f" (Holm over {judged.family})" if judged.family > 1 else ""


def _seeds(n: tuple[int, int]) -> str:
    """`5 seeds`, or `5 against 3 seeds`."""
    if n[0] != n[1]:
        return f"{n[0]} against {n[1]} seeds"
    return f"{n[0]} seed{'' if n[0] == 1 else 's'}"
