"""Helpers of the Python interface: data frames, and the names by which users select."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.errors import ConfigError, suggestion

if TYPE_CHECKING:
    import pandas as pd


def table_of(lines: Iterable[Mapping[str, Any]], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A data frame of lines, given as values by column.

    Args:
        lines: the rows; a column that a line lacks is missing there.
        columns: names and order of the columns; None for the order of first occurrence.
    """
    import pandas as pd

    return pd.DataFrame(list(lines), columns=list(columns) if columns is not None else None)


def names(values: str | Iterable[str] | None, valid: Collection[str], what: str) -> frozenset[str] | None:
    """The selected names; None selects everything.

    Args:
        values: one name, several, or None.
        valid: all names that exist.
        what: what they name, for the error.

    Raises:
        ConfigError: a name does not exist.
    """
    if values is None:
        return None
    chosen = frozenset([values] if isinstance(values, str) else values)
    for name in sorted(chosen - set(valid)):
        reason = f"no {what} {name!r} in these results{suggestion(name, valid)}"
        raise ConfigError(f"{reason}\n  -> one of: {', '.join(sorted(valid)) or 'none'}")
    return chosen
