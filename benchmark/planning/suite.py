"""Suite files: what a user runs by one name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from mnerbench.benchmark.planning.suite_part import PARTS, OwnVariant, Part, started
from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.names import require_possible
from mnerbench.datasets.untrusted.toml_text import read_toml

SUITES = Path(__file__).parents[1] / "suites"
MOST_SEEDS = 1000
MOST_SIZES = 100
LARGEST_SEED = 2**32 - 1  # that every generator of random numbers takes
Whole = Annotated[int, Field(strict=True)]  # neither 1.0 nor true


class Suite(Part):
    """Methods x datasets x seeds, and the protocol they share; or parts, each with its own methods and protocol.

    A suite of parts says nothing itself of what its parts say (`Part`); `grids` has one suite for each of them.
    """

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9+._-]{0,99}(/[a-z0-9][a-z0-9+._-]{0,99}){0,5}$", description="also a file name"
    )
    title: str
    datasets: tuple[str, ...] = Field((), min_length=1, description="none where the command line has to name them")
    seeds: tuple[Whole, ...] = (0, 1, 2, 3, 4)
    baseline: str | None = None
    train_tweets: tuple[Whole | Literal["all"], ...] = Field(
        ("all",),
        min_length=1,
        max_length=MOST_SIZES,
        description="sizes of the training set, each a grid of its own; nested by seed",
    )
    transfer: bool = Field(False, description="score every run on the test splits of the suite's other datasets too")
    parts: tuple[Part, ...] = Field((), description="methods with an encoder, protocol and settings of their own")

    @property
    def grids(self) -> tuple[Suite, ...]:
        """One suite without parts for each part; itself where there are none."""
        alone = self.model_copy(update={PARTS: ()})
        keys = list(Part.model_fields)
        return tuple(alone.model_copy(update={key: getattr(part, key) for key in keys}) for part in self.parts) or (
            self,
        )

    @property
    def all_names(self) -> tuple[str, ...]:
        """All methods that are named, in any part."""
        return tuple(dict.fromkeys(name for one in self.grids for name in one.methods))

    @field_validator("seeds", mode="before")
    @classmethod
    def _count_to_list(cls, value: Any) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            return value
        if value > MOST_SEEDS:
            raise ValueError(f"give at most {MOST_SEEDS:,} seeds")
        return tuple(range(value))

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
        if len(value) > MOST_SEEDS or max(value) > LARGEST_SEED:
            raise ValueError(f"give at most {MOST_SEEDS:,} seeds, none above {LARGEST_SEED:,}")
        return value


def suite_names() -> list[str]:
    """The suites that come with the package."""
    return sorted(str(path.relative_to(SUITES).with_suffix("")) for path in SUITES.rglob("*.toml"))


def load_suite(name: str) -> Suite:
    """A shipped suite by name, or a suite file by path (`./mine.toml`).

    Raises:
        ConfigError: no such suite, not TOML, an unknown key (answers with the nearest), or a value that is not valid.
    """
    path = _path(name)
    return parse_suite({"name": path.stem if name.endswith(".toml") else name, **_read(name, ())}, path)


def _path(name: str) -> Path:
    require_possible(name, "the suite")
    path = Path(name) if name.endswith(".toml") else SUITES / f"{name}.toml"
    if name.endswith(".toml") and not path.is_file():
        raise ConfigError(f"no such file: {path}\n  -> check the path and its spelling")
    if not path.is_file():
        remedy = "  -> `benchmark list suites`, or give the path of a suite file (*.toml)"
        raise ConfigError(f"no suite {name!r}{suggestion(name, suite_names())}\n{remedy}")
    return path


def _read(name: str, on_the_way: tuple[str, ...]) -> dict[str, Any]:
    """The content of a suite, with what it starts from filled in; `on_the_way` are those that start from this one."""
    path = _path(name)
    if name in on_the_way:
        raise ConfigError(f"{path}: starts from itself, by {' of '.join((*on_the_way, name))}\n  -> end the circle")
    return started(read_toml(path), lambda other: _read(other, (*on_the_way, name)))


def parse_suite(raw: Mapping[str, Any], path: Path) -> Suite:
    """Validate the content of a suite file; errors name the file and the key."""
    for key in raw:
        if key not in Suite.model_fields:
            raise ConfigError(
                f"{path}: unknown key {key!r}{suggestion(key, Suite.model_fields)}\n  -> rename or remove it"
            )
    if PARTS in raw and (both := sorted(set(raw) & set(Part.model_fields))):
        raise ConfigError(f"{path}: {', '.join(both)} beside [[{PARTS}]]\n  -> move it into each part that needs it")
    try:
        suite = Suite.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(f"{path}: {_complaint(error)}") from error
    if not all(one.methods for one in suite.grids):
        raise ConfigError(f"{path}: methods: none is named\n  -> name one at least, in every part")
    return suite


def _complaint(error: ValidationError) -> str:
    """What is wrong first, with its key and a remedy."""
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        known = suggestion(str(first["loc"][-1]), {**OwnVariant.model_fields, **Part.model_fields})
        return f"unknown key {place!r}{known}\n  -> rename or remove it"
    value = one_line(repr(first.get("input")), 200)
    if first["type"] == "string_pattern_mismatch" and place == "name":
        form = "up to 100 of a-z 0-9 + . _ -, the first a letter or digit, with / between parts"
        return f'name: {value} cannot name a suite\n  -> write name = "..." into the file: {form}'
    reason = first["msg"].removeprefix("Value error, ")
    return (
        f"{place}: {reason}, got {value}\n  -> mend it; `benchmark plan --suite demo --format json` shows one in full"
    )


def override(suite: Suite, changes: Mapping[str, Any]) -> Suite:
    """Apply changes of the command line and validate the result; a value counts as given even if it is empty."""
    return parse_suite({**values_set(suite), **changes}, Path("command line"))


def values_set(part: Part) -> dict[str, Any]:
    """The fields that a file or an override has set, as validated values; `parts` only if there are some."""
    values = {key: getattr(part, key) for key in sorted(part.model_fields_set)}
    return values if values.get(PARTS) else {key: value for key, value in values.items() if key != PARTS}
