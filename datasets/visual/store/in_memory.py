"""Rows of a feature store in memory, to be sent to a machine that does not have its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from mnerbench.datasets.visual.store.store import FeatureStore, Row


@dataclass(frozen=True)
class InMemoryRows:
    """What a store answers about some pictures.

    Attributes:
        rows: by key.
    """

    rows: Mapping[str, Row]

    def array(self, key: str, name: str) -> NDArray[Any]:
        """One array of a picture, not to be changed."""
        return self.rows[key].arrays[name]

    def facts(self, key: str) -> Mapping[str, Any]:
        """What was found in a picture besides arrays."""
        return self.rows[key].facts


def hold(store: FeatureStore, keys: Iterable[str]) -> InMemoryRows:
    """Read some rows of a store."""
    return InMemoryRows(
        {
            key: Row({field.name: store.array(key, field.name).copy() for field in store.fields}, store.facts(key))
            for key in keys
        }
    )
