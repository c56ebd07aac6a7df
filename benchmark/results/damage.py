"""Damaged files of a results folder: named with reason and remedy and excluded, so that the rest remains usable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mnerbench.datasets.errors import MnerbenchError, StoreError
from mnerbench.datasets.untrusted.files import named

MOST = 50  # files listed on a terminal or page; a folder that lost its predictions would flood it
_REMEDY = "\n  -> "


@dataclass(frozen=True)
class Damage:
    """A file of a results folder that is unusable or inconsistent.

    Attributes:
        path: the file.
        reason: what is wrong with it.
        remedy: what the user can do.
        identity: the run it belongs to; None if it belongs to no run.
        line: line number in the file; None for the whole file.
        replaceable: whether the run may be repeated over it. False for a file that may hold a result: one that cannot
            be read, is a link out of the folder, or is a record of another version or run.
        excludes: whether the run is excluded from reports. Otherwise the scores in its record are reported.
    """

    path: Path
    reason: str
    remedy: str
    identity: str | None = None
    line: int | None = None
    replaceable: bool = False
    excludes: bool = True

    @property
    def text(self) -> str:
        """Path and reason, and on a second line the remedy."""
        return f"{self.location}: {self.reason}{_REMEDY}{self.remedy}"

    @property
    def location(self) -> str:
        """The file, with the line number if there is one."""
        return named(self.path) + (f":{self.line}" if self.line is not None else "")

    def within(self, root: Path) -> Damage:
        """The same damage with a path relative to the results folder, for reports that leave this machine."""
        return replace(self, path=self.path.relative_to(root)) if self.path.is_relative_to(root) else self


class DamagedFileError(StoreError):
    """A file of a results folder is damaged.

    Attributes:
        damage: the file, the reason and the remedy.
    """

    def __init__(self, damage: Damage) -> None:
        super().__init__(damage.text)
        self.damage = damage

    def __reduce__(self) -> tuple[type[DamagedFileError], tuple[Damage]]:
        return type(self), (self.damage,)  # workers pickle their errors


def damage_of(error: MnerbenchError, path: Path, *, identity: str | None = None, excludes: bool = True) -> Damage:
    """Convert an error about a file to a damage.

    Args:
        error: raised while the file was read; its text is `PATH: REASON`, then the remedy on a separate line.
        path: the file.
        identity: the run it belongs to, if any.
        excludes: whether the run is excluded from reports.
    """
    if isinstance(error, DamagedFileError):
        return replace(error.damage, identity=error.damage.identity or identity, excludes=excludes)
    reason, _, remedy = str(error).partition(_REMEDY)
    reason = reason.removeprefix(f"{named(path)}: ").removeprefix(f"{path}: ")
    return Damage(path, reason, remedy or "move it away", identity, excludes=excludes)


class DamageLog:
    """Damages met while reading a results folder: one per file, ordered by path."""

    def __init__(self) -> None:
        self._by_path: dict[Path, Damage] = {}
        self._reported: set[Damage] = set()

    def add(self, damage: Damage) -> None:
        """Record the damage of a file; replaces an earlier entry for that file."""
        self._by_path[damage.path] = damage

    def forget(self, path: Path) -> None:
        """Remove the entry of a file that is intact again or gone."""
        self._by_path.pop(path, None)

    def __iter__(self) -> Iterator[Damage]:
        return iter(sorted(self._by_path.values(), key=lambda damage: str(damage.path)))

    def __len__(self) -> int:
        return len(self._by_path)

    def of(self, identity: str) -> Damage | None:
        """The damage that excludes a run from reports; None if there is none."""
        return next((item for item in self._by_path.values() if item.identity == identity and item.excludes), None)

    @property
    def excluded(self) -> set[str]:
        """Runs that are excluded from reports."""
        return {item.identity for item in self._by_path.values() if item.excludes and item.identity is not None}

    def unreported(self) -> list[Damage]:
        """The entries that earlier calls of this method did not return."""
        new = [damage for damage in self if damage not in self._reported]
        self._reported.update(new)
        return new
