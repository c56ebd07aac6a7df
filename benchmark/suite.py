"""Suite files: what a user runs by one name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from mnerbench.benchmark.spec import Frozen
from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.datasets.visual.inputs import InputKind
from mnerbench.datasets.visual.pictures import LostPictures

SUITES = Path(__file__).parent / "suites"


class Protocol(StrEnum):
    """Where training settings come from."""

    EQUAL = "equal"
    PAPER = "paper"


class OwnVariant(Frozen):
    """A variant that a suite defines: a known method with other settings."""

    of: str
    settings: Mapping[str, Any] = Field(default_factory=dict)
    sources: Mapping[InputKind, str] = Field(default_factory=dict, description="of its visual inputs, over the suite's")


class Suite(Frozen):
    """Methods x datasets x seeds, and the protocol they share."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9+._-]*(/[a-z0-9][a-z0-9+._-]*)*$", description="also a file name")
    title: str
    datasets: tuple[str, ...] = Field(min_length=1)
    methods: tuple[str, ...] = Field(min_length=1)
    later: tuple[str, ...] = Field(
        (), description="methods that run as soon as there is one of this name; until then they are listed as not run"
    )
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    baseline: str | None = None
    encoder: str = "bert-base-uncased"
    protocol: Protocol = Protocol.EQUAL
    inputs: Mapping[InputKind, str] = Field(default_factory=dict, description="sources, over the usual ones")
    lost_pictures: LostPictures = LostPictures.MASK
    hidden_pictures: float = Field(0.0, ge=0, le=1, description="share of training tweets that show no picture, seeded")
    train_tweets: tuple[int | Literal["all"], ...] = Field(
        ("all",), min_length=1, description="sizes of the training set, each a grid of its own; nested by seed"
    )
    transfer: bool = Field(False, description="score every run on the test splits of the suite's other datasets too")
    training: Mapping[str, Any] = Field(default_factory=dict, description="settings of TrainingSettings")
    pinned: Mapping[str, Any] = Field(
        default_factory=dict, description="training settings that hold under every protocol, over the papers' own"
    )
    settings: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict, description="by method name")
    variants: Mapping[str, OwnVariant] = Field(default_factory=dict)

    @field_validator("seeds", mode="before")
    @classmethod
    def _count_to_list(cls, value: Any) -> Any:
        return tuple(range(value)) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("train_tweets")
    @classmethod
    def _sizes_of_something(cls, value: tuple[int | str, ...]) -> tuple[int | str, ...]:
        if len(set(value)) != len(value) or any(isinstance(size, int) and size < 1 for size in value):
            raise ValueError('give numbers of tweets from 1 on, or "all", none twice')
        return value

    @field_validator("seeds")
    @classmethod
    def _no_seed_twice(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value or len(set(value)) != len(value) or min(value) < 0:
            raise ValueError("give at least one seed, none negative, none twice")
        return value


def suite_names() -> list[str]:
    """The suites that come with the package."""
    return sorted(str(path.relative_to(SUITES).with_suffix("")) for path in SUITES.rglob("*.toml"))


def load_suite(name: str) -> Suite:
    """A shipped suite by name, or a suite file by path (`./mine.toml`).

    Raises:
        ConfigError: no such suite, not TOML, an unknown key (answers with the nearest), or a value that is not valid.
    """
    own = Path(name)
    path = own if name.endswith(".toml") else SUITES / f"{name}.toml"
    if not path.is_file():
        remedy = "  -> `benchmark list suites`, or give the path of a suite file (*.toml)"
        raise ConfigError(f"no suite {name!r}{suggestion(name, suite_names())}\n{remedy}")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a TOML file: {error}\n  -> mend the line it names") from error
    return parse_suite({"name": path.stem if path is own else name, **raw}, path)


def parse_suite(raw: Mapping[str, Any], path: Path) -> Suite:
    """Validate the content of a suite file; errors name the file and the key."""
    for key in raw:
        if key not in Suite.model_fields:
            raise ConfigError(
                f"{path}: unknown key {key!r}{suggestion(key, Suite.model_fields)}\n  -> rename or remove it"
            )
    try:
        return Suite.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            known = suggestion(str(first["loc"][-1]), OwnVariant.model_fields)
            raise ConfigError(f"{path}: unknown key {place!r}{known}\n  -> rename or remove it") from error
        raise ConfigError(
            f"{path}: {place}: {first['msg']}, got {first.get('input')!r}\n  -> see docs/suites.md"
        ) from error


def override(suite: Suite, changes: Mapping[str, Any]) -> Suite:
    """The suite with what the command line gave; given means given, so an empty value counts too."""
    return parse_suite({**suite.model_dump(mode="json"), **changes}, Path("command line"))
