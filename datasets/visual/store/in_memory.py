"""Rows of a feature store in memory, for transfer to a machine without its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from mnerbench.datasets.visual.store.store import FeatureStore, Row


@dataclass(frozen=True)
class InMemoryRows:
    """Selected rows of a store, with the same read interface.

    Attributes:
        rows: rows by key.
    """

    rows: Mapping[str, Row]

    def array(self, key: str, name: str) -> NDArray[Any]:
        """One array of a picture; read-only."""
        return self.rows[key].arrays[name]

    def facts(self, key: str) -> Mapping[str, Any]:
        """JSON data stored with a picture's arrays."""
        return self.rows[key].facts


def load_rows(store: FeatureStore, keys: Iterable[str]) -> InMemoryRows:
    """Copy rows of a store into memory."""
    return InMemoryRows(
        {
            key: Row({field.name: store.array(key, field.name).copy() for field in store.fields}, store.facts(key))
            for key in keys
        }
    )
