"""Settings that name a file or folder of the user: the run keeps its path, its identity only the content."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.untrusted.files import named

_SHOWN_DIGITS = 8


class SettingPath(BaseModel, ABC):
    """A path that a setting names, and the digest of its content. Validates from a path, which is read for the digest.

    Attributes:
        path: absolute path.
        sha256: of the content, in hex, when the run was planned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    sha256: str

    @staticmethod
    @abstractmethod
    def digest_of(path: Path) -> str:
        """The sha256 of what is at a path.

        Raises:
            MissingInputError: it does not exist, or is incomplete.
            DataError: it cannot be read.
        """

    @model_validator(mode="before")
    @classmethod
    def _read_digest(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        path = Path(value).expanduser().absolute()
        return {"path": str(path), "sha256": cls.digest_of(path)}

    def unchanged_path(self) -> Path:
        """The path, after checking that its content is still that of the plan.

        Raises:
            MissingInputError: it no longer exists.
            DataError: it cannot be read, or its content changed since the run was planned.
        """
        path = Path(self.path)
        if self.digest_of(path) != self.sha256:
            raise DataError(f"{named(path)} changed since the run was planned\n  -> run the same command again")
        return path


def _is_path(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() == SettingPath.model_fields.keys()


def without_paths(value: Any) -> Any:
    """A setting's JSON value with files by their digest alone, for identities."""
    if isinstance(value, list | tuple):
        return [without_paths(part) for part in value]
    return {"sha256": value["sha256"]} if _is_path(value) else value


def shown(value: Any) -> Any:
    """A setting's JSON value with files by name and digest, for display: folders of a machine tell readers nothing."""
    if isinstance(value, list | tuple):
        return [shown(part) for part in value]
    return f"{Path(value['path']).name} (sha256 {value['sha256'][:_SHOWN_DIGITS]})" if _is_path(value) else value
