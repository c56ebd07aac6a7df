"""Reading a results folder, which may be a stranger's: paths lead nowhere else, files are what they should be."""

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

MOST_BYTES = 1 << 28  # of a record, a suite's grid or the description of a split
ADDITIVE = "it-additive"  # predictions of the additive projection of a sample (`benchmark/training/diagnostics.py`)
ASIDE = ".damaged"  # ends the name of a damaged file that was replaced
_TRANSFER = "test@"
_AWAY = "\n  -> move the file or folder away"

_MESSAGES = {
    "less_than_equal": "a number that is too large",
    "greater_than_equal": "a number that is too small",
    "finite_number": "a number that is not finite",
}

# Numbers of people's runs are far inside; sums and squares of any others stay finite.
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Amount = Annotated[float, Field(ge=-1e100, le=1e100, allow_inf_nan=False)]
SplitName = Annotated[str, StringConstraints(pattern=r"^(valid|test|test@[A-Za-z0-9][A-Za-z0-9._+@-]{0,99})$")]
ViewName = Annotated[str, StringConstraints(pattern=f"^({'|'.join(View)})$")]


def store_path(root: Path, *parts: str) -> Path:
    """A path in a results folder, which no link and no `..` leads out of it. Every path of a store comes from here.

    Args:
        root: the results folder; may itself be a link.
        parts: folders and file below it; need not exist.

    Raises:
        DamagedFileError: the path leads elsewhere.
    """
    path, place = root.joinpath(*parts), os.fspath(root)
    for part in "/".join(parts).split("/"):
        place = f"{place}/{part}"
        # Strings, since a report asks for thousands; and no error for a name that is too long.
        if part in {"", ".."} or os.path.islink(place):  # noqa: PTH114
            _require_inside(root, path, Path(place))
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
        StoreError: the identity is none, or a link leads elsewhere.
    """
    if not is_identity(identity):
        raise StoreError(f"{one_line(identity)!r}: not the identity of a run, which has 16 hexadecimal digits{_AWAY}")
    return store_path(root, identity)


def predictions_name(split: str, view: str) -> str:
    """`test@twitter17.it`: what files of a split and view are called, without their ending.

    Raises:
        StoreError: there is no such split or view.
    """
    dataset = split.removeprefix(_TRANSFER) if split.startswith(_TRANSFER) else None
    if not (split in {"valid", "test"} if dataset is None else is_safe_name(dataset)):
        raise StoreError(f"{one_line(split)!r}: not the name of a scored split{_AWAY}")
    if view not in set(View) and view != ADDITIVE:
        raise StoreError(f"{one_line(view)!r}: not the name of a view{_AWAY}")
    return f"{split}.{view}"


def read_stored(path: Path, *, identity: str | None = None, most: int = MOST_BYTES) -> bytes | None:
    """The content of a file of the store; None where there is none.

    Raises:
        DamagedFileError: it cannot be read; it is then nothing that a run may be done over.
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
        if error.__cause__ is None:  # there, and no file that a run would write
            damage = replace(damage, remedy="move it away")
        raise DamagedFileError(damage) from error


def parse_stored(model: type[ModelT], content: bytes, what: str) -> ModelT:
    """A stored JSON text as the model that it was written from.

    Args:
        model: the model.
        content: the text.
        what: what it should be, such as `a run record`.

    Raises:
        ValueError: it is not; says why, in one line.
    """
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        first, *more = error.errors(include_url=False, include_context=False)
        place = one_line(".".join(map(str, first["loc"])), 120)
        message = _MESSAGES.get(first["type"]) or one_line(first["msg"], 200)
        others = f"; and {len(more):,} more" if more else ""
        raise ValueError(f"not {what}: {f'{place}: ' if place else ''}{message}{others}") from error


def set_aside(path: Path) -> Path:
    """Rename a damaged file, so that another one can take its place and nothing is lost.

    Raises:
        OSError: it cannot be renamed.
    """
    aside = path.with_name(path.name + ASIDE)
    path.replace(aside)
    return aside
