"""Programs that some tests run, which pip does not install."""

import os
import shutil

import pytest


def find_programs(names, packages):
    """The paths of some programs; without one of them the test is skipped, or fails if they are required.

    Args:
        names: of the programs.
        packages: of Debian that have them.
    """
    paths = [shutil.which(name) for name in names]
    if None in paths:
        missing = f"no {' and '.join(names)} here: apt-get install {' '.join(packages)}"
        if os.environ.get("MNERBENCH_PROGRAMS") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    return paths
