"""Parser of Parquet files with one row per tweet, as Hugging Face stores data sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mnerbench.datasets.character_spans import Offsets
from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.jsonlines import parse_rows
from mnerbench.datasets.raw import RawSplit
from mnerbench.datasets.tag_names import names_of
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import require_regular
from mnerbench.datasets.untrusted.json_text import parse_json

_LABELS = ("label", "labels", "ner_tags", "tags", "ner")


def parse_parquet(path: Path, tag_names: tuple[str, ...] | None, offsets: Offsets) -> RawSplit:
    """Parse a Parquet file, without changing labels; names of integer labels come from its description of features.

    Raises:
        DataError: the file is not Parquet, or a row is invalid (with its number).
        MissingInputError: pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        remedy = (
            "pip install pyarrow, or write JSON lines: datasets.Dataset.to_json, pandas.DataFrame.to_json(lines=True)"
        )
        raise MissingInputError(f"{path}: Parquet needs the library pyarrow\n  -> {remedy}") from error
    require_regular(path)
    try:
        table = pyarrow.parquet.read_table(path, columns=_columns(pyarrow.parquet.read_schema(path)))
    except (pyarrow.ArrowException, OSError, UnicodeError) as error:
        raise DataError.at(path, None, f"not a readable Parquet file: {error}", "fetch it again") from error
    features = _features(table.schema.metadata)
    names = tag_names or next(filter(None, (names_of(features, key) for key in _LABELS)), None)
    return parse_rows(path, _rows(path, table), names, offsets)


def _columns(schema: Any) -> list[str]:
    """All columns except the content of pictures, which may exceed memory; of a picture only the path."""
    columns = []
    for field in schema:
        inner = {child.name for child in field.flatten()} if str(field.type).startswith("struct") else set()
        if f"{field.name}.bytes" in inner:
            columns += [f"{field.name}.path"] if f"{field.name}.path" in inner else []
        elif "binary" not in str(field.type):
            columns.append(field.name)
    return columns


def _rows(path: Path, table: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Convert rows to Python values, one batch at a time.

    Raises:
        DataError: a value has no Python equivalent, such as text that is not UTF-8.
    """
    number = 0
    for batch in table.to_batches(max_chunksize=1024):
        try:
            rows = batch.to_pylist()
        except ValueError as error:  # pyarrow's errors about values are subclasses
            reason = f"a value in this row or the next {batch.num_rows:,} cannot be read: {one_line(error)}"
            raise DataError.at(
                path, number + 1, reason, "write texts in UTF-8, and whole numbers or texts as ids"
            ) from error
        for row in rows:
            number += 1
            # A tweet without a picture has a picture object without a path.
            yield number, {key: None if value == {"path": None} else value for key, value in row.items()}


def _features(metadata: Mapping[bytes, bytes] | None) -> Any:
    try:
        return parse_json((metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        return {"_type": None}
