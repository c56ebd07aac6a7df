"""The pictures themselves as an input."""

from __future__ import annotations

import hashlib

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import FILE, InputKind
from mnerbench.datasets.visual.picture_files import PictureFiles
from mnerbench.datasets.visual.sources.base import Setting, Source


class PictureSource(Source):
    """The pictures of a dataset, unchanged.

    Args:
        name: `file`.
        setting: the dataset.

    Raises:
        ConfigError: the name is another one.
        MissingInputError: there are no pictures.
    """

    def __init__(self, name: str, setting: Setting) -> None:
        if name != FILE:
            raise ConfigError(f"--input picture={name}: pictures have no other source\n  -> leave it out")
        self.kind, self.name, self._pictures = InputKind.PICTURE, name, setting.pictures
        self.fingerprint = hashlib.sha256(f"picture {self._pictures.fingerprint}".encode()).hexdigest()

    @property
    def named(self) -> int:
        """See the base."""
        return len(self._pictures.files)

    @property
    def replaced(self) -> int:
        """See the base."""
        return self._pictures.replaced

    @property
    def reads_pictures(self) -> bool:
        """See the base."""
        return True

    @property
    def evidence_kinds(self) -> frozenset[InputKind]:
        """See the base: everything that is drawn."""
        return frozenset({InputKind.GRID})

    @property
    def summary(self) -> str:
        """See the base."""
        return f"{len(self._pictures.files):,} pictures, {self._pictures.absent:,} tweets without one"

    def load(self) -> PictureFiles:
        """The files."""
        return PictureFiles(self._pictures.files, self.fingerprint, self._pictures.absent)
