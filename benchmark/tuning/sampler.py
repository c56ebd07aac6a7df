"""Settings of trials: drawn by the number of a trial, so that no two processes draw the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from mnerbench.benchmark.results.spec import derive_seed

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

_BY_TPE, _IN_ALL = 10, 40  # draws until a repeated setting is accepted; those after the first ten are random


class NumberedSampler(BaseSampler):
    """Optuna's TPE, with a seed of its own for every trial.

    What a trial draws depends on its number and on the trials before it, not on the process that asks or on how often
    it was started. A setting that another trial has is drawn again; a space with fewer settings than trials repeats.

    Args:
        seed: of the search.
        name: of the study.
        space: distributions by setting.
        startup: trials that are drawn at random before TPE has enough to go by.

    Attributes:
        first: values of trial 0; what it lacks is drawn.
    """

    def __init__(self, seed: int, name: str, space: Mapping[str, BaseDistribution], startup: int) -> None:
        self._seed, self._name, self._space, self._startup = seed, name, dict(space), startup
        self.first: Mapping[str, Any] = {}

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """All of the space: every setting is drawn together with the others."""
        return {key: where for key, where in self._space.items() if key not in trial.params}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Values that no other trial has."""
        if not search_space:
            return {}
        others = {self._key(other.params) for other in study.get_trials(deepcopy=False) if other.number != trial.number}
        fixed = {**(self.first if trial.number == 0 else {}), **trial.params}
        drawn: dict[str, Any] = {}
        for attempt in range(_IN_ALL):
            drawn = {**self._draw(study, trial, attempt), **fixed}
            if self._key(drawn) not in others:
                break
        return {key: drawn[key] for key in search_space}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """A value of a setting outside the space."""
        sampler = RandomSampler(seed=derive_seed(self._seed, "tune", self._name, trial.number, param_name))
        return sampler.sample_independent(study, trial, param_name, param_distribution)

    def _draw(self, study: Study, trial: FrozenTrial, attempt: int) -> dict[str, Any]:
        seed = derive_seed(self._seed, "tune", self._name, trial.number, attempt)
        sampler: BaseSampler = RandomSampler(seed=seed)
        if attempt < _BY_TPE:
            sampler = TPESampler(seed=seed, multivariate=True, constant_liar=True, n_startup_trials=self._startup)
        joint = sampler.infer_relative_search_space(study, trial)
        joint = {key: where for key, where in joint.items() if self._space.get(key) == where}
        values = sampler.sample_relative(study, trial, joint)
        for key, where in self._space.items():
            if key not in values:
                values[key] = sampler.sample_independent(study, trial, key, where)
        return values

    def _key(self, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Equal for equal settings; None for a trial that has not all of them yet."""
        if not self._space.keys() <= values.keys():
            return None
        return tuple(values[key] for key in self._space)
