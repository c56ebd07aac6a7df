"""Sampler that derives the draws of a trial from its number, so that no two processes draw the same settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from mnerbench.datasets.seeds import derive_seed

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

# Draws before duplicate settings are accepted: first by TPE, then at random.
_TPE_DRAWS, _MAX_DRAWS = 10, 40


class NumberedSampler(BaseSampler):
    """Optuna's TPE with a separate seed for every trial.

    The draws of a trial depend on its number and on the earlier trials, not on the process or its restarts. Settings
    that another trial has are drawn again; if the space has fewer settings than trials, they repeat.

    Args:
        seed: of the search.
        name: of the study.
        space: distributions by setting.
        startup: number of random trials before TPE is used.

    Attributes:
        first: values of trial 0; missing ones are drawn.
    """

    def __init__(self, seed: int, name: str, space: Mapping[str, BaseDistribution], startup: int) -> None:
        self._seed, self._name, self._space, self._startup = seed, name, dict(space), startup
        self.first: Mapping[str, Any] = {}

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The whole space: all settings are drawn jointly."""
        return {key: domain for key, domain in self._space.items() if key not in trial.params}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw values that no other trial has."""
        if not search_space:
            return {}
        others = {self._key(other.params) for other in study.get_trials(deepcopy=False) if other.number != trial.number}
        fixed = {**(self.first if trial.number == 0 else {}), **trial.params}
        drawn: dict[str, Any] = {}
        for attempt in range(_MAX_DRAWS):
            drawn = {**self._draw(study, trial, attempt), **fixed}
            if self._key(drawn) not in others:
                break
        return {key: drawn[key] for key in search_space}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Draw a value of a setting outside the space."""
        sampler = RandomSampler(seed=derive_seed(self._seed, "tune", self._name, trial.number, param_name))
        return sampler.sample_independent(study, trial, param_name, param_distribution)

    def _draw(self, study: Study, trial: FrozenTrial, attempt: int) -> dict[str, Any]:
        seed = derive_seed(self._seed, "tune", self._name, trial.number, attempt)
        sampler: BaseSampler = RandomSampler(seed=seed)
        if attempt < _TPE_DRAWS:
            sampler = TPESampler(seed=seed, multivariate=True, constant_liar=True, n_startup_trials=self._startup)
        joint = sampler.infer_relative_search_space(study, trial)
        joint = {key: domain for key, domain in joint.items() if self._space.get(key) == domain}
        values = sampler.sample_relative(study, trial, joint)
        for key, domain in self._space.items():
            if key not in values:
                values[key] = sampler.sample_independent(study, trial, key, domain)
        return values

    def _key(self, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Hashable key, equal for equal settings; None for a trial that does not have all of them yet."""
        if not self._space.keys() <= values.keys():
            return None
        return tuple(values[key] for key in self._space)
