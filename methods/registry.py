"""Names to methods: built in, from entry points of other packages, or registered by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.methods.base.family import MethodConfig, MethodFamily, Variant

ENTRY_POINT_GROUP = "mnerbench.methods"


class Entry(NamedTuple):
    """A name that a user can type, with the family behind it."""

    name: str
    variant: Variant
    family: MethodFamily

    def configure(self, settings: Mapping[str, Any]) -> MethodConfig:
        """The resolved config: given settings over those of a `profile` if one is given, over the variant's.

        Of a profile counts what has an effect in this variant.

        Raises:
            ConfigError: an unknown setting or profile, a value that is not valid, or one that changes nothing.
        """
        config, given = self.family.config, dict(settings)
        profile = self._profile(given.pop("profile", None))
        for key in given:
            if key not in config.model_fields:
                reason = f"method {self.name!r} has no setting {key!r}{suggestion(key, config.model_fields)}"
                raise ConfigError(f"{reason}\n  -> `benchmark show {self.name}` lists its settings")
        inactive_settings = self._validated({**self.variant.settings, **profile, **given}).inactive_settings
        profile = {key: value for key, value in profile.items() if key not in inactive_settings}
        made = self._validated({**self.variant.settings, **profile, **given})
        for key, value in given.items():
            if key in inactive_settings and getattr(made, key) != config.model_fields[key].get_default(
                call_default_factory=True
            ):
                raise ConfigError(
                    f"method {self.name!r}, setting {key} = {value!r} changes nothing with its other settings\n"
                    "  -> leave it out; `benchmark show` says what each is for"
                )
        return made

    def _validated(self, settings: Mapping[str, Any]) -> MethodConfig:
        try:
            return self.family.config.model_validate(settings)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            what = f", setting {place} = {one_line(repr(first['input']), 80)}" if place else ""
            reason = f"method {self.name!r}{what}: {first['msg'].removeprefix('Value error, ')}"
            raise ConfigError(f"{reason}\n  -> `benchmark show {self.name}` lists its settings") from error

    def _profile(self, name: object) -> Mapping[str, Any]:
        if name is None:
            return {}
        if not isinstance(name, str) or name not in self.family.profiles:
            known = suggestion(str(name), self.family.profiles)
            reason = f"method {self.name!r} has no profile {one_line(repr(name), 80)}{known}"
            raise ConfigError(f"{reason}\n  -> `benchmark show {self.name}` lists its settings")
        return self.family.profiles[name]


class Registry:
    """All known families. A name that two of them claim is an error that shows both places."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def add(self, family: MethodFamily) -> None:
        """Make the variants of a family known.

        Raises:
            ConfigError: the name of the family or of a variant is taken.
        """
        for entry in self:
            if entry.family.name == family.name and entry.family is not family:
                raise ConfigError(
                    f"method family {family.name!r} is claimed twice: by {entry.family.target} and by {family.target}\n"
                    "  -> rename one of the families or uninstall one of the packages"
                )
        for name, variant in family.variants.items():
            taken = self._entries.get(name)
            if taken is not None and taken.family is not family:
                raise ConfigError(
                    f"method name {name!r} is claimed twice: by {taken.family.target} and by {family.target}\n"
                    "  -> rename one of the variants or uninstall one of the packages"
                )
            self._entries[name] = Entry(name, variant, family)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __getitem__(self, name: str) -> Entry:
        if name not in self._entries:
            raise ConfigError(
                f"unknown method {name!r}{suggestion(name, self._entries)}\n  -> `benchmark list methods`"
            )
        return self._entries[name]

    def family(self, name: str) -> MethodFamily:
        """The family that a run spec names.

        Raises:
            ConfigError: no installed package has it.
        """
        families = {entry.family.name: entry.family for entry in self}
        if name not in families:
            reason = f"unknown method family {name!r}{suggestion(name, families)}"
            raise ConfigError(f"{reason}\n  -> install the package that has it, or remove its runs")
        return families[name]


def _shipped() -> Iterator[MethodFamily]:
    """The families in the cards of this package: every folder with a `card.py`, in the order of their names."""
    for card in sorted(Path(__file__).parent.glob("*/card.py")):
        module = import_module(f"{__package__}.{card.parent.name}.card")
        yield from (value for value in vars(module).values() if isinstance(value, MethodFamily))


def _load() -> Registry:
    registry = Registry()
    for family in _shipped():
        registry.add(family)
    for point in entry_points(group=ENTRY_POINT_GROUP):
        try:
            family = point.load()
        except Exception as error:
            raise ConfigError(
                f"entry point {point.name!r} ({point.value}) cannot be loaded: {type(error).__name__}: {error}\n"
                "  -> mend or uninstall the package that declares it"
            ) from error
        if not isinstance(family, MethodFamily):
            raise ConfigError(
                f"entry point {point.name!r} ({point.value}) is not a MethodFamily but {type(family).__name__}\n"
                "  -> point it to the card of a method in that package, or uninstall the package"
            )
        registry.add(family)
    return registry


_registry: Registry | None = None


def methods() -> Registry:
    """The registry of this process, filled on first use."""
    global _registry  # noqa: PLW0603 - one registry per process, made late so that entry points load only when needed
    if _registry is None:
        _registry = _load()
    return _registry


def register(family: MethodFamily) -> MethodFamily:
    """Make a family known in this process (notebooks, tests); packages use the entry-point group."""
    methods().add(family)
    return family


def method_class(family: MethodFamily) -> type[Any]:
    """Import the class behind a family: this is where torch comes in."""
    module, _, name = family.target.partition(":")
    cls: type[Any] = getattr(import_module(module), name)
    return cls
