"""The files of published numbers, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError, suggestion
from mnerbench.reports.published.data import (
    PublishedColumn,
    PublishedNote,
    PublishedPaper,
    PublishedRow,
    PublishedTable,
)

HERE = Path(__file__).parent
PAPERS = ("ita", "maf", "hamlearning", "can-images-help")
Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: Path) -> dict[str, Any]:
    """A file, its numbers with the digits that are written.

    Raises:
        MissingInputError: it cannot be read.
        DataError: it is not TOML; names the line.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise MissingInputError(f"{path}: cannot be read ({error.strerror})\n  -> install the package again") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError.at(path, None, f"not TOML: {error}", "compare it with a file that ships") from error


def read_paper(path: Path) -> PublishedPaper:
    """One paper's file: a table [paper], and [[table]] for each of its tables and figures.

    Raises:
        MissingInputError: it cannot be read.
        DataError: it is not TOML.
        ConfigError: something is unknown, missing or wrong; names file, table and row.
    """
    raw = read_toml(path)
    if unknown := sorted(set(raw) - {"paper", "table"}):
        reason = f"{path}: unknown {unknown[0]!r}{suggestion(unknown[0], ('paper', 'table'))}"
        raise ConfigError(f"{reason}\n  -> correct or remove it")
    tables = raw.get("table", [])
    if not isinstance(tables, list):
        raise ConfigError(f"{path}: its tables are not a list\n  -> write [[table]]")
    paper = checked(PublishedPaper, {**raw.get("paper", {}), "tables": ()}, f"{path}: [paper]")
    read = tuple(_table(path, table) for table in tables)
    if twice := [table.id for place, table in enumerate(read) if table.id in [one.id for one in read[:place]]]:
        raise ConfigError(f"{path}: table {twice[0]!r} stands there twice\n  -> give every table its own id")
    return paper.model_copy(update={"tables": read})


def _table(path: Path, raw: Mapping[str, Any]) -> PublishedTable:
    table = checked(PublishedTable, raw, f"{path}: table {raw.get('id', 'without id')!r}")
    if table.id.partition("/")[0] != path.stem:
        raise ConfigError(f"{path}: table {table.id!r}\n  -> name it {path.stem}/..., as its file")
    return table


def checked(model: type[Model], raw: Mapping[str, Any], place: str) -> Model:
    """Raw data as a model.

    Raises:
        ConfigError: something is unknown, missing or wrong; names the place, and rows and columns by their names.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        lines = [f"  {_place(raw, item['loc'])}{_complaint(item)}" for item in error.errors(include_url=False)]
        raise ConfigError("\n".join([place, *lines, "  -> correct what it names"])) from error


def _place(raw: Mapping[str, Any], where: Sequence[int | str]) -> str:
    """Where an error is, rows and columns by their names: `row 'MAF': values.2: `."""
    names = []
    if len(where) > 1 and where[0] in {"row", "columns"} and isinstance(where[1], int):
        one = raw[str(where[0])][where[1]]
        name = one.get("system", one.get("name")) if isinstance(one, Mapping) else one
        names.append(f"{'row' if where[0] == 'row' else 'column'} {name!r}")
        where = where[2:]
    return "".join(f"{name}: " for name in (*names, ".".join(map(str, where))) if name)


def _complaint(item: Any) -> str:
    if item["type"] != "extra_forbidden":
        return str(item["msg"])
    models = (PublishedPaper, PublishedTable, PublishedColumn, PublishedRow, PublishedNote)
    known = {field.alias or key for model in models for key, field in model.model_fields.items()}
    return f"unknown key{suggestion(str(item['loc'][-1]), known)}"


@cache
def papers() -> Mapping[str, PublishedPaper]:
    """All papers by the name of their file."""
    return {name: read_paper(HERE / f"{name}.toml") for name in PAPERS}


@cache
def published_tables() -> Mapping[str, PublishedTable]:
    """All tables and figures by id, paper by paper in the order of print."""
    return {table.id: table for paper in papers().values() for table in paper.tables}


def published_table(name: str) -> PublishedTable:
    """A table or figure by its id, which is also the name of its suite.

    Raises:
        ConfigError: there is none; answers with the nearest.
    """
    if name not in published_tables():
        reason = f"no published table {name!r}{suggestion(name, published_tables())}"
        raise ConfigError(f"{reason}\n  -> name one as docs/published.md does")
    return published_tables()[name]
