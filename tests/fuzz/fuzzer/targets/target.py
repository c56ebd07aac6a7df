"""What is fuzzed: a reader, undamaged files for it, and the folder that it works in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

TESTS = Path(__file__).parents[3]
FIXTURES = TESTS / "fixtures"
SEEDS = TESTS / "fuzz" / "seeds"
PREPARED = SEEDS / "prepared"


@dataclass(frozen=True)
class Target:
    """One kind of file.

    Attributes:
        name: what the command line calls it.
        read: puts an input where it belongs in a folder of its own, and does with it what the program does.
        files: undamaged ones; by default those in the folder of its name.
        folder: copied to the folder of every input before it is read.
        weight: how many inputs it gets, relative to others: few where one takes long.
        reads_anywhere: whether it names files that a user asks for, so that reading them is what it is for.
    """

    name: str
    read: Callable[[bytes, Path], None]
    files: tuple[Path, ...] = ()
    folder: Path | None = None
    weight: int = 10
    reads_anywhere: bool = False

    @cached_property
    def seeds(self) -> Mapping[str, bytes]:
        """Content of the undamaged files, by name."""
        files = self.files or tuple(sorted((SEEDS / self.name).iterdir()))
        return {path.name: path.read_bytes() for path in files}


def require_storable(*texts: str | None) -> None:
    """Raise if a text that was accepted cannot be written in UTF-8, which would fail hours later."""
    for text in texts:
        if text is not None:
            text.encode("utf-8")
