"""Settings that name a file: the run keeps its path, its identity only the file's content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.untrusted.files import read_bytes, sha256_of

_SHOWN_DIGITS = 8


class SettingFile(BaseModel):
    """A file of the user that a setting names. Validates from a path, which is read for its digest.

    Attributes:
        path: absolute path.
        sha256: of its content, in hex, when the run was planned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    sha256: str

    @model_validator(mode="before")
    @classmethod
    def _digest(cls, value: Any) -> Any:
        """Read a path's digest.

        Raises:
            MissingInputError: there is no such file.
            DataError: it cannot be read.
        """
        if not isinstance(value, str):
            return value
        path = Path(value).expanduser().absolute()
        return {"path": str(path), "sha256": sha256_of(path)}

    @property
    def name(self) -> str:
        """The file's name without folder and suffix."""
        return Path(self.path).stem

    def text(self) -> str:
        """The file's content, UTF-8 with replacement characters for invalid bytes.

        Raises:
            MissingInputError: the file no longer exists.
            DataError: it cannot be read, or its content changed since the run was planned.
        """
        path = Path(self.path)
        if sha256_of(path) != self.sha256:
            raise DataError(f"{path} changed since the run was planned\n  -> run the same command again")
        return read_bytes(path).decode("utf-8", errors="replace")


def _is_file(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"path", "sha256"}


def without_paths(value: Any) -> Any:
    """A setting's JSON value with files by their digest alone, for identities."""
    if isinstance(value, list | tuple):
        return [without_paths(part) for part in value]
    return {"sha256": value["sha256"]} if _is_file(value) else value


def shown(value: Any) -> Any:
    """A setting's JSON value with files by name and digest, for display: folders of a machine tell readers nothing."""
    if isinstance(value, list | tuple):
        return [shown(part) for part in value]
    return f"{Path(value['path']).name} (sha256 {value['sha256'][:_SHOWN_DIGITS]})" if _is_file(value) else value
