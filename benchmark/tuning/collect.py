"""Collects the trials of a search as the result that is stored on disk."""

from __future__ import annotations

from mnerbench.benchmark.results.search_results import SearchResult, TrialResult
from mnerbench.benchmark.tuning.study import ERROR, Search
from mnerbench.benchmark.tuning.tuner import MethodSearch

_MIN_TRIALS = 10  # complete trials below which importances mean nothing


def collect(method_search: MethodSearch) -> SearchResult:
    """The result of a search so far."""
    search = method_search.search
    trials = []
    for trial in search.trials:
        start, end = trial.datetime_start, trial.datetime_complete
        trials.append(
            TrialResult(
                number=trial.number,
                state=trial.state.name.lower(),
                value=trial.value if trial.state.name == "COMPLETE" else None,
                values=dict(trial.params),
                curve=tuple(sorted(trial.intermediate_values.items())),
                seconds=(end - start).total_seconds() if start and end else None,
                error=str(trial.user_attrs.get(ERROR, "")),
                code=search.code_of(trial),
                process=search.process_of(trial),
            )
        )
    return SearchResult(
        method=method_search.method,
        dataset=method_search.dataset,
        budget=search.budget,
        space={key: str(domain) for key, domain in search.space.items()},
        trials=tuple(trials),
        importance=_importance(search),
    )


def _importance(search: Search) -> dict[str, float]:
    """Importance of each setting by PED-ANOVA; empty if there are too few complete trials."""
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    if search.states["complete"] < _MIN_TRIALS:
        return {}
    try:
        return dict(get_param_importances(search.study, evaluator=PedAnovaImportanceEvaluator()))
    except (ValueError, RuntimeError):
        return {}
