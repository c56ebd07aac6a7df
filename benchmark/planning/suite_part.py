"""Parts of suites: methods and how to run them, and inheritance from a base suite by `of`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field

from mnerbench.benchmark.results.spec import Frozen
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.untrusted.display import quoted
from mnerbench.datasets.untrusted.names import PossiblePath, ShortName
from mnerbench.datasets.visual.lost_pictures import LostPictures

OF = "of"
PARTS = "parts"
PRECISION, AUTO = "precision", "auto"  # the training setting, and its value for what is faster on this machine


class Protocol(StrEnum):
    """The source of training settings."""

    EQUAL = "equal"
    PAPER = "paper"
    TUNED = "tuned"  # the best settings of a search on dev, per method; `benchmark tune` writes such suites


class SuiteVariant(Frozen):
    """A variant defined in a suite: an existing method with other settings."""

    of: str
    settings: Mapping[str, Any] = Field(default_factory=dict)
    sources: Mapping[InputKind, PossiblePath] = Field(
        default_factory=dict, description="sources of its visual inputs; override the suite's"
    )


class Part(Frozen):
    """Methods and the settings under which they run."""

    methods: tuple[ShortName, ...] = Field((), description="see `benchmark list methods`")
    datasets: tuple[str, ...] = Field((), description="of this part, in place of the suite's")
    encoder: PossiblePath = Field(
        "bert-base-uncased", description="text encoder: scratch, a folder, a name, or NAME=DIR; see `list encoders`"
    )
    word_vectors: PossiblePath = Field(
        "random", description="random, or a file of vectors; methods that read them beside a text encoder need a file"
    )
    protocol: Protocol = Field(Protocol.EQUAL, description="whose training settings: the suite's or each method's")
    inputs: Mapping[InputKind, PossiblePath] = Field(default_factory=dict, description="sources; override the defaults")
    lost_pictures: LostPictures = Field(LostPictures.MASK, description="what stands for lost pictures")
    hidden_pictures: float = Field(
        0.0, ge=0, le=1, strict=True, description="share of training tweets whose picture is hidden, drawn by seed"
    )
    training: Mapping[str, Any] = Field(default_factory=dict, description="of all methods under protocol equal")
    pinned: Mapping[str, Any] = Field(
        default_factory=dict, description="training settings under every protocol; override those of the papers"
    )
    shared_settings: Mapping[str, Any] = Field(
        default_factory=dict, description="settings of every method that has them; `settings` override"
    )
    settings: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict, description="by method name")
    variants: Mapping[ShortName, SuiteVariant] = Field(
        default_factory=dict, description="new variants: `of` a method, with `settings` and `sources`"
    )
    search: Mapping[str, str] = Field(
        default_factory=dict, description="what `tune` searches in place of the cards' spaces, written as for --search"
    )


# Keys inherited from a base suite: how methods are run, not which, and not on what.
_INHERITED = [key for key in Part.model_fields if key not in ("methods", "datasets")]


def with_base(raw: Mapping[str, Any], read: Callable[[str], Mapping[str, Any]]) -> dict[str, Any]:
    """The content of a suite file merged with its base suite (`of = "reproduce/ita"`), and likewise for each part.

    Values in the file override those of the base, in tables key by key. Settings and variants of methods that the
    file does not run are not inherited.

    Args:
        raw: content of the file.
        read: returns the content of another suite, merged with its own base.

    Raises:
        ConfigError: The base suite has parts.
    """
    content = _inherit(raw, read)
    if isinstance(content.get(PARTS), list):
        content[PARTS] = [_inherit(part, read) if isinstance(part, dict) else part for part in content[PARTS]]
    return content


def _inherit(raw: Mapping[str, Any], read: Callable[[str], Mapping[str, Any]]) -> dict[str, Any]:
    content = {key: value for key, value in raw.items() if key != OF}
    if OF not in raw:
        return content
    if not isinstance(raw[OF], str):
        reason = f"of = {quoted(raw[OF])}: not a suite name"
        raise ConfigError(f'{reason}\n  -> write of = "reproduce/ita", or the path of a suite file')
    base = read(raw[OF])
    if PARTS in base:
        raise ConfigError(f"of = {quoted(raw[OF])}: that suite has parts\n  -> name the base suite of one of its parts")
    inherited = {key: base[key] for key in _INHERITED if key in base}
    # Values of a wrong type are reported later, when the whole suite is validated.
    methods = content.get("methods")
    names = methods if isinstance(methods, list) else []
    for key in {"settings", "variants"} & set(inherited):
        if isinstance(inherited[key], dict):
            inherited[key] = {name: value for name, value in inherited[key].items() if name in names}
    return _merge(inherited, content)


def _merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` overridden by `changes`, recursively."""
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
