"""Where a search looks: the method's own settings, and learning rates around those of the suite."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mnerbench.benchmark.planning.resolve import ResolvedMethod
from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.methods.base.choices import TextSource
from mnerbench.methods.base.search_space import OneOf, Range, Space

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

PREFIX = "training."
# How far from the suite's value a learning rate is searched, as a factor.
_AROUND = {"lr_encoder": 5.0, "lr_new": 10.0, "lr_crf": 10.0}
_RANGE = re.compile(r"(?P<low>[^.,]+(?:\.\d[^.,]*)?)\.\.(?P<high>[^:,]+)(?P<log>:log)?")


def space_of(chosen: ResolvedMethod, wishes: Mapping[str, Range | OneOf]) -> dict[str, Range | OneOf]:
    """The space of one method, by setting name; training settings as `training.lr_new`.

    What its variant fixes, and what changes nothing in it, is not searched.

    Args:
        chosen: the method as the suite has it.
        wishes: the user's own, over what the method's card says.

    Raises:
        ConfigError: the method or its training has no such setting, or it would change nothing.
    """
    if chosen.training is None:
        raise ConfigError(f"{chosen.name} counts and is not trained: there is nothing to search\n  -> leave it out")
    config, fixed = chosen.config, chosen.entry.variant.settings
    own = {
        key: where
        for key, where in chosen.entry.family.search.items()
        if key not in {*fixed, *config.inactive_settings}
    }
    training = {f"{PREFIX}{key}": _around(getattr(chosen.training, key), far) for key, far in _AROUND.items()}
    if "crf" in config.inactive_settings:  # a softmax has no transitions
        del training[f"{PREFIX}lr_crf"]
    if config.text_source is not TextSource.ENCODER:
        del training[f"{PREFIX}lr_encoder"]
    known = {*type(config).model_fields, *(f"{PREFIX}{key}" for key in TrainingSettings.model_fields)}
    for key in wishes:
        if key not in known:
            reason = f"--search {key}: {chosen.name} has no such setting{suggestion(key, known)}"
            raise ConfigError(f"{reason}\n  -> benchmark show {chosen.name}   lists its settings")
        if key in config.inactive_settings:
            raise ConfigError(f"--search {key}: it changes nothing in {chosen.name}\n  -> leave it out")
    return {**training, **own, **wishes}


def _around(value: float, factor: float) -> Range:
    return Range(value / factor, value * factor, log=True)


def parse_search(texts: Iterable[str]) -> dict[str, dict[str, Range | OneOf]]:
    """`maf.temperature=0.02..0.5:log` and `training.batch_size=8,16`, by method (or `training`) and setting.

    Raises:
        ConfigError: not such a text.
    """
    found: dict[str, dict[str, Range | OneOf]] = {}
    for text in texts:
        name, equals, where = text.partition("=")
        method, dot, key = name.rpartition(".")
        if not (equals and dot and where):
            raise ConfigError(
                f"--search {text!r}: not METHOD.SETTING=WHERE\n"
                "  -> maf.temperature=0.02..0.5:log, training.batch_size=8,16,32"
            )
        found.setdefault(method, {})[key] = _where(text, where)
    return found


def _where(text: str, where: str) -> Range | OneOf:
    if match := _RANGE.fullmatch(where):
        low, high = _number(text, match["low"]), _number(text, match["high"])
        if low >= high or (match["log"] and low <= 0):
            raise ConfigError(f"--search {text!r}: an empty range\n  -> LOW..HIGH, with LOW above 0 for :log")
        return Range(low, high, log=bool(match["log"]))
    return OneOf(tuple(_value(word) for word in where.split(",")))


def _number(text: str, word: str) -> float:
    value = _value(word)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ConfigError(f"--search {text!r}: {word!r} is not a number\n  -> LOW..HIGH, or A,B,C")
    return value


def _value(word: str) -> Any:
    """A word of the command line as TOML would read it."""
    if word in {"true", "false"}:
        return word == "true"
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """A space as Optuna writes it."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    found: dict[str, BaseDistribution] = {}
    for key, where in space.items():
        if isinstance(where, OneOf):
            found[key] = CategoricalDistribution(list(where.values))
        elif isinstance(where.low, int) and isinstance(where.high, int):
            found[key] = IntDistribution(where.low, where.high, log=where.log)
        else:
            found[key] = FloatDistribution(where.low, where.high, log=where.log)
    return found


def suggest(trial: Any, space: Space) -> dict[str, Any]:
    """A trial's values.

    Args:
        trial: of Optuna.
        space: where to look.
    """
    found: dict[str, Any] = {}
    for key, where in space.items():
        if isinstance(where, OneOf):
            found[key] = trial.suggest_categorical(key, list(where.values))
        elif isinstance(where.low, int) and isinstance(where.high, int):
            found[key] = trial.suggest_int(key, where.low, where.high, log=where.log)
        else:
            found[key] = trial.suggest_float(key, where.low, where.high, log=where.log)
    return found


def defaults(chosen: ResolvedMethod, space: Space) -> dict[str, Any]:
    """The suite's own values at the places that are searched, as far as they lie in the space; the first trial."""
    config, training = chosen.config.model_dump(mode="json"), (chosen.training or TrainingSettings()).model_dump()
    values = {key: training[key.removeprefix(PREFIX)] if key.startswith(PREFIX) else config[key] for key in space}
    return {key: value for key, value in values.items() if _within(value, space[key])}


def _within(value: Any, where: Range | OneOf) -> bool:
    if isinstance(where, OneOf):
        return value in where.values
    return isinstance(value, int | float) and where.low <= value <= where.high
