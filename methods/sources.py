"""Source files of a method with their digests, as stored in the record of a run.

These are the module of its class, the module of its config, and their transitive imports from the package that defines
the method and from `mnerbench.methods`. Imports are read from the syntax tree, so neither torch nor the method is
imported here. Dynamic imports (`importlib.import_module`) and files other than Python are not covered.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from mnerbench.methods.base.family import MethodFamily
from mnerbench.methods.source_files import Import, Location, SourceFile, locate, read_source

ABSENT = "absent"  # instead of a digest: a module that is imported but does not exist
_OURS = __name__.rpartition(".")[0]  # the package of all methods
_PROJECT = _OURS.partition(".")[0]
# Modules that compute nothing for a method; following the registry would make every method depend on all others.
_NOT_FOLLOWED = (f"{_OURS}.registry", f"{_OURS}.conformance")
_INSTALLED = frozenset({"site-packages", "dist-packages"})


class Sources:
    """Source files by module, each read once.

    An object kept for the lifetime of a process has the sources as they were loaded; a new object reads from disk.
    """

    def __init__(self) -> None:
        self._locate = cache(locate)
        self._read = cache(self._read_file)

    def of_family(self, family: MethodFamily) -> dict[str, str]:
        """Digests of the modules that compute a method, sorted by name.

        Returns:
            Digests by module; empty if the module of its class or its config has no file, as in a notebook.
        """
        roots = list(dict.fromkeys([family.target.partition(":")[0], family.config.__module__]))
        if any(self._read(name) is None for name in roots):
            return {}
        boundary = _Boundary(roots, self._locate)
        digests: dict[str, str] = {}
        pending = roots
        while pending:
            name = pending.pop()
            if name in digests:
                continue
            file = self._read(name)
            digests[name] = file.digest if file is not None else ABSENT
            for imported in file.imports if file is not None else ():
                if boundary.contains(imported.module):
                    pending.append(self._module_of(imported))
        return dict(sorted(digests.items()))

    def of_modules(self, names: Iterable[str]) -> dict[str, str]:
        """Digests of the given modules, without their imports."""
        files = {name: self._read(name) for name in names}
        return {name: file.digest if file is not None else ABSENT for name, file in files.items()}

    def keep_loaded(self, packages: Iterable[str] = (_OURS,)) -> None:
        """Read the files of all loaded modules of `packages`, before they change on disk.

        Args:
            packages: names of packages, including all their modules, or of modules.
        """
        prefixes = tuple(packages)
        for name in list(sys.modules):
            if any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes):
                self._read(name)

    def _read_file(self, name: str) -> SourceFile | None:
        location = self._locate(name)
        return read_source(name, location) if location is not None else None

    def _module_of(self, imported: Import) -> str:
        """The imported module: for `from package import name` the submodule, if `name` is one."""
        submodule = f"{imported.module}.{imported.name}"
        return submodule if imported.name and self._locate(submodule) is not None else imported.module


def defining_packages(family: MethodFamily) -> set[str]:
    """Packages whose modules can belong to a method: those that define its class and config, and ours."""
    tops = {name.partition(".")[0] for name in (family.target.partition(":")[0], family.config.__module__)}
    return {*(tops - {_PROJECT}), _OURS}


class _Boundary:
    """Limits the modules that are followed: packages of the roots, modules in the same folder, `mnerbench.methods`.

    A method may consist of several top-level modules in one folder. `site-packages` holds unrelated packages, so there
    only the method's own package is followed.

    Args:
        roots: modules of the method.
        find: function that locates a module.
    """

    def __init__(self, roots: Iterable[str], find: Callable[[str], Location | None]) -> None:
        self._find = find
        self._tops = {name.partition(".")[0] for name in roots} - {_PROJECT}
        libraries = {Path(path) for path in sysconfig.get_paths().values()}
        folders = {folder for top in self._tops if (folder := _folder(self._find(top))) is not None}
        self._folders = {path for path in folders if path not in libraries and path.name not in _INSTALLED}

    def contains(self, name: str) -> bool:
        """Whether a module's imports are followed."""
        if name.startswith(_NOT_FOLLOWED):
            return False
        top = name.partition(".")[0]
        if top == _PROJECT:
            return name == _OURS or name.startswith(f"{_OURS}.")
        if top not in self._tops and self._folders and top not in sys.stdlib_module_names:
            self._tops |= {top} if _folder(self._find(top)) in self._folders else set()
        return top in self._tops


def _folder(location: Location | None) -> Path | None:
    """The folder on the path in which a top-level module or package lies."""
    if location is None:
        return None
    if location.folders:
        return location.folders[0].parent
    return location.file.parent if location.file is not None else None
