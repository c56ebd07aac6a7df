"""Names of entity types in a prediction file, as the dataset calls them: nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.datasets.tagging import OUTSIDE

# Names of one type, in lower case. GPE, place, group or product are not here: whose they are depends on the dataset.
_SYNONYMS = (
    frozenset({"per", "pers", "person", "persons"}),
    frozenset({"loc", "location", "locations"}),
    frozenset({"org", "organization", "organisation", "organizations", "organisations"}),
    frozenset({"misc", "miscellaneous", "miscellany", "other", "others"}),
)


class TypeNames:
    """From a file's names of types to the dataset's.

    Args:
        types: of the dataset.
        label_map: other names that the dataset's card has for them.
        mapping: what the user says, which comes first; a name may also be mapped to `O`.

    Raises:
        ConfigError: the user maps to what is no type of the dataset.
    """

    def __init__(
        self, types: Sequence[str], label_map: Mapping[str, str], mapping: Mapping[str, str] | None = None
    ) -> None:
        self.types, self._mapping = tuple(types), dict(mapping or {})
        for theirs, ours in self._mapping.items():
            if ours not in {*types, OUTSIDE}:
                hint = suggestion(ours, [*types, OUTSIDE])
                raise ConfigError(
                    f"--map {theirs}={ours}: {ours!r} is no type of the dataset{hint}\n  -> map to one, or to O"
                )
        self._exact = {**{name: ours for name, ours in label_map.items() if ours in types}, **{t: t for t in types}}
        self._folded: dict[str, str | None] = {}
        for name, ours in self._exact.items():
            self._fold(name.casefold(), ours)
        for group in _SYNONYMS:
            targets = {target for name in group if (target := self._folded.get(name)) is not None}
            if len(targets) == 1:
                for name in group:
                    self._folded.setdefault(name, *targets)

    def _fold(self, name: str, ours: str) -> None:
        # Two types that differ in case only: the case decides, and nothing without it.
        self._folded[name] = ours if self._folded.get(name, ours) == ours else None

    def resolve(self, name: str) -> str | None:
        """The dataset's type of that name, `O` where the user maps it to nothing, or None when it has none."""
        if name in self._mapping:
            return self._mapping[name]
        return self._exact.get(name) or self._folded.get(name.strip().casefold())

    def is_mapped(self, label: str) -> bool:
        """Whether the user maps exactly this."""
        return label in self._mapping
