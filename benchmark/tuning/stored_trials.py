"""Whether a stored study is what searches write: a storage may be damaged, or somebody else's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mnerbench.datasets.errors import ConfigError, StoreError
from mnerbench.datasets.untrusted.display import one_line

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

_REMEDY = "another --out (or --storage) starts a new search"


def check_space(name: str, stored: object, space: Mapping[str, str]) -> None:
    """Compare the space that a study began with to the one that is asked for.

    Args:
        name: of the study.
        stored: what the study says about its space.
        space: each setting with where it is searched, in words.

    Raises:
        StoreError: the study says nothing that could be one.
        ConfigError: they differ.
    """
    if not isinstance(stored, Mapping) or not all(isinstance(value, str) for value in stored.values()):
        raise StoreError(f"study {one_line(name)}: its search space is damaged\n  -> {_REMEDY}")
    if stored != space:
        raise ConfigError(
            f"study {name}: it began with another search space ({_differences(stored, space)})\n"
            "  -> give the same, or another --out"
        )


def check_direction(name: str, study: Study) -> None:
    """See that a stored study looks for the highest dev F1.

    Raises:
        StoreError: it does not.
    """
    if [direction.name for direction in study.directions] != ["MAXIMIZE"]:
        raise StoreError(f"study {one_line(name)}: it does not look for the highest value\n  -> {_REMEDY}")


def check_trials(name: str, trials: Sequence[FrozenTrial], space: Mapping[str, BaseDistribution]) -> None:
    """See that each trial's settings are of the space and its numbers are numbers.

    Raises:
        StoreError: one is damaged; names it.
    """
    for trial in trials:
        if reason := _damage(trial, space):
            raise StoreError(f"study {one_line(name)}, trial {trial.number}: {reason}\n  -> {_REMEDY}")


def _damage(trial: FrozenTrial, space: Mapping[str, BaseDistribution]) -> str:
    return _damaged_notes(trial) or _damaged_settings(trial, space) or _damaged_numbers(trial)


def _damaged_notes(trial: FrozenTrial) -> str:
    if not isinstance(trial.user_attrs, Mapping) or not isinstance(trial.system_attrs, Mapping):
        return "its notes are damaged"
    # Optuna's samplers would take constraints into account; no search of ours has any.
    return "it has constraints, as no search has" if "constraints" in trial.system_attrs else ""


def _damaged_settings(trial: FrozenTrial, space: Mapping[str, BaseDistribution]) -> str:
    for key, where in trial.distributions.items():
        if space.get(key) != where:
            return f"its setting {one_line(key, 100)} is of another search space"
        if not _is_within(trial.params[key], where):
            return f"its setting {one_line(key, 100)} has a value that is not searched"
    return ""


def _damaged_numbers(trial: FrozenTrial) -> str:
    numbers = [*(trial.values or ()), *trial.intermediate_values.values()]
    if not all(_is_finite(number) for number in numbers):
        return "its dev F1 is not a number"
    if trial.state.name == "COMPLETE" and len(trial.values or ()) != 1:
        return "it is complete and has no dev F1"
    if not all(isinstance(epoch, int) for epoch in trial.intermediate_values):
        return "its epochs are not numbers"
    return ""


def _is_within(value: object, where: BaseDistribution) -> bool:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(where, CategoricalDistribution):
        return value in where.choices
    assert isinstance(where, FloatDistribution | IntDistribution)  # a space has no others
    return isinstance(value, int | float) and _is_finite(value) and where.low <= value <= where.high


def _is_finite(number: object) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)


def _differences(stored: Mapping[str, str], space: Mapping[str, str]) -> str:
    keys = sorted(key for key in {*stored, *space} if stored.get(key) != space.get(key))
    return "; ".join(f"{key}: {stored.get(key, 'not there')}, now {space.get(key, 'not there')}" for key in keys)
