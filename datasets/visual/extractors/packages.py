"""Installed packages that contain networks."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.needs import Need


def networks_of(package: str, pattern: str, extra: str, alternative: str) -> list[Path]:
    """The files of networks in an installed package, sorted.

    Args:
        package: name of the distribution, which is that of its module with hyphens.
        pattern: of the files, within the package.
        extra: the extra of this project that installs it.
        alternative: what to do without it.

    Raises:
        MissingInputError: it is not installed.
    """
    spec = find_spec(package.replace("-", "_"))
    folders = spec.submodule_search_locations if spec is not None else None
    if files := [path for folder in folders or () for path in sorted(Path(folder).glob(pattern))]:
        return files
    ways = (f"pip install 'mnerbench[{extra}]'", alternative)
    raise MissingInputError(Need(f"the package {package} is not installed", ways, f"the package {package}"))
