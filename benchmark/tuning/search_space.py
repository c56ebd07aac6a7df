"""Search space: the settings of the method's card, and learning rates around those of the suite."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mnerbench.benchmark.planning.overrides import TRAINING
from mnerbench.benchmark.planning.resolve import ResolvedMethod
from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.datasets.untrusted.display import quoted
from mnerbench.methods.base.choices import TextSource
from mnerbench.methods.base.search_space import OneOf, Range, Space

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

PREFIX = "training."
# Learning rates are searched between the suite's value divided by and multiplied by this factor.
_RATE_FACTORS = {"lr_encoder": 5.0, "lr_new": 10.0, "lr_crf": 10.0}
_RANGE = re.compile(r"(?P<low>[^.,]+(?:\.\d[^.,]*)?)\.\.(?P<high>[^:,]+)(?P<log>:log)?")


def space_in(suite: Suite, resolved: ResolvedMethod, spaces: Mapping[str, Space]) -> dict[str, Range | OneOf]:
    """The search space of a method in a suite, which may name what is searched in place of the card's settings.

    Args:
        suite: a suite without parts.
        resolved: the method as resolved from it.
        spaces: domains from the user, from `parse_search`.

    Raises:
        ConfigError: the suite's domains are malformed, or as for `space_of`.
    """
    texts = (f"{key}={domain}" for key, domain in suite.search.items())
    of_suite = _domains_of(resolved.name, parse_search(texts, f"suite {suite.name}: search"))
    return space_of(resolved, {**of_suite, **_domains_of(resolved.name, spaces)}, alone=bool(of_suite))


def _domains_of(method: str, spaces: Mapping[str, Space]) -> dict[str, Range | OneOf]:
    """The domains of a method and of training settings, by the names of settings in search spaces."""
    training = {f"{PREFIX}{key}": domain for key, domain in spaces.get(TRAINING, {}).items()}
    return {**training, **spaces.get(method, {})}


def space_of(
    resolved: ResolvedMethod, overrides: Mapping[str, Range | OneOf], *, alone: bool = False
) -> dict[str, Range | OneOf]:
    """The search space of one method, by setting name; training settings as `training.lr_new`.

    Settings that the variant fixes or that have no effect in it are not searched, nor is training for methods without.

    Args:
        resolved: the method as resolved from the suite.
        overrides: domains of the suite and from the user, over those of the method's card.
        alone: whether nothing else is searched, neither the card's settings nor learning rates.

    Raises:
        ConfigError: the method has nothing to search, or an override names a setting that is unknown or has no effect.
    """
    if resolved.training is None:
        overrides = {key: domain for key, domain in overrides.items() if not key.startswith(PREFIX)}
    _check_overrides(resolved, overrides)
    space = dict(overrides) if alone else {**_default_space(resolved), **overrides}
    if not space:
        raise ConfigError(f"{resolved.name} has nothing to search\n  -> leave it out, or name a setting by --search")
    return space


def is_searchable(resolved: ResolvedMethod, spaces: Mapping[str, Space]) -> bool:
    """Whether a method is trained, or has settings that its card or the user searches.

    Args:
        resolved: the method as resolved from the suite.
        spaces: domains from the user, from `parse_search`.
    """
    return resolved.training is not None or bool(resolved.entry.family.search) or resolved.name in spaces


def _default_space(resolved: ResolvedMethod) -> dict[str, Range | OneOf]:
    """The settings of the method's card that have an effect, and learning rates around the suite's."""
    config, fixed = resolved.config, resolved.entry.variant.settings
    method_settings = {
        key: domain
        for key, domain in resolved.entry.family.search.items()
        if key not in {*fixed, *config.inactive_settings}
    }
    if resolved.training is None:
        return method_settings
    rates = resolved.training
    training = {f"{PREFIX}{key}": _around(getattr(rates, key), by) for key, by in _RATE_FACTORS.items()}
    if "crf" in config.inactive_settings:  # a softmax has no transitions
        del training[f"{PREFIX}lr_crf"]
    if config.text_source is not TextSource.ENCODER:
        del training[f"{PREFIX}lr_encoder"]
    return {**training, **method_settings}


def _check_overrides(resolved: ResolvedMethod, overrides: Iterable[str]) -> None:
    """Check that the method has the settings, and that they have an effect.

    Raises:
        ConfigError: one has not.
    """
    config = resolved.config
    valid = {*type(config).model_fields, *(f"{PREFIX}{key}" for key in TrainingSettings.model_fields)}
    for key in overrides:
        if key not in valid:
            reason = f"--search {key}: {resolved.name} has no such setting{suggestion(key, valid)}"
            raise ConfigError(f"{reason}\n  -> benchmark show {resolved.name}   lists its settings")
        if key in config.inactive_settings:
            raise ConfigError(f"--search {key}: it changes nothing in {resolved.name}\n  -> leave it out")


def _around(value: float, factor: float) -> Range:
    return Range(value / factor, value * factor, log=True)


def parse_search(texts: Iterable[str], where: str = "--search") -> dict[str, dict[str, Range | OneOf]]:
    """Parse `maf.temperature=0.02..0.5:log` and `training.batch_size=8,16`.

    Args:
        texts: setting and domain.
        where: where they stand, for errors.

    Returns:
        Domains by method (or `training`) and setting.

    Raises:
        ConfigError: a text has another form or repeats a setting.
    """
    domains: dict[str, dict[str, Range | OneOf]] = {}
    for text in texts:
        name, equals, domain = text.partition("=")
        method, dot, key = name.rpartition(".")
        if not (equals and dot and domain):
            raise ConfigError(
                f"{where} {quoted(text)}: not METHOD.SETTING=WHERE\n"
                "  -> maf.temperature=0.02..0.5:log, training.batch_size=8,16,32"
            )
        if key in domains.setdefault(method, {}):
            raise ConfigError(f"{where} {quoted(text)}: {quoted(name)} was given before\n  -> give it once")
        domains[method][key] = _parse_domain(f"{where} {quoted(text)}", domain)
    return domains


def _parse_domain(location: str, domain: str) -> Range | OneOf:
    if match := _RANGE.fullmatch(domain):
        low, high = _number(location, match["low"]), _number(location, match["high"])
        if low >= high or (match["log"] and low <= 0):
            raise ConfigError(f"{location}: an empty range\n  -> LOW..HIGH, with LOW above 0 for :log")
        return Range(low, high, log=bool(match["log"]))
    return OneOf(tuple(_value(word) for word in domain.split(",")))


def _number(location: str, word: str) -> float:
    value = _value(word)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ConfigError(f"{location}: {quoted(word)} is not a number\n  -> LOW..HIGH, or A,B,C")
    return value


def _value(word: str) -> Any:
    """A word of the command line, with the type that TOML would give it."""
    if word in {"true", "false"}:
        return word == "true"
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """The distributions of a space as Optuna's."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    converted: dict[str, BaseDistribution] = {}
    for key, domain in space.items():
        if isinstance(domain, OneOf):
            converted[key] = CategoricalDistribution(list(domain.values))
        elif isinstance(domain.low, int) and isinstance(domain.high, int):
            converted[key] = IntDistribution(domain.low, domain.high, log=domain.log)
        else:
            converted[key] = FloatDistribution(domain.low, domain.high, log=domain.log)
    return converted


def suggest(trial: Any, space: Space) -> dict[str, Any]:
    """Draw a trial's values.

    Args:
        trial: of Optuna.
        space: the search space.
    """
    values: dict[str, Any] = {}
    for key, domain in space.items():
        if isinstance(domain, OneOf):
            values[key] = trial.suggest_categorical(key, list(domain.values))
        elif isinstance(domain.low, int) and isinstance(domain.high, int):
            values[key] = trial.suggest_int(key, domain.low, domain.high, log=domain.log)
        else:
            values[key] = trial.suggest_float(key, domain.low, domain.high, log=domain.log)
    return values


def defaults(resolved: ResolvedMethod, space: Space) -> dict[str, Any]:
    """The suite's values of the searched settings, without those outside the space; used for the first trial."""
    config, training = resolved.config.model_dump(mode="json"), (resolved.training or TrainingSettings()).model_dump()
    values = {key: training[key.removeprefix(PREFIX)] if key.startswith(PREFIX) else config[key] for key in space}
    return {key: value for key, value in values.items() if _is_within(value, space[key])}


def _is_within(value: Any, domain: Range | OneOf) -> bool:
    if isinstance(domain, OneOf):
        return value in domain.values
    return isinstance(value, int | float) and domain.low <= value <= domain.high
