"""Suites: definition, loading and validation of suite files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from mnerbench.benchmark.planning.suite_part import PARTS, Part, SuiteVariant, with_base
from mnerbench.benchmark.results.manifest import MOST_SEEDS, Looks, Whole
from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.datasets.untrusted.display import one_line, quoted
from mnerbench.datasets.untrusted.names import require_possible
from mnerbench.datasets.untrusted.toml_text import read_toml

SUITES = Path(__file__).parents[1] / "suites"
MOST_SIZES = 100
LARGEST_SEED = 2**32 - 1  # accepted by all random number generators


class Suite(Part):
    """Methods x datasets x seeds under one protocol; or several parts, each with its own methods and protocol.

    A suite of parts sets none of the keys of `Part` itself, except `datasets`; `resolved_parts` has one suite per part.
    """

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9+._-]{0,99}(/[a-z0-9][a-z0-9+._-]{0,99}){0,5}$", description="also a file name"
    )
    title: str = Field(description="printed above tables")
    datasets: tuple[str, ...] = Field((), min_length=1, description="omitted if the command line has to name them")
    seeds: tuple[Whole, ...] = Field((0, 1, 2, 3, 4), description="a number of seeds from 0 on, or a list")
    looks: Looks = Field((), description="numbers of seeds at which methods are compared; empty for all at once")
    baseline: str | None = Field(None, description="method that the others are compared with")
    train_tweets: tuple[Whole | Literal["all"], ...] = Field(
        ("all",),
        min_length=1,
        max_length=MOST_SIZES,
        description="sizes of the training set; the subsets of one seed are nested",
    )
    limit_test: Whole | None = Field(
        None, ge=1, description="most scored tweets of dev and of test; such partial runs are no results"
    )
    diagnosis: bool = Field(
        True, description="false: only each method's main view, nothing about its use of pictures; no results"
    )
    transfer: bool = Field(False, description="score every run on the test splits of the suite's other datasets too")
    allow_overlap: bool = Field(
        False, description="transfer also to datasets whose test tweets the training data hold, according to the cards"
    )
    parts: tuple[Part, ...] = Field((), description="methods with an encoder, protocol and settings of their own")

    @property
    def resolved_parts(self) -> tuple[Suite, ...]:
        """One suite without parts for each part; the suite itself if it has no parts."""
        base = self.model_copy(update={PARTS: ()})
        changes = [{key: getattr(part, key) for key in Part.model_fields} for part in self.parts]
        parts = [{**change, "datasets": change["datasets"] or self.datasets} for change in changes]
        return tuple(base.model_copy(update=part) for part in parts) or (self,)

    @property
    def all_names(self) -> tuple[str, ...]:
        """The methods of all parts, without duplicates."""
        return tuple(dict.fromkeys(name for part in self.resolved_parts for name in part.methods))

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
    def _check_sizes(cls, value: tuple[int | str, ...]) -> tuple[int | str, ...]:
        if len(set(value)) != len(value) or any(isinstance(size, int) and size < 1 for size in value):
            raise ValueError('give positive numbers of tweets, or "all", none twice')
        return value

    @field_validator("seeds")
    @classmethod
    def _check_seeds(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value or len(set(value)) != len(value) or min(value) < 0:
            raise ValueError("give at least one seed, none negative, none twice")
        if len(value) > MOST_SEEDS or max(value) > LARGEST_SEED:
            raise ValueError(f"give at most {MOST_SEEDS:,} seeds, none above {LARGEST_SEED:,}")
        return value


def suite_names() -> list[str]:
    """Names of the suites shipped with the package."""
    return sorted(str(path.relative_to(SUITES).with_suffix("")) for path in SUITES.rglob("*.toml"))


def load_suite(name: str) -> Suite:
    """A shipped suite by name, or a suite file by path (`./mine.toml`).

    Raises:
        ConfigError: There is no such suite, the file is not TOML, a key is unknown or a value is invalid.
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
        raise ConfigError(f"no suite {quoted(name)}{suggestion(name, suite_names())}\n{remedy}")
    return path


def _read(name: str, derived: tuple[str, ...]) -> dict[str, Any]:
    """The content of a suite merged with its base suites; `derived` are the suites that lead here by `of`."""
    path = _path(name)
    if name in derived:
        chain = " → ".join((*derived, name))
        raise ConfigError(f"{path}: circular `of`: {chain}\n  -> remove one of these `of` keys")
    return with_base(read_toml(path), lambda base: _read(base, (*derived, name)))


def parse_suite(raw: Mapping[str, Any], path: Path) -> Suite:
    """Validate the content of a suite file; errors name the file and the key."""
    for key in raw:
        if key not in Suite.model_fields:
            raise ConfigError(
                f"{path}: unknown key {quoted(key)}{suggestion(key, Suite.model_fields)}\n  -> rename or remove it"
            )
    if PARTS in raw and (misplaced := sorted(set(raw) & set(Part.model_fields) - {"datasets"})):
        keys = ", ".join(misplaced)
        raise ConfigError(f"{path}: {keys} outside of [[{PARTS}]]\n  -> move it into each part that needs it")
    try:
        suite = Suite.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(f"{path}: {_describe_error(error)}") from error
    if not all(part.methods for part in suite.resolved_parts):
        raise ConfigError(f"{path}: methods: empty\n  -> name at least one method in every part")
    return suite


def _describe_error(error: ValidationError) -> str:
    """The first error, with its key and a remedy."""
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        nearest = suggestion(str(first["loc"][-1]), {**SuiteVariant.model_fields, **Part.model_fields})
        return f"unknown key {quoted(key)}{nearest}\n  -> rename or remove it"
    value = one_line(repr(first.get("input")), 200)
    if first["type"] == "string_pattern_mismatch" and key == "name":
        form = "up to 100 of a-z 0-9 + . _ -, the first a letter or digit, with / between parts"
        return f'name: {value} is not a valid suite name\n  -> write name = "..." into the file: {form}'
    reason = first["msg"].removeprefix("Value error, ")
    remedy = "correct it; `benchmark plan --suite demo --format json` shows a complete suite"
    return f"{key}: {reason}, got {value}\n  -> {remedy}"


def override(suite: Suite, changes: Mapping[str, Any]) -> Suite:
    """The suite with values from the command line; a value that is given counts even if it is empty."""
    return parse_suite({**values_set(suite), **changes}, Path("command line"))


def values_set(part: Part) -> dict[str, Any]:
    """The fields that a file or an override has set, as validated values; `parts` only if there are some."""
    values = {key: getattr(part, key) for key in sorted(part.model_fields_set)}
    return values if values.get(PARTS) else {key: value for key, value in values.items() if key != PARTS}
