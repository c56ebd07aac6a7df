"""Maps type names of a prediction file to the dataset's types, without guessing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.datasets.tagging import OUTSIDE

# Synonymous type names, in lower case. GPE, place, group and product are absent: their type depends on the dataset.
_SYNONYMS = (
    frozenset({"per", "pers", "person", "persons"}),
    frozenset({"loc", "location", "locations"}),
    frozenset({"org", "organization", "organisation", "organizations", "organisations"}),
    frozenset({"misc", "miscellaneous", "miscellany", "other", "others"}),
)


class TypeNames:
    """Maps a file's type names to the dataset's types.

    Args:
        types: types of the dataset.
        label_map: their aliases in the dataset's card.
        mapping: the user's mapping, which takes precedence; a name may also be mapped to `O`.

    Raises:
        ConfigError: the user maps to a type that the dataset does not have.
    """

    def __init__(
        self, types: Sequence[str], label_map: Mapping[str, str], mapping: Mapping[str, str] | None = None
    ) -> None:
        self.types, self._mapping = tuple(types), dict(mapping or {})
        for theirs, ours in self._mapping.items():
            if ours not in {*types, OUTSIDE}:
                hint = suggestion(ours, [*types, OUTSIDE])
                reason = f"--map {theirs}={ours}: {ours!r} is not a type of the dataset{hint}"
                raise ConfigError(f"{reason}\n  -> map to one of its types, or to O")
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
        # Two types that differ only in case can only be resolved by case.
        self._folded[name] = ours if self._folded.get(name, ours) == ours else None

    def resolve(self, name: str) -> str | None:
        """The dataset's type for a name, `O` if the user drops it, or None if there is none."""
        if name in self._mapping:
            return self._mapping[name]
        return self._exact.get(name) or self._folded.get(name.strip().casefold())

    def is_mapped(self, label: str) -> bool:
        """Whether the user maps exactly this label."""
        return label in self._mapping
