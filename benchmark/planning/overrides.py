"""The flags of `plan` and `run` that name a grid: what they say, and the suite with them over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Any

from mnerbench.benchmark.planning.setting_names import setting_flags
from mnerbench.benchmark.planning.suite import Suite, override, values_set
from mnerbench.benchmark.planning.suite_names import chosen_suite, name_after_data
from mnerbench.benchmark.planning.suite_part import Part
from mnerbench.datasets.catalog import data_dir
from mnerbench.datasets.errors import ConfigError, near, suggestion, with_remedies
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.names import require_possible
from mnerbench.datasets.untrusted.toml_text import parse_toml_value
from mnerbench.methods.registry import methods

# `--set training.epochs=5` is of no method.
TRAINING = "training"


@dataclass(frozen=True)
class GridFlags:
    """The flags of `plan` and `run` that name a grid, as given."""

    suite_name: str | None
    methods: str | None
    datasets: str | None
    seeds: str | None
    encoder: str | None
    word_vectors: str | None
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
    trust_remote_code: bool = False


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
            f"--seeds {one_line(repr(text), 80)} is neither a number nor a list\n  -> --seeds 5, or --seeds 3,5,8"
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
            f"--train-tweets {one_line(repr(text), 80)} is not a list of numbers\n  -> --train-tweets 100,500,all"
        ) from None


def parse_settings(given: Sequence[str], names: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """`METHOD.KEY=VALUE` flags as nested settings; values are TOML (`0.2`, `true`, `["captions"]`), else text.

    Args:
        given: the flags.
        names: methods that are run, for the message.

    Raises:
        ConfigError: a flag is not of that form; names those that it may have meant.
    """
    settings: dict[str, dict[str, Any]] = {}
    for flag in given:
        place, equals, value = flag.partition("=")
        method, dot, key = place.rpartition(".")
        if not (equals and dot and method and key):
            meant = setting_flags(place, value or "VALUE", names, methods()) if place and not dot else []
            ways = meant or ["for example --set ita-ga.captions=1, or --set training.epochs=5"]
            raise ConfigError(with_remedies(f"--set {flag!r} is not METHOD.KEY=VALUE", ways))
        settings.setdefault(method, {})[key] = _setting_value(flag, value)
    return settings


def _setting_value(flag: str, text: str) -> Any:
    """What stands behind the `=` of a `--set` flag: a TOML value, else text.

    Raises:
        ConfigError: it is a value, and none that a setting can have.
    """
    try:
        return parse_toml_value(text)
    except TOMLDecodeError:
        return text
    except ValueError as error:
        reason = f"--set {one_line(repr(flag), 80)}: {one_line(error)}"
        raise ConfigError(with_remedies(reason, ["give a finite number of usual length, a text or a list"])) from error


def parse_inputs(given: Sequence[str]) -> dict[str, str]:
    """`KIND=SOURCE` flags as sources by kind.

    Raises:
        ConfigError: a flag is not of that form, there is no such kind, or no file can be called like the source.
    """
    found: dict[str, str] = {}
    kinds = [kind.value for kind in InputKind]
    for flag in given:
        kind, equals, source = flag.partition("=")
        if not (equals and source):
            raise ConfigError(f"--input {flag!r} is not KIND=SOURCE\n  -> for example --input captions=blip2")
        if kind not in kinds:
            reason = f"--input {flag!r}: no visual input {kind!r}{suggestion(kind, kinds)}"
            raise ConfigError(f"{reason}\n  -> for example --input captions=blip2")
        require_possible(source, f"--input {kind}")
        if kind in found:
            raise ConfigError(
                f"--input {flag!r}: {kind} was given before\n  -> once each; for the first that is there, 'a|b'"
            )
        found[kind] = source
    return found


def resolve_suite(flags: GridFlags) -> Suite:
    """The suite with the flags over it; in a suite of parts over each of them.

    A method that is given runs in every part that names it; one that no part names joins the first.
    """
    data = data_dir(flags.data)
    suite = chosen_suite(flags.suite_name, flags.datasets, data)
    changes: dict[str, Any] = {}
    changes |= {"datasets": names_in(flags.datasets)} if flags.datasets is not None else {}
    changes |= name_after_data(suite, changes.get("datasets", ()), data)
    changes |= {"seeds": parse_seeds(flags.seeds)} if flags.seeds is not None else {}
    changes |= {"train_tweets": parse_sizes(flags.train_tweets)} if flags.train_tweets is not None else {}
    changes |= {"baseline": flags.baseline} if flags.baseline is not None else {}
    given = names_in(flags.methods) if flags.methods is not None else list(suite.all_names)
    check_methods(given, suite)
    kept = [part for part in suite.parts if set(part.methods) & set(given)] or [*suite.parts[:1]] or [suite]
    known = {name for part in kept for name in part.methods}
    settings = {name: said for name, said in parse_settings(flags.settings, given).items() if name != TRAINING}
    parts = []
    for place, part in enumerate(kept):
        own = {*part.methods, *({*given, *settings} - known if place == 0 else ())}
        changed = _changed(part, flags, {name: said for name, said in settings.items() if name in own})
        if flags.methods is not None:
            changed |= {"methods": [name for name in given if name in own]}
        parts.append({**values_set(part), **changed})
    return override(suite, {**changes, "parts": parts} if suite.parts else {**parts[0], **changes})


def check_methods(names: Sequence[str], suite: Suite) -> None:
    """Raise if `--methods` names what is neither a method nor a variant of the suite.

    Raises:
        ConfigError: repeats the list with the nearest names.
    """
    variants = (variant for part in suite.grids for variant in part.variants)
    valid = {*suite.all_names, *variants, *(entry.name for entry in methods())}
    unknown = [name for name in names if name not in valid]
    if not unknown:
        return
    corrected = [name if name in valid else next(iter(near(name, valid)), None) for name in names]
    ways = [f"--methods {','.join(map(str, corrected))}"] if None not in corrected else ["benchmark list methods"]
    raise ConfigError(with_remedies(f"unknown method {unknown[0]!r}{suggestion(unknown[0], valid)}", ways))


def _changed(part: Part, flags: GridFlags, settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What the flags change in how a part is run; `settings` are those of its methods."""
    chosen = names_in(flags.methods) if flags.methods is not None else part.methods
    own = {name: dict(said) for name, said in part.settings.items() if name in chosen}
    inputs = {**{kind.value: source for kind, source in part.inputs.items()}, **parse_inputs(flags.inputs)}
    pinned = {**part.pinned, **parse_settings(flags.settings).get(TRAINING, {})}
    changes: dict[str, Any] = {"pinned": pinned, "inputs": inputs}
    changes["settings"] = {name: {**own.get(name, {}), **settings.get(name, {})} for name in [*own, *settings]}
    changes |= {"hidden_pictures": flags.hide_pictures} if flags.hide_pictures is not None else {}
    for key in ("encoder", "word_vectors", "protocol"):
        changes |= {key: value} if (value := getattr(flags, key)) is not None else {}
    return changes
