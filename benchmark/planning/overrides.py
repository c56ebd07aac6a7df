"""The command-line flags that define a grid, and the suite with these flags applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Any

from mnerbench.benchmark.planning.setting_names import setting_flags
from mnerbench.benchmark.planning.suite import Suite, override, values_set
from mnerbench.benchmark.planning.suite_names import name_after_data, select_suite
from mnerbench.benchmark.planning.suite_part import PRECISION, Part
from mnerbench.datasets.catalog import data_dir
from mnerbench.datasets.errors import ConfigError, near, suggestion, with_remedies
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.untrusted.display import one_line, quoted
from mnerbench.datasets.untrusted.names import require_possible
from mnerbench.datasets.untrusted.toml_text import parse_toml_value
from mnerbench.methods.registry import methods

# Prefix of training settings (`--set training.epochs=5`), in place of a method name.
TRAINING = "training"


@dataclass(frozen=True)
class GridFlags:
    """The flags of `plan` and `run` that define a grid, unparsed."""

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
    limit_test: str | None = None
    diagnosis: bool | None = None
    precision: str | None = None


def names_in(text: str) -> list[str]:
    """Split a comma-separated list of names."""
    return [name.strip() for name in text.split(",") if name.strip()]


def parse_seeds(text: str) -> int | list[int]:
    """Parse `--seeds`: `5` means seeds 0 to 4; `3,5,8` and `7,` list seeds.

    Raises:
        ConfigError: A seed is not a number.
    """
    try:
        return [int(seed) for seed in names_in(text)] if "," in text else int(text)
    except ValueError:
        raise ConfigError(
            f"--seeds {quoted(text)} is neither a number nor a list\n  -> --seeds 5, or --seeds 3,5,8"
        ) from None


def parse_sizes(text: str) -> list[int | str]:
    """Parse `--train-tweets`, such as `100,500,all`.

    Raises:
        ConfigError: A size is neither a number nor `all`.
    """
    try:
        return [size if size == "all" else int(size) for size in names_in(text)]
    except ValueError:
        raise ConfigError(
            f"--train-tweets {quoted(text)} is not a list of numbers\n  -> --train-tweets 100,500,all"
        ) from None


def parse_looks(text: str) -> list[int]:
    """Parse `--looks`, such as `3,5,10`; `none` for none.

    Raises:
        ConfigError: A look is not a number.
    """
    try:
        return [] if text.strip() == "none" else [int(look) for look in names_in(text)]
    except ValueError:
        raise ConfigError(f"--looks {quoted(text)} is not a list of numbers\n  -> --looks 3,5,10") from None


def parse_limit(text: str) -> int | None:
    """Parse `--limit-test`: a number of tweets, or None for `all`.

    Raises:
        ConfigError: It is neither a number nor `all`.
    """
    try:
        return None if text.strip() == "all" else int(text)
    except ValueError:
        raise ConfigError(f"--limit-test {quoted(text)} is not a number of tweets\n  -> --limit-test 100") from None


def parse_settings(flags: Sequence[str], names: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """Parse `METHOD.KEY=VALUE` flags into nested settings; values are TOML (`0.2`, `true`, `["captions"]`), else text.

    Args:
        flags: values of `--set`.
        names: methods of the grid, for suggestions.

    Raises:
        ConfigError: A flag has another form, with corrections in the message, or repeats a setting.
    """
    settings: dict[str, dict[str, Any]] = {}
    for flag in flags:
        path, equals, value = flag.partition("=")
        method, dot, key = path.rpartition(".")
        if not (equals and dot and method and key):
            suggestions = setting_flags(path, value or "VALUE", names, methods()) if path and not dot else []
            ways = suggestions or ["for example --set ita-ga.captions=1, or --set training.epochs=5"]
            raise ConfigError(with_remedies(f"--set {quoted(flag)} is not METHOD.KEY=VALUE", ways))
        if key in settings.setdefault(method, {}):
            raise ConfigError(f"--set {quoted(flag)}: {quoted(path)} was set before\n  -> set it once")
        settings[method][key] = _setting_value(flag, value)
    return settings


def _setting_value(flag: str, text: str) -> Any:
    """The value of a `--set` flag: a TOML value, else text.

    Raises:
        ConfigError: The TOML value is not allowed as a setting.
    """
    try:
        return parse_toml_value(text)
    except TOMLDecodeError:
        return text
    except ValueError as error:
        reason = f"--set {quoted(flag)}: {one_line(error)}"
        raise ConfigError(with_remedies(reason, ["give a finite number, a text or a list"])) from error


def parse_inputs(flags: Sequence[str]) -> dict[str, str]:
    """Parse `KIND=SOURCE` flags into sources by kind.

    Raises:
        ConfigError: A flag has another form, its kind is unknown or repeated, or its source is not a valid file name.
    """
    sources: dict[str, str] = {}
    kinds = [kind.value for kind in InputKind]
    for flag in flags:
        kind, equals, source = flag.partition("=")
        if not (equals and source):
            raise ConfigError(f"--input {quoted(flag)} is not KIND=SOURCE\n  -> for example --input captions=blip2")
        if kind not in kinds:
            reason = f"--input {quoted(flag)}: no visual input {quoted(kind)}{suggestion(kind, kinds)}"
            raise ConfigError(f"{reason}\n  -> for example --input captions=blip2")
        require_possible(source, f"--input {kind}")
        if kind in sources:
            reason = f"--input {quoted(flag)}: {kind} was given before"
            raise ConfigError(f"{reason}\n  -> give each kind once; 'a|b' takes the first source that is available")
        sources[kind] = source
    return sources


def resolve_suite(flags: GridFlags) -> Suite:
    """The suite with the flags applied; in a suite of parts, to each part.

    A method given by `--methods` runs in every part that names it; a method that no part names joins the first part.
    """
    data = data_dir(flags.data)
    suite = select_suite(flags.suite_name, flags.datasets, data)
    changes: dict[str, Any] = {}
    changes |= {"datasets": names_in(flags.datasets)} if flags.datasets is not None else {}
    changes |= name_after_data(suite, changes.get("datasets", ()), data)
    changes |= {"seeds": parse_seeds(flags.seeds)} if flags.seeds is not None else {}
    changes |= {"train_tweets": parse_sizes(flags.train_tweets)} if flags.train_tweets is not None else {}
    changes |= {"limit_test": parse_limit(flags.limit_test)} if flags.limit_test is not None else {}
    changes |= {"diagnosis": flags.diagnosis} if flags.diagnosis is not None else {}
    changes |= {"baseline": flags.baseline} if flags.baseline is not None else {}
    names = names_in(flags.methods) if flags.methods is not None else list(suite.all_names)
    check_methods(names, suite)
    selected = [part for part in suite.parts if set(part.methods) & set(names)] or [*suite.parts[:1]] or [suite]
    in_parts = {name for part in selected for name in part.methods}
    settings = {name: values for name, values in parse_settings(flags.settings, names).items() if name != TRAINING}
    settings = _of_methods(settings, names, suite)
    parts = []
    for index, part in enumerate(selected):
        part_methods = {*part.methods, *({*names, *settings} - in_parts if index == 0 else ())}
        part_settings = {name: values for name, values in settings.items() if name in part_methods}
        overrides = _part_overrides(part, flags, part_settings)
        if flags.methods is not None:
            overrides |= {"methods": [name for name in names if name in part_methods]}
        parts.append({**values_set(part), **overrides})
    return override(suite, {**changes, "parts": parts} if suite.parts else {**parts[0], **changes})


def _of_methods(
    settings: Mapping[str, dict[str, Any]], names: Sequence[str], suite: Suite
) -> dict[str, dict[str, Any]]:
    """Settings by method: those under the name of a family are of all its methods, if no method has that name."""
    registry = methods()
    variants = {name: variant.of for part in suite.resolved_parts for name, variant in part.variants.items()}
    families = {name: registry[variants.get(name, name)].family.name for name in names}
    registered = {entry.name for entry in registry}
    by_method: dict[str, dict[str, Any]] = {}
    for key in [key for key in settings if key in families.values() and key not in {*registered, *variants}]:
        for name in (name for name, family in families.items() if family == key):
            by_method.setdefault(name, {}).update(settings[key])
    for name, values in settings.items():
        if name in {*registered, *variants} or name not in families.values():
            by_method[name] = {**by_method.get(name, {}), **values}
    return by_method


def check_methods(names: Sequence[str], suite: Suite) -> None:
    """Raise if `--methods` contains a name that is neither a method nor a variant of the suite.

    Raises:
        ConfigError: A name is unknown; the message repeats the list with the nearest valid names.
    """
    variants = (variant for part in suite.resolved_parts for variant in part.variants)
    valid = {*suite.all_names, *variants, *(entry.name for entry in methods())}
    unknown = [name for name in names if name not in valid]
    if not unknown:
        return
    corrected = [name if name in valid else next(iter(near(name, valid)), None) for name in names]
    ways = [f"--methods {','.join(map(str, corrected))}"] if None not in corrected else ["benchmark list methods"]
    raise ConfigError(with_remedies(f"unknown method {quoted(unknown[0])}{suggestion(unknown[0], valid)}", ways))


def _training_flags(flags: GridFlags) -> dict[str, Any]:
    """The training settings among the flags.

    Raises:
        ConfigError: The precision is set twice.
    """
    settings = parse_settings(flags.settings).get(TRAINING, {})
    if flags.precision is None:
        return settings
    if PRECISION in settings:
        reason = f"--precision {flags.precision} and --set {TRAINING}.{PRECISION}={settings[PRECISION]}"
        raise ConfigError(f"{reason}: set twice\n  -> leave one of them out")
    return {**settings, PRECISION: flags.precision}


def _part_overrides(part: Part, flags: GridFlags, settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The keys of a part that the flags override; `settings` are those of the part's methods."""
    names = names_in(flags.methods) if flags.methods is not None else part.methods
    part_settings = {name: dict(values) for name, values in part.settings.items() if name in names}
    inputs = {**{kind.value: source for kind, source in part.inputs.items()}, **parse_inputs(flags.inputs)}
    pinned = {**part.pinned, **_training_flags(flags)}
    changes: dict[str, Any] = {"pinned": pinned, "inputs": inputs}
    changes["settings"] = {
        name: {**part_settings.get(name, {}), **settings.get(name, {})} for name in [*part_settings, *settings]
    }
    changes |= {"datasets": ()} if flags.datasets is not None else {}
    changes |= {"hidden_pictures": flags.hide_pictures} if flags.hide_pictures is not None else {}
    for key in ("encoder", "word_vectors", "protocol"):
        changes |= {key: value} if (value := getattr(flags, key)) is not None else {}
    return changes
