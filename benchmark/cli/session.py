"""From flags to a grid: what `plan` and `run` share."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.benchmark.grid import Grid, expand
from mnerbench.benchmark.materials import Materials, Places
from mnerbench.benchmark.orchestrator import Rerun
from mnerbench.benchmark.records import RunStore
from mnerbench.benchmark.requested import GridFile, NotRun
from mnerbench.benchmark.spec import RunSpec
from mnerbench.benchmark.suite import Suite, load_suite, override
from mnerbench.datasets.catalog import cache_dir, data_dir
from mnerbench.datasets.errors import ConfigError, MissingInputError, suggestion
from mnerbench.datasets.pretrained import models_dir
from mnerbench.datasets.visual.inputs import InputKind
from mnerbench.methods.registry import methods


@dataclass(frozen=True)
class GridFlags:
    """The flags of `plan` and `run` that name a grid, as given."""

    suite_name: str
    methods: str | None
    datasets: str | None
    seeds: str | None
    encoder: str | None
    protocol: str | None
    inputs: tuple[str, ...]
    hide_pictures: float | None
    train_tweets: str | None
    settings: tuple[str, ...]
    baseline: str | None
    data: Path | None
    models: Path | None
    cache: Path | None
    out: Path
    rerun: str


@dataclass(frozen=True)
class Session:
    """A resolved invocation."""

    grid: Grid
    materials: Materials
    store: RunStore
    rerun: Rerun


def names_in(text: str) -> list[str]:
    """`a, b` as names."""
    return [name.strip() for name in text.split(",") if name.strip()]


def parse_seeds(text: str) -> int | list[int]:
    """`5` is seeds 0 to 4; `3,5,8` and `7,` are those seeds.

    Raises:
        ConfigError: not numbers.
    """
    try:
        return [int(seed) for seed in names_in(text)] if "," in text else int(text)
    except ValueError:
        raise ConfigError(
            f"--seeds {text!r} is neither a number nor a list\n  -> --seeds 5, or --seeds 3,5,8"
        ) from None


def parse_sizes(text: str) -> list[int | str]:
    """`100,500,all` as sizes of the training set.

    Raises:
        ConfigError: something is neither a number nor `all`.
    """
    try:
        return [size if size == "all" else int(size) for size in names_in(text)]
    except ValueError:
        raise ConfigError(
            f"--train-tweets {text!r} is not a list of numbers\n  -> --train-tweets 100,500,all"
        ) from None


def parse_settings(given: Sequence[str]) -> dict[str, dict[str, Any]]:
    """`METHOD.KEY=VALUE` flags as nested settings; values are TOML (`0.2`, `true`, `["captions"]`), else text.

    Raises:
        ConfigError: a flag is not of that form.
    """
    settings: dict[str, dict[str, Any]] = {}
    for flag in given:
        place, equals, value = flag.partition("=")
        method, dot, key = place.rpartition(".")
        if not (equals and dot and method and key):
            raise ConfigError(f"--set {flag!r} is not METHOD.KEY=VALUE\n  -> for example --set ita-ga.captions=1")
        try:
            settings.setdefault(method, {})[key] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            settings.setdefault(method, {})[key] = value
    return settings


def parse_inputs(given: Sequence[str]) -> dict[str, str]:
    """`KIND=SOURCE` flags as sources by kind.

    Raises:
        ConfigError: a flag is not of that form, or there is no such kind.
    """
    found: dict[str, str] = {}
    kinds = [kind.value for kind in InputKind]
    for flag in given:
        kind, equals, source = flag.partition("=")
        if not (equals and source):
            raise ConfigError(f"--input {flag!r} is not KIND=SOURCE\n  -> for example --input captions=blip2")
        if kind not in kinds:
            raise ConfigError(f"--input {flag!r}: no visual input {kind!r}{suggestion(kind, kinds)}")
        if kind in found:
            raise ConfigError(
                f"--input {flag!r}: {kind} was given before\n  -> once each; for the first that is there, 'a|b'"
            )
        found[kind] = source
    return found


def resolve_suite(flags: GridFlags) -> Suite:
    """The suite with the flags over it."""
    suite = load_suite(flags.suite_name)
    settings = parse_settings(flags.settings)
    pinned = {**suite.pinned, **settings.pop("training", {})}
    chosen = names_in(flags.methods) if flags.methods is not None else list(suite.methods)
    own = {name: dict(values) for name, values in suite.settings.items() if name in chosen}
    merged = {name: {**own.get(name, {}), **settings.get(name, {})} for name in [*own, *settings]}
    changes: dict[str, Any] = {"pinned": pinned, "settings": merged, "methods": chosen}
    changes |= {"later": []} if flags.methods is not None else {}
    changes |= {"datasets": names_in(flags.datasets)} if flags.datasets is not None else {}
    changes |= {"seeds": parse_seeds(flags.seeds)} if flags.seeds is not None else {}
    changes["inputs"] = {**{kind.value: source for kind, source in suite.inputs.items()}, **parse_inputs(flags.inputs)}
    changes |= {"hidden_pictures": flags.hide_pictures} if flags.hide_pictures is not None else {}
    changes |= {"train_tweets": parse_sizes(flags.train_tweets)} if flags.train_tweets is not None else {}
    for key in ("encoder", "protocol", "baseline"):
        changes |= {key: value} if (value := getattr(flags, key)) is not None else {}
    return override(suite, changes)


def open_session(flags: GridFlags, **machine: Any) -> Session:
    """Resolve everything before anything is trained.

    Args:
        flags: what was given.
        machine: further fields of `Places`.

    Raises:
        MissingInputError: nothing of the suite can be run.
    """
    folders = (data_dir(flags.data), models_dir(flags.models), flags.out, cache_dir(flags.cache))
    places = Places(*folders, **machine)
    materials = Materials(places)
    suite = resolve_suite(flags)
    grid = expand(suite, materials, methods())
    _check_inputs(parse_inputs(flags.inputs), grid, suite)
    if not grid.jobs:
        reasons = list(dict.fromkeys(grid.not_run.values()))
        raise MissingInputError("nothing of this suite can be run:\n" + "\n".join(reasons))
    return Session(grid, materials, RunStore(flags.out), Rerun(flags.rerun))


def _check_inputs(given: Mapping[str, str], grid: Grid, suite: Suite) -> None:
    """A source that nothing reads is a mistake, like a setting that nothing has.

    Raises:
        ConfigError: no chosen method reads such an input.
    """
    read = {kind for job in grid.jobs for kind in job.spec.dataset.sources}
    for kind in given:
        if kind not in read and not grid.not_run:
            raise ConfigError(f"--input {kind}=...: none of {', '.join(suite.methods)} reads {kind}\n  -> leave it out")


def grid_file(grid: Grid) -> GridFile:
    """What the results folder keeps of a grid."""
    suite = grid.suite
    named: dict[str, tuple[RunSpec, ...]] = {}
    for job in grid.jobs:
        named[job.spec.identity] = (*named.get(job.spec.identity, ()), job.spec)
    return GridFile(
        suite=suite.name,
        title=suite.title,
        baseline=suite.baseline,
        runs={identity: specs[0] for identity, specs in named.items()},
        aliases={identity: specs[1:] for identity, specs in named.items() if specs[1:]},
        not_run={name: NotRun(reason=reason, seeds=suite.seeds) for name, reason in grid.not_run.items()},
    )
