"""Safe reading of results folders from untrusted sources: contained paths, validated files."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from mnerbench.benchmark.results.damage import Damage, DamagedFileError, damage_of
from mnerbench.datasets.errors import MissingInputError, StoreError
from mnerbench.datasets.inputs import View
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import read_bytes, require_inside
from mnerbench.datasets.untrusted.names import is_identity, is_safe_name

ModelT = TypeVar("ModelT", bound=BaseModel)

MOST_BYTES = 1 << 28  # of a record, a suite's manifest or the description of a split
ADDITIVE = "it-additive"  # predictions of the additive projection of a sample (`benchmark/training/diagnostics.py`)
ASIDE = ".damaged"  # suffix of a damaged file that was replaced
_TRANSFER = "test@"
_AWAY = "\n  -> move the file or folder away"

_MESSAGES = {
    "less_than_equal": "a number that is too large",
    "greater_than_equal": "a number that is too small",
    "finite_number": "a number that is not finite",
}

# Far beyond the numbers of real runs, and small enough that sums and squares stay finite.
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Amount = Annotated[float, Field(ge=-1e100, le=1e100, allow_inf_nan=False)]
SplitName = Annotated[str, StringConstraints(pattern=r"^(valid|test|test@[A-Za-z0-9][A-Za-z0-9._+@-]{0,99})$")]
ViewName = Annotated[str, StringConstraints(pattern=f"^({'|'.join(View)})$")]


def store_path(root: Path, *parts: str) -> Path:
    """A path in a results folder, after checking that no link or `..` leads out. All paths of a store come from here.

    Args:
        root: the results folder; may itself be a link.
        parts: folders and file below it; need not exist.

    Raises:
        DamagedFileError: The path leads out of the folder.
    """
    path, prefix = root.joinpath(*parts), os.fspath(root)
    for part in "/".join(parts).split("/"):
        prefix = f"{prefix}/{part}"
        # Strings are faster than paths for the thousands of calls of a report, and accept names that are too long.
        if part in {"", ".."} or os.path.islink(prefix):  # noqa: PTH114
            _require_inside(root, path, Path(prefix))
    return path


def _require_inside(root: Path, path: Path, link: Path) -> None:
    try:
        require_inside(root, path, StoreError)
    except StoreError as error:
        reason = "leads out of the results folder, by a link or by its name"
        raise DamagedFileError(Damage(link, reason, "move it away")) from error


def run_folder(root: Path, identity: str) -> Path:
    """The folder of a run.

    Raises:
        StoreError: The identity is malformed, or a link leads out of the results folder.
    """
    require_identity(identity)
    return store_path(root, identity)


def require_identity(identity: str) -> None:
    """Check the form of an identity.

    Raises:
        StoreError: The identity is malformed.
    """
    if not is_identity(identity):
        raise StoreError(f"{one_line(identity)!r}: not the identity of a run (16 hexadecimal digits){_AWAY}")


def predictions_name(split: str, view: str) -> str:
    """The file name of a split and view without suffix, such as `test@twitter17.it`.

    Raises:
        StoreError: There is no such split or view.
    """
    dataset = split.removeprefix(_TRANSFER) if split.startswith(_TRANSFER) else None
    if not (split in {"valid", "test"} if dataset is None else is_safe_name(dataset)):
        raise StoreError(f"{one_line(split)!r}: not the name of a scored split{_AWAY}")
    if view not in set(View) and view != ADDITIVE:
        raise StoreError(f"{one_line(view)!r}: not the name of a view{_AWAY}")
    return f"{split}.{view}"


def read_stored(path: Path, *, identity: str | None = None, most: int = MOST_BYTES) -> bytes | None:
    """The content of a file of the store; None if there is none.

    Raises:
        DamagedFileError: The file cannot be read; the damage is not `replaceable`.
    """
    try:
        return read_bytes(path, error=StoreError, most=most)
    except MissingInputError as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            return None
        folder = Damage(path, "a folder, not a file", "move it away", identity)
        raise DamagedFileError(folder) from error
    except StoreError as error:
        damage = damage_of(error, path, identity=identity)
        if error.__cause__ is None:  # it exists, but is not a file that a run writes
            damage = replace(damage, remedy="move it away")
        raise DamagedFileError(damage) from error


def parse_stored(model: type[ModelT], content: bytes, what: str) -> ModelT:
    """Parse stored JSON into its model.

    Args:
        model: the model.
        content: the text.
        what: what the text should be, for messages, such as `a run record`.

    Raises:
        ValueError: The text is invalid; the message says why, in one line.
    """
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        first, *more = error.errors(include_url=False, include_context=False)
        key = one_line(".".join(map(str, first["loc"])), 120)
        message = _MESSAGES.get(first["type"]) or one_line(first["msg"], 200)
        others = f"; and {len(more):,} more" if more else ""
        raise ValueError(f"not {what}: {f'{key}: ' if key else ''}{message}{others}") from error


def set_aside(path: Path) -> Path:
    """Rename a damaged file, so that it can be replaced without loss.

    Raises:
        OSError: The file cannot be renamed.
    """
    aside = path.with_name(path.name + ASIDE)
    path.replace(aside)
    return aside
