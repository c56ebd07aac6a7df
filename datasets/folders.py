"""Recursive file listing that follows links to folders."""

from __future__ import annotations

import os
from pathlib import Path


def files_below(folder: Path) -> list[Path]:
    """All files below a folder, sorted by path; follows links to folders, and visits each folder once.

    Returns:
        The files, without dangling links; empty if there is no such folder.
    """
    files: list[Path] = []
    # Not only against cycles: folders that link to each other would be listed in every possible combination.
    visited: set[tuple[int, int]] = set()
    for parent, subfolders, names in os.walk(folder, followlinks=True):
        state = Path(parent).stat()
        if (state.st_dev, state.st_ino) in visited:
            subfolders.clear()
            continue
        visited.add((state.st_dev, state.st_ino))
        # Sorted, so that a folder with several paths is always listed under the same one.
        subfolders.sort()
        files += [path for name in names if (path := Path(parent) / name).is_file()]
    return sorted(files)
