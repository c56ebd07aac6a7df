"""Settings that name a folder with a model: the run keeps its path, its identity only the content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, model_validator

from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.pretrained import WEIGHTS, files_digest, has_weights, weight_files
from mnerbench.datasets.pretrained_loading import read_state
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.untrusted.json_text import read_json

if TYPE_CHECKING:
    from torch import Tensor

_SETTINGS = "config.json"
_COPY = "copy the whole model folder again"


class SettingModel(BaseModel):
    """A folder of the user with a model, that a setting names: `config.json` and weights. Validates from a path.

    Attributes:
        path: absolute path.
        sha256: over config and weights, in hex, when the run was planned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    sha256: str

    @model_validator(mode="before")
    @classmethod
    def _digest(cls, value: Any) -> Any:
        """Read a folder's digest.

        Raises:
            MissingInputError: there is no such folder, or it lacks config or weights.
        """
        if not isinstance(value, str):
            return value
        folder = Path(value).expanduser().absolute()
        return {"path": str(folder), "sha256": _digest_of(folder)}

    @property
    def settings(self) -> Mapping[str, Any]:
        """Content of its `config.json`.

        Raises:
            DataError: it is no JSON object.
        """
        path = Path(self.path) / _SETTINGS
        settings = read_json(path, _COPY, finite=False)
        if not isinstance(settings, dict):
            raise DataError.at(path, None, "does not hold an object", _COPY)
        return settings

    def state(self) -> dict[str, Tensor]:
        """Tensors of its weights by name. Never executes code from the files.

        Raises:
            MissingInputError: the folder no longer exists.
            DataError: it cannot be read, or its content changed since the run was planned.
        """
        folder = Path(self.path)
        if _digest_of(folder) != self.sha256:
            raise DataError(f"{named(folder)} changed since the run was planned\n  -> run the same command again")
        state: dict[str, Tensor] = {}
        for file in weight_files(folder):
            state.update(read_state(file))
        return state


def _digest_of(folder: Path) -> str:
    absent = f"no {_SETTINGS}" if not (folder / _SETTINGS).is_file() else f"no weights ({' or '.join(WEIGHTS)})"
    if not (folder / _SETTINGS).is_file() or not has_weights(folder):
        raise MissingInputError(f"model folder {named(folder)}: {absent}\n  -> name the folder of the whole model")
    return files_digest([folder / _SETTINGS, *weight_files(folder)])
