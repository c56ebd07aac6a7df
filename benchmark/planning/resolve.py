"""The methods of a suite, each with its settings, training and sources: what a grid is made of."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from mnerbench.benchmark.planning.setting_names import training_keys, training_suggestion
from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.planning.suite_part import Protocol
from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.encoders.source import RANDOM
from mnerbench.methods.registry import Entry, Registry


@dataclass(frozen=True)
class ResolvedMethod:
    """A method of the suite, resolved."""

    name: str
    entry: Entry
    config: MethodConfig
    training: TrainingSettings | None
    sources: Mapping[InputKind, str]


def resolve(name: str, suite: Suite, registry: Registry) -> ResolvedMethod:
    """A method of a suite by the name it has there.

    Raises:
        ConfigError: there is no such method or setting.
    """
    own = suite.variants.get(name)
    entry = registry[own.of if own is not None else name]
    settings = {**(own.settings if own is not None else {}), **suite.settings.get(name, {})}
    _check_settings_of_method(name, settings, entry)
    config = entry.configure(settings)
    check_width_is_free(name, config, suite, settings)
    sources = {**suite.inputs, **entry.variant.sources, **(own.sources if own is not None else {})}
    return ResolvedMethod(
        name, entry, config, None if entry.family.is_count_based else training_settings(suite, entry), sources
    )


def _check_settings_of_method(name: str, settings: Mapping[str, Any], entry: Entry) -> None:
    """Raise if a setting of training stands among those of a method.

    Raises:
        ConfigError: names the flag that was meant.
    """
    for key, value in settings.items():
        if key not in (*entry.family.config.model_fields, "profile") and (meant := training_keys(key)):
            flags = "\n".join(f"  -> --set training.{right}={value}" for right in meant)
            raise ConfigError(f"method {name!r} has no setting {key!r}: that is a setting of training\n{flags}")


def check_width_is_free(name: str, config: MethodConfig, suite: Suite, named: Container[str]) -> None:
    """Refuse a width of word vectors beside a file of them.

    Args:
        name: of the method.
        config: its settings.
        suite: says where vectors come from.
        named: settings that somebody sets or searches.

    Raises:
        ConfigError: the file says how wide they are.
    """
    if suite.word_vectors == RANDOM:
        return
    for key in sorted(key for key in config.set_by_word_vectors if key in named):
        raise ConfigError(f"{name}: {suite.word_vectors} says how wide vectors are\n  -> leave {key} out")


def training_settings(suite: Suite, entry: Entry) -> TrainingSettings:
    """Settings of one method under the suite's protocol.

    `equal`: the suite's for everyone. `tuned`: those of the method's part of the suite. `paper`: the suite's, and over
    them what the method's paper says. What is pinned (`--set training.epochs=5`) wins in all.

    Raises:
        ConfigError: a value that is not valid.
    """
    paper = entry.family.paper_training if suite.protocol is Protocol.PAPER else {}
    wanted = {**suite.training, **paper, **suite.pinned}
    try:
        return TrainingSettings.model_validate(wanted)
    except ValidationError as error:
        first = error.errors()[0]
        value = one_line(repr(first["input"]), 80)
        place = f"training.{first['loc'][0]} = {value}" if first["loc"] else f"training of {entry.name!r}"
        reason = first["msg"].removeprefix("Value error, ")
        remedy = "give another value; docs/suites.md says what each is for"
        raise ConfigError(f"{place}: {reason}\n  -> {remedy}") from error


def check_training(suite: Suite) -> None:
    """Refuse a training setting that does not exist.

    Raises:
        ConfigError: names it; answers with the nearest.
    """
    for key, value in {**suite.training, **suite.pinned}.items():
        if key not in TrainingSettings.model_fields:
            reason = f"suite {suite.name!r}: no training setting {one_line(repr(key), 80)}"
            meant = training_suggestion(key, value)
            remedy = "" if "\n  -> " in meant else "\n  -> rename it or leave it out"
            raise ConfigError(f"{reason}{meant}{remedy}")


def check_names(suite: Suite, registry: Registry) -> None:
    """Refuse a baseline that nothing is, and settings of a method that is not run where they stand.

    Raises:
        ConfigError: names it; answers with the nearest.
    """
    own = [name for one in suite.grids for name in one.variants]
    everything = {*own, *(entry.name for entry in registry)}
    if suite.baseline is not None and suite.baseline not in everything:
        reason = f"baseline {suite.baseline!r}: no such method{suggestion(suite.baseline, everything)}"
        raise ConfigError(f"{reason}\n  -> `benchmark list methods`")
    for one in suite.grids:
        for name in one.settings:
            if name not in one.methods:
                reason = f"settings for {one_line(repr(name), 80)}, which the suite does not run"
                remedy = "name it in `methods` (--methods) too, or leave its settings out"
                raise ConfigError(f"{reason}{suggestion(name[:100], one.methods)}\n  -> {remedy}")
