"""The best dev F1 to be expected of a budget of trials, and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from mnerbench.benchmark.results.search_results import SearchResult, TrialResult
from mnerbench.reports.statistics.expected_best import expected_best

_SPENT = {"complete", "pruned", "fail"}  # states


@dataclass(frozen=True)
class BudgetCurve:
    """The expected best dev F1 of a search, by budget.

    Attributes:
        method, dataset: of the search.
        best: expected best of 1, 2, ... trials, as fractions; the last is the best of all.
        seconds: mean duration of a trial; None where not recorded.
    """

    method: str
    dataset: str
    best: tuple[float, ...]
    seconds: float | None

    def at(self, trials: int) -> float | None:
        """The expected best of a number of trials; None for more than there were, as nothing is known of them."""
        return self.best[trials - 1] if trials <= len(self.best) else None


def budget_curve(search: SearchResult) -> BudgetCurve | None:
    """The expected best dev F1 of a search by number of trials; None before a trial is complete.

    Every ended trial was spent. A failed one found nothing, so its F1 is 0; a pruned one has that of its best epoch.
    """
    spent = [trial for trial in search.trials if trial.state in _SPENT]
    if search.best is None:
        return None
    seconds = [trial.seconds for trial in spent if trial.seconds is not None]
    best = tuple(expected_best(list(map(_value, spent))))
    return BudgetCurve(search.method, search.dataset, best, fmean(seconds) if seconds else None)


def _value(trial: TrialResult) -> float:
    if trial.state == "fail":
        return 0.0
    return trial.value if trial.value is not None else max((f1 for _, f1 in trial.curve), default=0.0)
