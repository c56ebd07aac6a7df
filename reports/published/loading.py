"""Reading the files of published numbers."""

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
    PublishedCase,
    PublishedColumn,
    PublishedNote,
    PublishedPaper,
    PublishedRow,
    PublishedTable,
)

HERE = Path(__file__).parent
PAPERS = ("ita", "maf", "hamlearning", "can-images-help")
GROUPS = ("after-2022",)  # files of systems of several papers
Model = TypeVar("Model", bound=BaseModel)
ItemT = TypeVar("ItemT")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file with numbers as decimals, so that all written digits are kept.

    Raises:
        MissingInputError: the file cannot be read.
        DataError: the file is not TOML; names the line.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise MissingInputError(f"{path}: cannot be read ({error.strerror})\n  -> reinstall the package") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError.at(path, None, f"not TOML: {error}", "compare with a file of the package") from error


def read_paper(path: Path) -> PublishedPaper:
    """Read the file of a paper: a table [paper], and [[table]] for each of its tables and figures.

    Raises:
        MissingInputError: the file cannot be read.
        DataError: the file is not TOML.
        ConfigError: a key is unknown, missing or invalid; names file, table and row.
    """
    raw = read_toml(path)
    if unknown := sorted(set(raw) - {"paper", "table"}):
        reason = f"{path}: unknown {unknown[0]!r}{suggestion(unknown[0], ('paper', 'table'))}"
        raise ConfigError(f"{reason}\n  -> correct or remove it")
    tables = raw.get("table", [])
    if not isinstance(tables, list):
        raise ConfigError(f"{path}: its tables are not a list\n  -> write [[table]]")
    paper = parse_model(PublishedPaper, {**raw.get("paper", {}), "tables": ()}, f"{path}: [paper]")
    parsed = tuple(_table(path, table) for table in tables)
    ids = [table.id for table in parsed]
    if duplicates := [name for index, name in enumerate(ids) if name in ids[:index]]:
        raise ConfigError(f"{path}: duplicate table {duplicates[0]!r}\n  -> give every table its own id")
    return paper.model_copy(update={"tables": parsed})


def _table(path: Path, raw: Mapping[str, Any]) -> PublishedTable:
    table = parse_model(PublishedTable, raw, f"{path}: table {raw.get('id', 'without id')!r}")
    if table.id.partition("/")[0] != path.stem:
        raise ConfigError(f"{path}: table {table.id!r}\n  -> name it {path.stem}/..., after its file")
    return table


def parse_model(model: type[Model], raw: Mapping[str, Any], location: str) -> Model:
    """Validate raw data.

    Raises:
        ConfigError: a key is unknown, missing or invalid; names the location, and rows and columns by their names.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        lines = [f"  {_location(raw, item['loc'])}{_message(item)}" for item in error.errors(include_url=False)]
        raise ConfigError("\n".join([location, *lines, "  -> correct these values"])) from error


def _location(raw: Mapping[str, Any], path: Sequence[int | str]) -> str:
    """The location of an error, with rows and columns by name: `row 'MAF': values.2: `."""
    names = []
    if len(path) > 1 and path[0] in {"row", "columns"} and isinstance(path[1], int):
        item = raw[str(path[0])][path[1]]
        name = item.get("system", item.get("name")) if isinstance(item, Mapping) else item
        names.append(f"{'row' if path[0] == 'row' else 'column'} {name!r}")
        path = path[2:]
    return "".join(f"{name}: " for name in (*names, ".".join(map(str, path))) if name)


def _message(item: Any) -> str:
    if item["type"] != "extra_forbidden":
        return str(item["msg"])
    models = (PublishedPaper, PublishedTable, PublishedColumn, PublishedRow, PublishedNote, PublishedCase)
    keys = {field.alias or key for model in models for key, field in model.model_fields.items()}
    return f"unknown key{suggestion(str(item['loc'][-1]), keys)}"


@cache
def papers() -> Mapping[str, PublishedPaper]:
    """All papers, and groups of systems, by the stem of their file name."""
    return {name: read_paper(HERE / f"{name}.toml") for name in (*PAPERS, *GROUPS)}


@cache
def published_tables() -> Mapping[str, PublishedTable]:
    """All tables and figures by id, paper by paper in the order of print."""
    return {table.id: table for paper in papers().values() for table in paper.tables}


def published_table(name: str) -> PublishedTable:
    """A table or figure by its id, which is also the name of its suite.

    Raises:
        ConfigError: the id is unknown; suggests the closest.
    """
    return by_name(published_tables(), name, "no published table", "use an id of docs/published.md")


def by_name(items: Mapping[str, ItemT], name: str, what: str, remedy: str) -> ItemT:
    """An item by its name.

    Args:
        items: by name.
        name: the name.
        what: beginning of the error for an unknown name.
        remedy: end of it.

    Raises:
        ConfigError: the name is unknown; suggests the closest.
    """
    if name not in items:
        raise ConfigError(f"{what} {name!r}{suggestion(name, items)}\n  -> {remedy}")
    return items[name]
