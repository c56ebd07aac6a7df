"""The tables of papers as typed data: numbers, what they measure, and where they contradict each other.

Numbers keep all printed digits, trailing zeros included, in the paper's unit: scores are percent. Table, column and row
together specify what a number measures (`PublishedTable.cells`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mnerbench.reports.published.measures import Against, Kind, Metric

# A cell without a number, in the papers and in our files.
NO_NUMBER = "-"


def _parse_number(value: Any) -> Any:
    if value == NO_NUMBER:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"{value!r} is not a printed number; write 74.79, 2_217, or {NO_NUMBER!r} for none")
    return Decimal(value)


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Number = Annotated[Decimal | None, BeforeValidator(_parse_number)]
Words = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class Strict(BaseModel):
    """Frozen data with exactly the declared keys and types."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Scope(Strict):
    """What numbers measure, as far as a table, column or row specifies it.

    Attributes:
        metric: what is measured, with its unit.
        kind: aggregation over runs.
        dataset: name of the dataset's card; of the test tweets where training was on another dataset.
        trained_on: the dataset of training, where it differs.
        split: `train`, `valid`, `test` or `all` of them; None means test.
        type: entity type by our name; None for all types together.
        slice: subset of mentions or tweets; None for all.
        view: `t` without, `it` with the picture; None if there is no view or the paper does not specify it.
        encoder: text encoder of the model; None if it has none or the paper does not specify it.
        inputs: source of the visual inputs, where it differs from the paper's other rows.
        protocol: name of the conditions of training in `protocols.toml`; None if they are not known.
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
    protocol: str | None = None

    def specified(self) -> dict[str, Any]:
        """The fields that are not None, by name."""
        return {name: value for name in Scope.model_fields if (value := getattr(self, name)) is not None}


class PublishedNote(Strict):
    """A remark on cells of a row.

    Attributes:
        columns: names of the columns of these cells.
        text: the remark.
        against: what the numbers contradict; None for another remark.
        dataset: what the numbers were measured on, where it is not the column's dataset.
    """

    columns: Words = Field(min_length=1)
    text: str = Field(min_length=1)
    against: Against | None = Field(None, strict=False)
    dataset: str | None = None


class PublishedColumn(Scope):
    """A column: its heading and what it measures."""

    name: str = Field(min_length=1)


class PublishedRow(Scope):
    """A row: a system or another subject of a table's line.

    Attributes:
        system: name as printed in the paper.
        section: heading above the row.
        method: our name of the system; None if we do not implement it.
        origin: source of numbers that are not the paper's own: the quoted paper, or the authors of the code that was
            run.
        published_only: why the row can never run here, even if there is a `method`; None if it can.
        values: numbers by column; None where the paper prints none.
        notes: on single cells; `[[table.row.note]]` in the files.
    """

    system: str = Field(min_length=1)
    section: str = ""
    method: str | None = None
    origin: str | None = None
    published_only: str | None = Field(None, min_length=1)
    values: Annotated[tuple[Number, ...], BeforeValidator(_as_tuple)] = ()
    notes: Annotated[tuple[PublishedNote, ...], BeforeValidator(_as_tuple)] = Field((), alias="note")


class PublishedCase(Strict):
    """A tweet that a paper discusses.

    Attributes:
        datasets: corpora here that may contain the tweet; empty if none does.
        tweet: its words there, joined by spaces.
        printed: the text in the paper, where it is another.
        gold: the gold labels in the notation of the paper; None if it states none.
        answers: of systems, in the notation of the paper.
        note: a remark.
    """

    datasets: Words = ()
    tweet: str | None = None
    printed: str | None = None
    gold: str | None = None
    answers: dict[str, str] = Field(default_factory=dict)
    note: str | None = None

    @model_validator(mode="after")
    def _identified(self) -> PublishedCase:
        if (self.tweet is None) != (not self.datasets) or not (self.tweet or self.printed):
            raise ValueError("give the tweet with its datasets, or the printed text")
        return self


@dataclass(frozen=True)
class PublishedCell:
    """A printed number with its conditions.

    Attributes:
        row, column: position in the table.
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
        id: `<paper>/<table>`, such as `ita/table1`, or `after-2022/<system>`; also the name of the suite that runs it.
        source: citation of paper and table.
        title: what the table shows.
        columns: in the order of print; none for cases.
        rows: in the order of print; `[[table.row]]` in the files.
        cases: tweets; `[[table.case]]` in the files.
        notes: on the table as a whole.
    """

    id: str = Field(pattern=r"^([a-z-]+/(table|fig)[1-9]|after-2022/[a-z-]+)$")
    source: str
    title: str
    columns: Annotated[tuple[PublishedColumn, ...], BeforeValidator(_as_tuple)] = ()
    rows: Annotated[tuple[PublishedRow, ...], BeforeValidator(_as_tuple)] = Field(alias="row", min_length=1)
    cases: Annotated[tuple[PublishedCase, ...], BeforeValidator(_as_tuple)] = Field((), alias="case")
    notes: Words = ()

    @model_validator(mode="after")
    def _consistent(self) -> PublishedTable:
        names = [column.name for column in self.columns]
        if duplicates := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"duplicate column names: {', '.join(duplicates)}")
        for row in self.rows:
            _check(row, self, names)
        systems = {row.system for row in self.rows}
        if unknown := sorted({system for case in self.cases for system in case.answers} - systems):
            raise ValueError(f"cases with answers of systems that have no row: {', '.join(unknown)}")
        return self

    def cells(self) -> Iterator[PublishedCell]:
        """Every printed number, row by row."""
        for row in self.rows:
            for column, value in zip(self.columns, row.values, strict=True):
                if value is not None:
                    notes = tuple(note for note in row.notes if column.name in note.columns)
                    scope = {**self.specified(), **column.specified(), **row.specified()}
                    for note in notes:
                        scope["dataset"] = note.dataset or scope.get("dataset")
                    yield PublishedCell(row, column, value, Scope(**scope), notes)

    def minuend_and_subtrahend(self, row: PublishedRow) -> tuple[PublishedRow, PublishedRow]:
        """The rows of which a row of kind `difference` is the difference: the one above, and the one above that."""
        index = self.rows.index(row)
        return self.rows[index - 1], self.rows[index - 2]


def _check(row: PublishedRow, table: PublishedTable, names: list[str]) -> None:
    """Raise if a row does not fit the columns of its table."""
    location = f"row {row.system!r}"
    if len(row.values) != len(names):
        raise ValueError(f"{location}: {len(row.values)} values for {len(names)} columns")
    if row.kind is Kind.DIFFERENCE:
        above = table.rows[: table.rows.index(row)][-2:]
        if len(above) < 2 or any(None in other.values for other in above):
            raise ValueError(f"{location}: a difference needs two complete rows above it")
    if unknown := sorted({name for note in row.notes for name in note.columns} - set(names)):
        raise ValueError(f"{location}: a note names unknown columns: {', '.join(unknown)}")
    for column in table.columns:
        if both := sorted(set(row.specified()) & set(column.specified())):
            raise ValueError(f"{location}: {', '.join(both)} specified by the row and by column {column.name!r}")
        specified = {**table.specified(), **column.specified(), **row.specified()}
        if missing := sorted({"metric", "kind"} - set(specified)):
            raise ValueError(f"{location}, column {column.name!r}: no {' and '.join(missing)} specified")


class PublishedPaper(Strict):
    """A paper: short name, citation and tables."""

    name: str
    citation: str
    tables: tuple[PublishedTable, ...]
