"""The published rows that a suite runs: those in `suites.toml`, else all rows of the table with the suite's name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from pydantic import BaseModel, ConfigDict

from mnerbench.datasets.errors import ConfigError
from mnerbench.reports.published.data import PublishedCell, PublishedRow, PublishedTable, Words
from mnerbench.reports.published.loading import HERE, parse_model, published_table, published_tables, read_toml


class Selection(BaseModel):
    """Rows of a table.

    Attributes:
        table: id of the table.
        section: only rows below this heading; empty for all.
        systems: only these systems, in this order; empty for all.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    table: str
    section: str = ""
    systems: Words = ()

    def rows(self) -> list[PublishedRow]:
        """The selected rows, in the order of `systems`.

        Raises:
            ConfigError: the table has no such row.
        """
        by_system: dict[str, list[PublishedRow]] = {}
        for row in published_table(self.table).rows:
            if self.section in ("", row.section):
                by_system.setdefault(row.system, []).append(row)
        for system in self.systems:
            if system not in by_system:
                reason = f"{self.table} has no row {system!r}" + (f" below {self.section!r}" if self.section else "")
                raise ConfigError(
                    f"{HERE / 'suites.toml'}: {reason}; it has {', '.join(map(repr, by_system))}\n  -> correct it"
                )
        return [row for system in self.systems or by_system for row in by_system[system]]

    def cells(self) -> Iterator[tuple[PublishedTable, PublishedCell]]:
        """The numbers of the selected rows, row by row.

        Raises:
            ConfigError: the table has no such row.
        """
        table = published_table(self.table)
        cells = list(table.cells())
        yield from ((table, cell) for row in self.rows() for cell in cells if cell.row is row)


@cache
def _suite_selections() -> Mapping[str, tuple[Selection, ...]]:
    path = HERE / "suites.toml"
    return {
        name: tuple(parse_model(Selection, raw, f"{path}: suite {name!r}") for raw in raw_selections)
        for name, raw_selections in read_toml(path).items()
    }


def selections(suite: str) -> tuple[Selection, ...]:
    """The rows that a suite runs; empty for a suite that reproduces no paper."""
    if suite in published_tables() and suite not in _suite_selections():
        return (Selection(table=suite),)
    return _suite_selections().get(suite, ())
