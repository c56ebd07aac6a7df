"""Locates the source files of modules and reads their imports, without importing anything."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path

from mnerbench.methods.source_digest import digest_bytes, digest_tree, is_type_checking, parse_source


@dataclass(frozen=True)
class Location:
    """Location of a module.

    Attributes:
        file: its source or compiled library; None for a package without `__init__.py`.
        folders: folders of its submodules; empty for a module that is no package.
    """

    file: Path | None
    folders: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Import:
    """An import: `from module import name`, or `import module`, where `name` is empty."""

    module: str
    name: str = ""


@dataclass(frozen=True)
class SourceFile:
    """Digest and imports of a file.

    Attributes:
        digest: digest of its syntax tree; of its bytes if it cannot be parsed.
        imports: imports in file order, including those in functions, without those for type checking only.
    """

    digest: str
    imports: tuple[Import, ...] = ()


def locate(name: str) -> Location | None:
    """Locate a module among loaded modules and on the path; None if it does not exist.

    Neither the module nor its parent packages are imported, since that may take seconds.
    """
    loaded = sys.modules.get(name)
    file, folders = getattr(loaded, "__file__", None), tuple(getattr(loaded, "__path__", ()))
    if file is not None or folders:
        return Location(Path(file) if file is not None else None, tuple(map(Path, folders)))
    above, dot, last = name.rpartition(".")
    if not dot:
        return _locate_top(name)
    package = locate(above)
    return _locate_in(package.folders, last) if package is not None else None


def _locate_top(name: str) -> Location | None:
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):  # ValueError: a module object created at runtime, without a spec
        return None
    if spec is None or spec.origin in {"built-in", "frozen"}:
        return None
    file = Path(spec.origin) if spec.origin is not None else None
    return Location(file, tuple(map(Path, spec.submodule_search_locations or ())))


def _locate_in(folders: Iterable[Path], name: str) -> Location | None:
    """Search in Python's order: in each folder, packages before modules; folders without `__init__.py` last."""
    plain = []
    for folder in folders:
        inner = folder / name
        if (inner / "__init__.py").is_file():
            return Location(inner / "__init__.py", (inner,))
        for suffix in (*EXTENSION_SUFFIXES, ".py"):
            if (file := folder / f"{name}{suffix}").is_file():
                return Location(file)
        if inner.is_dir():
            plain.append(inner)
    return Location(None, tuple(plain)) if plain else None


def read_source(name: str, location: Location) -> SourceFile | None:
    """Read the file of a module; None if it cannot be read.

    Args:
        name: name of the module, which resolves relative imports.
        location: result of `locate`.
    """
    try:
        content = location.file.read_bytes() if location.file is not None else b""
    except OSError:
        return None
    tree = parse_source(content) if location.file is None or location.file.suffix == ".py" else None
    package = name if location.folders else name.rpartition(".")[0]
    try:
        return SourceFile(digest_tree(tree), tuple(_imports(tree, package))) if tree is not None else _opaque(content)
    except RecursionError:  # an expression nested a thousand levels deep
        return _opaque(content)


def _opaque(content: bytes) -> SourceFile:
    """A file that is identified by its bytes."""
    return SourceFile(digest_bytes(content))


def _imports(tree: ast.AST, package: str) -> Iterator[Import]:
    """Imports within a syntax tree.

    Args:
        tree: tree of a file or of a statement.
        package: package of the module; the module itself if it is a package.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, package)
            yield from (Import(module, alias.name) for alias in node.names)
        elif isinstance(node, ast.If) and is_type_checking(node):
            for other in node.orelse:
                yield from _imports(ast.Module([other], []), package)
        elif isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
            yield from _imports(node, package)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Resolve a relative import: `from ..layers import x` in package `mine.models` imports from `mine.layers`."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - (node.level - 1)]
    return ".".join([*base, *([node.module] if node.module else [])])
