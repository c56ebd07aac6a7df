"""Registry of methods: shipped, from entry points of other packages, or registered by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from traceback import extract_tb
from typing import Any, NamedTuple

from pydantic import ValidationError

from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.methods.base.choices import TextSource
from mnerbench.methods.base.citation import Paper, paper_of
from mnerbench.methods.base.family import MethodConfig, MethodFamily, Variant

ENTRY_POINT_GROUP = "mnerbench.methods"


class Entry(NamedTuple):
    """A method name with its variant and family."""

    name: str
    variant: Variant
    family: MethodFamily

    @property
    def paper(self) -> Paper:
        """The paper that introduces the method."""
        return paper_of(self.family.citation, self.name)

    @property
    def needs_encoder(self) -> bool:
        """Whether the method is built over a text encoder."""
        return self.family.is_trained and self.configure({}).text_source is TextSource.ENCODER

    def configure(self, settings: Mapping[str, Any]) -> MethodConfig:
        """Resolve the config: `settings` override those of their `profile`, which override the variant's.

        Profile settings that are inactive in this variant are ignored.

        Raises:
            ConfigError: an unknown setting or profile, an invalid value, or a setting without effect.
        """
        config_type, overrides = self.family.config, dict(settings)
        profile = self._profile(overrides.pop("profile", None))
        for key in overrides:
            if key not in config_type.model_fields:
                reason = f"method {self.name!r} has no setting {key!r}{suggestion(key, config_type.model_fields)}"
                raise ConfigError(f"{reason}\n  -> `benchmark show {self.name}` lists its settings")
        inactive_settings = self._validated({**self.variant.settings, **profile, **overrides}).inactive_settings
        profile = {key: value for key, value in profile.items() if key not in inactive_settings}
        config = self._validated({**self.variant.settings, **profile, **overrides})
        for key, value in overrides.items():
            if key in inactive_settings and getattr(config, key) != config_type.model_fields[key].get_default(
                call_default_factory=True
            ):
                raise ConfigError(
                    f"method {self.name!r}, setting {key} = {value!r} changes nothing with its other settings\n"
                    "  -> leave it out; `benchmark show` explains each setting"
                )
        return config

    def _validated(self, settings: Mapping[str, Any]) -> MethodConfig:
        try:
            return self.family.config.model_validate(settings)
        except ValidationError as error:
            first = error.errors()[0]
            path = ".".join(map(str, first["loc"]))
            setting = f", setting {path} = {one_line(repr(first['input']), 80)}" if path else ""
            reason = f"method {self.name!r}{setting}: {first['msg'].removeprefix('Value error, ')}"
            raise ConfigError(f"{reason}\n  -> `benchmark show {self.name}` lists its settings") from error

    def _profile(self, name: object) -> Mapping[str, Any]:
        if name is None:
            return {}
        if not isinstance(name, str) or name not in self.family.profiles:
            hint = suggestion(str(name), self.family.profiles)
            reason = f"method {self.name!r} has no profile {one_line(repr(name), 80)}{hint}"
            raise ConfigError(f"{reason}\n  -> `benchmark show {self.name}` lists its settings")
        return self.family.profiles[name]


def _require_settings(family: MethodFamily) -> None:
    """Raise if a card names settings that its config does not have.

    Raises:
        ConfigError: see above.
    """
    fields = family.config.model_fields
    groups = {f"variant {name!r}": variant.settings for name, variant in family.variants.items()}
    groups |= {f"profile {name!r}": settings for name, settings in family.profiles.items()}
    for where, settings in {**groups, "`search`": family.search}.items():
        for key in settings:
            if key not in fields:
                reason = f"card of {family.name!r} ({family.target}): {where} names {key!r}, which is no field of "
                reason += f"{family.config.__name__}{suggestion(key, fields)}"
                raise ConfigError(f"{reason}\n  -> its fields: {', '.join(fields)}")


class Registry:
    """Method families by name. A name claimed twice is an error that shows both targets."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def add(self, family: MethodFamily) -> None:
        """Register the variants of a family.

        Raises:
            ConfigError: the name of the family or of a variant is already registered, or the card sets, groups or
                searches a setting that its config does not have.
        """
        _require_settings(family)
        for entry in self:
            if entry.family.name == family.name and entry.family is not family:
                raise ConfigError(
                    f"method family {family.name!r} is claimed twice: by {entry.family.target} and by {family.target}\n"
                    "  -> rename one of the families or uninstall one of the packages"
                )
        for name, variant in family.variants.items():
            registered = self._entries.get(name)
            if registered is not None and registered.family is not family:
                raise ConfigError(
                    f"method name {name!r} is claimed twice: by {registered.family.target} and by {family.target}\n"
                    "  -> rename one of the variants or uninstall one of the packages"
                )
            self._entries[name] = Entry(name, variant, family)

    def replace(self, family: MethodFamily) -> None:
        """Register a family in place of an earlier one of the same name and class, as when a notebook cell runs again.

        Raises:
            ConfigError: as for `add`, also for a family of this name with another class.
        """
        earlier = {e.name: e for e in self if (e.family.name, e.family.target) == (family.name, family.target)}
        for name in earlier:
            del self._entries[name]
        try:
            self.add(family)
        except ConfigError:
            self._entries |= earlier
            raise

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __getitem__(self, name: str) -> Entry:
        if name not in self._entries:
            raise ConfigError(
                f"unknown method {name!r}{suggestion(name, self._entries)}\n  -> `benchmark list methods`"
            )
        return self._entries[name]

    def family(self, name: str) -> MethodFamily:
        """Look up a family by its name, as run specs store it.

        Raises:
            ConfigError: no installed package provides it.
        """
        families = {entry.family.name: entry.family for entry in self}
        if name not in families:
            reason = f"unknown method family {name!r}{suggestion(name, families)}"
            raise ConfigError(f"{reason}\n  -> install the package that provides it, or remove its runs")
        return families[name]


def _shipped() -> Iterator[MethodFamily]:
    """Families of this package: those in every `*/card.py`, sorted by folder."""
    for card in sorted(Path(__file__).parent.glob("*/card.py")):
        try:
            module = import_module(f"{__package__}.{card.parent.name}.card")
        except Exception as error:
            lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(card)]
            location = f"{card}:{lines[-1]}" if lines else str(card)
            reason = f"{location}: {type(error).__name__}: {one_line(str(error), 300)}"
            raise ConfigError(f"{reason}\n  -> fix the card, or remove its folder") from error
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
                "  -> fix or uninstall the package that declares it"
            ) from error
        if not isinstance(family, MethodFamily):
            raise ConfigError(
                f"entry point {point.name!r} ({point.value}) is not a MethodFamily but {type(family).__name__}\n"
                "  -> point it to the MethodFamily of a card in that package, or uninstall the package"
            )
        registry.add(family)
    return registry


_registry: Registry | None = None


def methods() -> Registry:
    """Return the registry of this process, loading it on first use."""
    global _registry  # noqa: PLW0603 - one registry per process, loaded lazily because entry points import packages
    if _registry is None:
        _registry = _load()
    return _registry


def register(family: MethodFamily) -> MethodFamily:
    """Register a family in this process (notebooks, tests); packages use the entry-point group."""
    methods().add(family)
    return family


def method_class(family: MethodFamily) -> type[Any]:
    """Import the class of a family, and torch with it.

    Raises:
        ConfigError: there is no such module or class.
    """
    module, _, name = family.target.partition(":")
    cls: type[Any] | None = None
    try:
        cls = getattr(import_module(module), name, None)
    except ModuleNotFoundError as error:
        if not f"{module}.".startswith(f"{error.name}."):
            raise  # the model exists, and imports a package that is not installed
    if cls is None:
        reason = f"card of {family.name!r}: its target {family.target!r} does not exist"
        raise ConfigError(f"{reason}\n  -> name the class in the card as `package.module:Class`")
    return cls
