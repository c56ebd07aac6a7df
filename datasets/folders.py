"""Which files lie below a folder, also where people link folders instead of copying them."""

from __future__ import annotations

import os
from pathlib import Path


def files_below(folder: Path) -> list[Path]:
    """Every file below a folder, in the order of paths; linked folders are entered, each folder once.

    Returns:
        Nothing where there is no such folder. Links that lead nowhere are left out.
    """
    found: list[Path] = []
    # Not only against loops: folders that link to each other would be listed in every possible combination.
    seen: set[tuple[int, int]] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        state = Path(place).stat()
        if (state.st_dev, state.st_ino) in seen:
            folders.clear()
            continue
        seen.add((state.st_dev, state.st_ino))
        # Of two ways to one folder always the same is taken.
        folders.sort()
        found += [path for name in names if (path := Path(place) / name).is_file()]
    return sorted(found)
