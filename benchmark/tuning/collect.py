"""What a search found so far, as it is written down."""

from __future__ import annotations

from mnerbench.benchmark.results.search_results import SearchResult, TrialResult
from mnerbench.benchmark.tuning.study import ERROR
from mnerbench.benchmark.tuning.tuner import MethodSearch

_ENOUGH = 10  # complete trials before importance says anything


def collect(contest: MethodSearch) -> SearchResult:
    """What a search found so far."""
    search = contest.search
    trials = []
    for one in search.trials:
        begun, ended = one.datetime_start, one.datetime_complete
        trials.append(
            TrialResult(
                number=one.number,
                state=one.state.name.lower(),
                value=one.value if one.state.name == "COMPLETE" else None,
                values=dict(one.params),
                curve=tuple(sorted(one.intermediate_values.items())),
                seconds=(ended - begun).total_seconds() if begun and ended else None,
                error=str(one.user_attrs.get(ERROR, "")),
                code=search.code_of(one),
                process=search.process_of(one),
            )
        )
    return SearchResult(
        method=contest.method,
        dataset=contest.dataset,
        budget=search.budget,
        space={key: str(where) for key, where in search.space.items()},
        trials=tuple(trials),
        importance=_importance(contest),
    )


def _importance(contest: MethodSearch) -> dict[str, float]:
    """By PED-ANOVA; nothing while there are too few trials to tell."""
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    if contest.search.states["complete"] < _ENOUGH:
        return {}
    try:
        return dict(get_param_importances(contest.search.study, evaluator=PedAnovaImportanceEvaluator()))
    except (ValueError, RuntimeError):
        return {}
