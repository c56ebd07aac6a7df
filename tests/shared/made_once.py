"""Folders that are costly to make, made once for all processes of pytest-xdist."""

from __future__ import annotations

import os
import shutil

from filelock import FileLock


def made_once(tmp_path_factory, name, make):
    """A folder of temporary files, which no test may change; the first process that asks for it makes it.

    Args:
        tmp_path_factory: pytest's fixture.
        name: name of the folder.
        make: fills the folder that it is given.
    """
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # of all processes of this session
    folder, complete = base / name, base / f"{name}.complete"
    with FileLock(base / f"{name}.lock"):
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a process that failed
            folder.mkdir()
            make(folder)
            complete.touch()
    return folder
