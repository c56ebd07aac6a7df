"""Validates a stored study: a storage may be damaged, or of another program."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.errors import ConfigError, StoreError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.json_text import parse_json

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

# Keys of Optuna's notes on a trial.
_FIXED, _JOINT_DRAW = "fixed_params", "tpe:relative_params:"
_REMEDY = "another --out (or --storage) starts a new search"


def check_space(name: str, stored: object, space: Mapping[str, str]) -> None:
    """Check that a study was started with the requested space.

    Args:
        name: of the study.
        stored: the space that the study stores.
        space: the requested domain of each setting, as text.

    Raises:
        StoreError: the stored space is not a space.
        ConfigError: the spaces differ.
    """
    if not isinstance(stored, Mapping) or not all(isinstance(value, str) for value in stored.values()):
        raise StoreError(f"study {one_line(name)}: its search space is damaged\n  -> {_REMEDY}")
    if stored != space:
        raise ConfigError(
            f"study {name}: it was started with another search space ({_differences(stored, space)})\n"
            "  -> give the same space, or another --out"
        )


def check_direction(name: str, study: Study) -> None:
    """Check that a stored study maximises one value.

    Raises:
        StoreError: it minimises, or has several values.
    """
    if [direction.name for direction in study.directions] != ["MAXIMIZE"]:
        raise StoreError(f"study {one_line(name)}: it does not maximise one value\n  -> {_REMEDY}")


def check_trials(name: str, trials: Sequence[FrozenTrial], space: Mapping[str, BaseDistribution]) -> None:
    """Check that each trial's settings are in the space and its values are finite.

    Raises:
        StoreError: a trial is damaged; names it.
    """
    for trial in trials:
        if reason := _damage(trial, space):
            raise StoreError(f"study {one_line(name)}, trial {trial.number}: {reason}\n  -> {_REMEDY}")


def _damage(trial: FrozenTrial, space: Mapping[str, BaseDistribution]) -> str:
    return (
        _damaged_notes(trial)
        or _damaged_settings(trial, space)
        or _damaged_proposals(trial.system_attrs, space)
        or _damaged_numbers(trial)
    )


def _damaged_notes(trial: FrozenTrial) -> str:
    if not isinstance(trial.user_attrs, Mapping) or not isinstance(trial.system_attrs, Mapping):
        return "its notes are damaged"
    # Constraints would change Optuna's sampling; our searches have none.
    return "it has constraints, which no search has" if "constraints" in trial.system_attrs else ""


def _damaged_settings(trial: FrozenTrial, space: Mapping[str, BaseDistribution]) -> str:
    for key, domain in trial.distributions.items():
        if space.get(key) != domain:
            return f"its setting {one_line(key, 100)} is of another search space"
        if not _is_within(trial.params[key], domain):
            return f"its setting {one_line(key, 100)} has a value outside the search space"
    return ""


def _damaged_proposals(notes: Mapping[str, Any], space: Mapping[str, BaseDistribution]) -> str:
    """What is wrong with the values that Optuna notes for a trial before they are drawn; empty if nothing is.

    They are `fixed_params`, the values of a first trial, and the joint draw of a running one, as JSON in pieces.
    """
    pieces = [notes[f"{_JOINT_DRAW}{number}"] for number in range(len(notes)) if f"{_JOINT_DRAW}{number}" in notes]
    try:
        joint = parse_json("".join(pieces)) if pieces else {}
    except (TypeError, ValueError):
        return "its proposed settings are damaged"
    for proposal in (notes.get(_FIXED, {}), joint):
        if not isinstance(proposal, Mapping):
            return "its proposed settings are damaged"
        for key, value in proposal.items():
            if key in space and not _is_within(value, space[key]):
                return f"its setting {one_line(key, 100)} has a proposed value outside the search space"
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


def _is_within(value: object, domain: BaseDistribution) -> bool:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(domain, CategoricalDistribution):
        return value in domain.choices
    assert isinstance(domain, FloatDistribution | IntDistribution)  # a space has no others
    return isinstance(value, int | float) and _is_finite(value) and domain.low <= value <= domain.high


def _is_finite(number: object) -> bool:
    if not isinstance(number, int | float) or isinstance(number, bool):
        return False
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer beyond the largest float
        return False


def _differences(stored: Mapping[str, str], space: Mapping[str, str]) -> str:
    keys = sorted(key for key in {*stored, *space} if stored.get(key) != space.get(key))
    return "; ".join(f"{key}: {stored.get(key, 'not searched')}, now {space.get(key, 'not searched')}" for key in keys)
