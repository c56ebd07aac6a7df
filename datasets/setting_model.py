"""Settings that name a folder with a model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.pretrained import WEIGHTS, files_digest, has_weights, weight_files
from mnerbench.datasets.pretrained_loading import read_state
from mnerbench.datasets.setting_path import SettingPath
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.untrusted.json_text import read_json

if TYPE_CHECKING:
    from torch import Tensor

_SETTINGS = "config.json"
_COPY = "copy the whole model folder again"


class SettingModel(SettingPath):
    """A folder of the user with a model, that a setting names: `config.json` and weights."""

    @staticmethod
    def digest_of(path: Path) -> str:
        """The sha256 over config and weights of a model folder.

        Raises:
            MissingInputError: there is no such folder, or it lacks config or weights.
        """
        absent = f"no {_SETTINGS}" if not (path / _SETTINGS).is_file() else f"no weights ({' or '.join(WEIGHTS)})"
        if not (path / _SETTINGS).is_file() or not has_weights(path):
            raise MissingInputError(f"model folder {named(path)}: {absent}\n  -> name the folder of the whole model")
        return files_digest([path / _SETTINGS, *weight_files(path)])

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
        """Tensors of its weights by name; raises as `unchanged_path`. Never executes code from the files."""
        folder = self.unchanged_path()
        state: dict[str, Tensor] = {}
        for file in weight_files(folder):
            state.update(read_state(file))
        return state
