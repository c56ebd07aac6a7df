"""Resolves the methods of a suite to their settings, training and input sources."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from mnerbench.benchmark.planning.setting_names import training_keys, training_suggestion
from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.planning.suite_part import Part, Protocol
from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.untrusted.display import quoted
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.encoders.source import RANDOM
from mnerbench.methods.registry import Entry, Registry


@dataclass(frozen=True)
class ResolvedMethod:
    """A method of a suite with its final settings, training and input sources."""

    name: str
    entry: Entry
    config: MethodConfig
    training: TrainingSettings | None
    sources: Mapping[InputKind, str]


def resolve(name: str, suite: Suite, registry: Registry) -> ResolvedMethod:
    """Resolve a method by its name in a suite.

    Raises:
        ConfigError: There is no such method or setting.
    """
    variant = suite.variants.get(name)
    entry = registry[variant.of if variant is not None else name]
    explicit = {**(variant.settings if variant is not None else {}), **suite.settings.get(name, {})}
    _check_settings_of_method(name, explicit, entry)
    settings = {**_effective(suite.shared_settings, explicit, entry), **explicit}
    config = entry.configure(settings)
    check_width_is_free(name, config, suite, settings)
    sources = {**suite.inputs, **entry.variant.sources, **(variant.sources if variant is not None else {})}
    return ResolvedMethod(
        name, entry, config, training_settings(suite, entry) if entry.family.is_trained else None, sources
    )


def _effective(shared: Mapping[str, Any], settings: Mapping[str, Any], entry: Entry) -> dict[str, Any]:
    """The settings shared by all methods that this one has, and that have an effect on it."""
    if not shared:
        return {}
    inactive = entry.configure(settings).inactive_settings
    fields = entry.family.config.model_fields.keys() - inactive
    return {key: value for key, value in shared.items() if key in fields}


def _check_settings_of_method(name: str, settings: Mapping[str, Any], entry: Entry) -> None:
    """Raise if the settings of a method contain a training setting.

    Raises:
        ConfigError: There is one; the message names the correct flag.
    """
    for key, value in settings.items():
        if key not in (*entry.family.config.model_fields, "profile") and (candidates := training_keys(key)):
            flags = "\n".join(f"  -> --set training.{candidate}={value}" for candidate in candidates)
            raise ConfigError(f"method {quoted(name)} has no setting {quoted(key)}: it is a training setting\n{flags}")


def check_width_is_free(name: str, config: MethodConfig, suite: Suite, named: Container[str]) -> None:
    """Raise if a setting that a file of word vectors determines is set although there is such a file.

    Args:
        name: of the method.
        config: its settings.
        suite: names the source of word vectors.
        named: settings that are set explicitly or searched.

    Raises:
        ConfigError: The file determines the width.
    """
    if suite.word_vectors == RANDOM:
        return
    for key in sorted(key for key in config.set_by_word_vectors if key in named):
        raise ConfigError(f"{name}: {suite.word_vectors} determines the width of vectors\n  -> remove {key}")


def training_settings(suite: Suite, entry: Entry) -> TrainingSettings:
    """Training settings of one method under the suite's protocol.

    `equal`: the suite's settings for all methods. `tuned`: those of the method's part of the suite. `paper`: the
    suite's, overridden by those of the method's paper. Pinned settings (`--set training.epochs=5`) override all others.

    Raises:
        ConfigError: A value is invalid.
    """
    paper = entry.family.paper_training if suite.protocol is Protocol.PAPER else {}
    settings = {**suite.training, **paper, **suite.pinned}
    try:
        return TrainingSettings.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        value = quoted(first["input"])
        location = f"training.{first['loc'][0]} = {value}" if first["loc"] else f"training of {entry.name!r}"
        reason = first["msg"].removeprefix("Value error, ")
        remedy = "give another value; docs/suites.md describes the settings"
        raise ConfigError(f"{location}: {reason}\n  -> {remedy}") from error


def check_training(suite: Suite) -> None:
    """Raise if a training setting does not exist.

    Raises:
        ConfigError: A setting is unknown; the message suggests the nearest.
    """
    for key, value in {**suite.training, **suite.pinned}.items():
        if key not in TrainingSettings.model_fields:
            reason = f"suite {suite.name!r}: no training setting {quoted(key)}"
            suggested = training_suggestion(key, value)
            remedy = "" if "\n  -> " in suggested else "\n  -> rename or remove it"
            raise ConfigError(f"{reason}{suggested}{remedy}")


def check_names(suite: Suite, registry: Registry) -> None:
    """Raise if the baseline is unknown, or if a part has settings for a method that it does not run.

    Raises:
        ConfigError: A name is unknown; the message suggests the nearest.
    """
    variants = [name for part in suite.resolved_parts for name in part.variants]
    valid = {*variants, *(entry.name for entry in registry)}
    if suite.baseline is not None and suite.baseline not in valid:
        reason = f"baseline {quoted(suite.baseline)}: no such method{suggestion(suite.baseline, valid)}"
        raise ConfigError(f"{reason}\n  -> `benchmark list methods`")
    for part in suite.resolved_parts:
        _check_shared_settings(part, registry)
        for name in part.settings:
            if name not in part.methods:
                reason = f"settings for {quoted(name)}, which the suite does not run"
                remedy = "add it to `methods` (--methods), or remove its settings"
                raise ConfigError(f"{reason}{suggestion(name[:100], part.methods)}\n  -> {remedy}")


def _check_shared_settings(part: Part, registry: Registry) -> None:
    """Raise if no method of a part has a shared setting.

    Raises:
        ConfigError: see above; the message suggests the nearest.
    """
    names = [part.variants[name].of if name in part.variants else name for name in part.methods]
    fields = {key for name in names for key in registry[name].family.config.model_fields}
    for key in part.shared_settings:
        if key not in fields:
            reason = f"shared_settings: no method of the suite has a setting {quoted(key)}"
            raise ConfigError(f"{reason}{suggestion(key, fields)}\n  -> rename or remove it")
