"""What a suite says of methods and of how they are run, and suites that start from what another one says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field

from mnerbench.benchmark.results.spec import Frozen
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.names import PossiblePath, ShortName
from mnerbench.datasets.visual.pictures import LostPictures

OF = "of"
PARTS = "parts"


class Protocol(StrEnum):
    """Where training settings come from."""

    EQUAL = "equal"
    PAPER = "paper"
    TUNED = "tuned"  # each method's best of a search on dev; `benchmark tune` writes such suites


class OwnVariant(Frozen):
    """A variant that a suite defines: a known method with other settings."""

    of: str
    settings: Mapping[str, Any] = Field(default_factory=dict)
    sources: Mapping[InputKind, PossiblePath] = Field(
        default_factory=dict, description="of its visual inputs, over the suite's"
    )


class Part(Frozen):
    """Methods, and how they are run."""

    methods: tuple[ShortName, ...] = ()
    encoder: PossiblePath = "bert-base-uncased"
    word_vectors: PossiblePath = Field(
        "random", description="of methods without a text encoder: random, or a file of vectors"
    )
    protocol: Protocol = Protocol.EQUAL
    inputs: Mapping[InputKind, PossiblePath] = Field(default_factory=dict, description="sources, over the usual ones")
    lost_pictures: LostPictures = LostPictures.MASK
    hidden_pictures: float = Field(
        0.0, ge=0, le=1, strict=True, description="share of training tweets that show no picture, seeded"
    )
    training: Mapping[str, Any] = Field(default_factory=dict, description="settings of TrainingSettings")
    pinned: Mapping[str, Any] = Field(
        default_factory=dict, description="training settings that hold under every protocol, over the papers' own"
    )
    settings: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict, description="by method name")
    variants: Mapping[ShortName, OwnVariant] = Field(default_factory=dict)


# What a suite takes over from the one it starts from: how methods are run, not which.
_HOW = [key for key in Part.model_fields if key != "methods"]


def started(raw: Mapping[str, Any], read: Callable[[str], Mapping[str, Any]]) -> dict[str, Any]:
    """The content of a suite file with what it starts from filled in, `of = "reproduce/ita"`; so for each of its parts.

    Given means given: what the file says wins, in tables key by key. Settings and variants of methods that it does not
    run stay behind.

    Args:
        raw: as it is in the file.
        read: gives the content of another suite, filled in already.

    Raises:
        ConfigError: the other suite has parts.
    """
    found = _with_base(raw, read)
    if isinstance(found.get(PARTS), list):
        found[PARTS] = [_with_base(part, read) if isinstance(part, dict) else part for part in found[PARTS]]
    return found


def _with_base(raw: Mapping[str, Any], read: Callable[[str], Mapping[str, Any]]) -> dict[str, Any]:
    own = {key: value for key, value in raw.items() if key != OF}
    if OF not in raw:
        return own
    if not isinstance(raw[OF], str):
        reason = f"of = {one_line(repr(raw[OF]), 80)}: not the name of a suite"
        raise ConfigError(f'{reason}\n  -> write of = "reproduce/ita", or the path of a suite file')
    base = read(raw[OF])
    if PARTS in base:
        raise ConfigError(f"of = {raw[OF]!r}: that suite is made of parts\n  -> name a suite that its parts start from")
    how = {key: base[key] for key in _HOW if key in base}
    # What is of a wrong type is refused with the rest, by its key.
    named = own.get("methods")
    names = named if isinstance(named, list) else []
    for key in {"settings", "variants"} & set(how):
        if isinstance(how[key], dict):
            how[key] = {name: said for name, said in how[key].items() if name in names}
    return _over(how, own)


def _over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """What is given over what it starts from, key by key at every depth."""
    found = dict(base)
    for key, value in own.items():
        known = found.get(key)
        found[key] = _over(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return found
