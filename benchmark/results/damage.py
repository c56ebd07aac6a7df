"""What is damaged in a results folder: named with reason and remedy, and left out, so that the rest still counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mnerbench.datasets.errors import MnerbenchError, StoreError
from mnerbench.datasets.untrusted.files import named

MOST = 50  # files that a terminal or a page names: a folder that lost its predictions would else fill it
_REMEDY = "\n  -> "


@dataclass(frozen=True)
class Damage:
    """A file of a results folder that cannot be used, or not be believed.

    Attributes:
        path: the file.
        reason: what is wrong with it.
        remedy: what a user can do.
        identity: the run that it belongs to; None for what belongs to no run.
        line: where in the file; None for all of it.
        replaceable: the run may be done again over it: the file is ours to replace and nobody's result. Not so for a
            file that cannot be read, leads elsewhere, or is a record of another version or run.
        excludes: the run is left out of reports. Otherwise its scores stand as its record has them.
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
        return f"{self.place}: {self.reason}{_REMEDY}{self.remedy}"

    @property
    def place(self) -> str:
        """The file, and the line where it is one."""
        return named(self.path) + (f":{self.line}" if self.line is not None else "")

    def within(self, root: Path) -> Damage:
        """The same with a path that begins in the results folder, for reports that are sent elsewhere."""
        return replace(self, path=self.path.relative_to(root)) if self.path.is_relative_to(root) else self


class DamagedFileError(StoreError):
    """A file of a results folder is damaged.

    Attributes:
        damage: which, why, and what to do.
    """

    def __init__(self, damage: Damage) -> None:
        super().__init__(damage.text)
        self.damage = damage

    def __reduce__(self) -> tuple[type[DamagedFileError], tuple[Damage]]:
        return type(self), (self.damage,)  # workers send their errors to another process


def damage_of(error: MnerbenchError, path: Path, *, identity: str | None = None, excludes: bool = True) -> Damage:
    """What an error says of a file, as damage.

    Args:
        error: raised while it was read; its text is `PATH: REASON`, then the remedy on a line of its own.
        path: the file.
        identity: the run that it belongs to, if to any.
        excludes: whether the run is left out of reports.
    """
    if isinstance(error, DamagedFileError):
        return replace(error.damage, identity=error.damage.identity or identity, excludes=excludes)
    reason, _, remedy = str(error).partition(_REMEDY)
    reason = reason.removeprefix(f"{named(path)}: ").removeprefix(f"{path}: ")
    return Damage(path, reason, remedy or "move it away", identity, excludes=excludes)


class DamageLog:
    """What was found damaged while a results folder was read; each file once, in the order of paths."""

    def __init__(self) -> None:
        self._by_path: dict[Path, Damage] = {}
        self._told: set[Damage] = set()

    def add(self, damage: Damage) -> None:
        """Take note of a file; what was noted of it before is replaced."""
        self._by_path[damage.path] = damage

    def forget(self, path: Path) -> None:
        """The file is in order, or gone."""
        self._by_path.pop(path, None)

    def __iter__(self) -> Iterator[Damage]:
        return iter(sorted(self._by_path.values(), key=lambda damage: str(damage.path)))

    def __len__(self) -> int:
        return len(self._by_path)

    def of(self, identity: str) -> Damage | None:
        """What excludes a run from reports; None where nothing does."""
        return next((one for one in self._by_path.values() if one.identity == identity and one.excludes), None)

    @property
    def excluded(self) -> set[str]:
        """Runs that are left out of reports."""
        return {one.identity for one in self._by_path.values() if one.excludes and one.identity is not None}

    def untold(self) -> list[Damage]:
        """What no caller of this method was given before."""
        new = [damage for damage in self if damage not in self._told]
        self._told.update(new)
        return new
