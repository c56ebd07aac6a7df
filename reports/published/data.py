"""What papers print, as typed data: tables, what every column and row measures, and where a number contradicts another.

A number is kept as it is printed, zeros at its end included, in the paper's unit: scores are percent. What a number
measures is said by its table, its column and its row together (`PublishedTable.cells`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mnerbench.reports.published.measures import Against, Kind, Metric

# How the papers and our files print a cell that holds no number.
NO_NUMBER = "-"


def _printed(value: Any) -> Any:
    if value == NO_NUMBER:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"{value!r} is not a number as printed; write 74.79, 2_217, or {NO_NUMBER!r} for none")
    return Decimal(value)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Number = Annotated[Decimal | None, BeforeValidator(_printed)]
Words = Annotated[tuple[str, ...], BeforeValidator(_frozen)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Scope(_Strict):
    """What numbers measure, as far as a table, a column or a row says it.

    Attributes:
        metric: what is measured, with its unit.
        kind: of how many runs.
        dataset: name of the dataset's card; that of the test tweets where training was on another.
        trained_on: the dataset of training, where it is another one.
        split: `train`, `valid`, `test` or `all` of them; None means test.
        type: entity type in our names; None for all types together.
        slice: which mentions or tweets alone.
        view: `t` without, `it` with the picture; None where there is none or the paper does not say.
        encoder: that the model is built on; None where it has none or the paper does not say.
        inputs: made by what else than the paper's other rows.
    """

    metric: Metric | None = Field(None, strict=False)
    kind: Kind | None = Field(None, strict=False)
    dataset: str | None = None
    trained_on: str | None = None
    split: str | None = Field(None, pattern="^(train|valid|test|all)$")
    type: str | None = None
    slice: str | None = None
    view: str | None = Field(None, pattern="^(t|it)$")
    encoder: str | None = None
    inputs: str | None = None

    def said(self) -> dict[str, Any]:
        """What is said here, by name."""
        return {name: said for name in Scope.model_fields if (said := getattr(self, name)) is not None}


class PublishedNote(_Strict):
    """A remark on cells of a row.

    Attributes:
        columns: of which cells.
        text: what to know about them.
        against: what they contradict; None for a remark.
        dataset: what they were measured on, where the column says otherwise.
    """

    columns: Words = Field(min_length=1)
    text: str = Field(min_length=1)
    against: Against | None = Field(None, strict=False)
    dataset: str | None = None


class PublishedColumn(Scope):
    """A column: its heading, and what it measures."""

    name: str = Field(min_length=1)


class PublishedRow(Scope):
    """A row: a system, or what else a line of a table is about.

    Attributes:
        system: as the paper prints it.
        section: heading above the row.
        method: our name of it; absent when we have none.
        origin: whose runs these are when not the paper's own: the paper they are quoted from, or whose code was run.
        published_only: why it can never run here, also where `method` says what would; absent when it can.
        values: numbers by column; None where the paper prints none.
        notes: on single cells; `[[table.row.note]]` in the files.
    """

    system: str = Field(min_length=1)
    section: str = ""
    method: str | None = None
    origin: str | None = None
    published_only: str | None = Field(None, min_length=1)
    values: Annotated[tuple[Number, ...], BeforeValidator(_frozen)] = ()
    notes: Annotated[tuple[PublishedNote, ...], BeforeValidator(_frozen)] = Field((), alias="note")


@dataclass(frozen=True)
class PublishedCell:
    """One printed number with all that is said about it.

    Attributes:
        row, column: where it stands.
        value: as printed.
        scope: the conditions of table, column, row and note together.
        notes: on this cell.
    """

    row: PublishedRow
    column: PublishedColumn
    value: Decimal
    scope: Scope
    notes: tuple[PublishedNote, ...]


class PublishedTable(Scope):
    """A table or figure.

    Attributes:
        id: `<paper>/<table>`, such as `ita/table1`; a suite of the same name runs it.
        source: paper and table as people cite it.
        title: what it shows.
        columns: in the order of print; none for cases.
        rows: in the order of print; `[[table.row]]` in the files.
        notes: on the table as a whole.
    """

    id: str = Field(pattern=r"^[a-z-]+/(table|fig)[1-9]$")
    source: str
    title: str
    columns: Annotated[tuple[PublishedColumn, ...], BeforeValidator(_frozen)] = ()
    rows: Annotated[tuple[PublishedRow, ...], BeforeValidator(_frozen)] = Field(alias="row", min_length=1)
    notes: Words = ()

    @model_validator(mode="after")
    def _consistent(self) -> PublishedTable:
        names = [column.name for column in self.columns]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two columns of one name: {', '.join(twice)}")
        for row in self.rows:
            _check(row, self, names)
        return self

    def cells(self) -> Iterator[PublishedCell]:
        """Every printed number, row by row."""
        for row in self.rows:
            for column, value in zip(self.columns, row.values, strict=True):
                if value is not None:
                    notes = tuple(note for note in row.notes if column.name in note.columns)
                    said = {**self.said(), **column.said(), **row.said()}
                    for note in notes:
                        said["dataset"] = note.dataset or said.get("dataset")
                    yield PublishedCell(row, column, value, Scope(**said), notes)


def _check(row: PublishedRow, table: PublishedTable, names: list[str]) -> None:
    """Refuse a row that its columns do not fit."""
    place = f"row {row.system!r}"
    if len(row.values) != len(names):
        raise ValueError(f"{place}: {len(row.values)} values for {len(names)} columns")
    if unknown := sorted({name for note in row.notes for name in note.columns} - set(names)):
        raise ValueError(f"{place}: a note names no column of this table: {', '.join(unknown)}")
    for column in table.columns:
        if both := sorted(set(row.said()) & set(column.said())):
            raise ValueError(f"{place}: says {', '.join(both)}, which column {column.name!r} says too")
        said = {**table.said(), **column.said(), **row.said()}
        if lacking := sorted({"metric", "kind"} - set(said)):
            raise ValueError(f"{place}, column {column.name!r}: neither says its {' and '.join(lacking)}")


class PublishedPaper(_Strict):
    """A paper: the name that tables print, who wrote it, and its tables."""

    name: str
    citation: str
    tables: tuple[PublishedTable, ...]
