"""Which published rows belong to a suite: those that `suites.toml` names, else all of the table it is named after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from pydantic import BaseModel, ConfigDict

from mnerbench.datasets.errors import ConfigError
from mnerbench.reports.published.data import PublishedCell, PublishedRow, PublishedTable, Words
from mnerbench.reports.published.loading import HERE, checked, published_table, published_tables, read_toml


class Selection(BaseModel):
    """Rows of a table.

    Attributes:
        table: its id.
        section: only rows below this heading; empty for all.
        systems: only these, in this order; empty for all.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    table: str
    section: str = ""
    systems: Words = ()

    def rows(self) -> list[PublishedRow]:
        """These rows, in the order in which they are named.

        Raises:
            ConfigError: the table has no such row.
        """
        by_system: dict[str, list[PublishedRow]] = {}
        for row in published_table(self.table).rows:
            if self.section in ("", row.section):
                by_system.setdefault(row.system, []).append(row)
        for system in self.systems:
            if system not in by_system:
                place = f"{self.table} has no row {system!r}" + (f" below {self.section!r}" if self.section else "")
                raise ConfigError(
                    f"{HERE / 'suites.toml'}: {place}; it has {', '.join(map(repr, by_system))}\n  -> correct it"
                )
        return [row for system in self.systems or by_system for row in by_system[system]]

    def cells(self) -> Iterator[tuple[PublishedTable, PublishedCell]]:
        """The numbers of these rows, row by row.

        Raises:
            ConfigError: the table has no such row.
        """
        table = published_table(self.table)
        found = list(table.cells())
        yield from ((table, cell) for row in self.rows() for cell in found if cell.row is row)


@cache
def _named() -> Mapping[str, tuple[Selection, ...]]:
    path = HERE / "suites.toml"
    return {
        name: tuple(checked(Selection, one, f"{path}: suite {name!r}") for one in found)
        for name, found in read_toml(path).items()
    }


def named_suites() -> tuple[str, ...]:
    """The suites of which `suites.toml` names rows."""
    return tuple(_named())


def selections(suite: str) -> tuple[Selection, ...]:
    """Which rows a suite runs; none when it is not of a paper."""
    if suite in published_tables() and suite not in _named():
        return (Selection(table=suite),)
    return _named().get(suite, ())


def tables_of_suite(suite: str) -> tuple[PublishedTable, ...]:
    """The tables of which a suite runs rows, by the suite's name or by a table's id; none when it is not of a paper."""
    return tuple(published_table(name) for name in dict.fromkeys(one.table for one in selections(suite)))
