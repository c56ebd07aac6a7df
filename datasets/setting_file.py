"""Settings that name a file."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.setting_path import SettingPath
from mnerbench.datasets.untrusted.files import read_bytes, sha256_of


class SettingFile(SettingPath):
    """A file of the user that a setting names."""

    @staticmethod
    def digest_of(path: Path) -> str:
        """The sha256 of a file."""
        return sha256_of(path)

    @property
    def name(self) -> str:
        """The file's name without folder and suffix."""
        return Path(self.path).stem

    def text(self) -> str:
        """The file's content, UTF-8 with replacement characters for invalid bytes; raises as `unchanged_path`."""
        return read_bytes(self.unchanged_path()).decode("utf-8", errors="replace")
