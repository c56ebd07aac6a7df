"""Python files by module name, and what each imports: found on disk, without importing anything."""

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
    """Where a module is.

    Attributes:
        file: its source, or its compiled library; None for a package without `__init__.py`.
        folders: of its submodules; empty for a module that is no package.
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
    """What is known of a file.

    Attributes:
        digest: of what it computes; of its bytes where it is no Python that can be parsed.
        imports: in the order of the file, also those inside functions; not those for type checking only.
    """

    digest: str
    imports: tuple[Import, ...] = ()


def locate(name: str) -> Location | None:
    """The file of a module, by the modules that are loaded and by the path; None where there is none.

    Neither the module nor the packages above it are imported, since that may take seconds.
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
    except (ImportError, ValueError):  # the latter for a module that was made by hand
        return None
    if spec is None or spec.origin in {"built-in", "frozen"}:
        return None
    file = Path(spec.origin) if spec.origin is not None else None
    return Location(file, tuple(map(Path, spec.submodule_search_locations or ())))


def _locate_in(folders: Iterable[Path], name: str) -> Location | None:
    """As Python does: in each folder a package before a module; a folder without `__init__.py` comes last."""
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
    """Read the file of a module; None where it has none, or it cannot be read.

    Args:
        name: of the module, from which relative imports start.
        location: from `locate`.
    """
    try:
        content = location.file.read_bytes() if location.file is not None else b""
    except OSError:
        return None
    tree = parse_source(content) if location.file is None or location.file.suffix == ".py" else None
    package = name if location.folders else name.rpartition(".")[0]
    try:
        return SourceFile(digest_tree(tree), tuple(_imports(tree, package))) if tree is not None else _opaque(content)
    except RecursionError:  # an expression that is nested a thousand times
        return _opaque(content)


def _opaque(content: bytes) -> SourceFile:
    """A file by its bytes."""
    return SourceFile(digest_bytes(content))


def _imports(tree: ast.AST, package: str) -> Iterator[Import]:
    """The imports of a tree.

    Args:
        tree: of a file, or a statement in it.
        package: the module's package; the module itself where it is one.
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
    """`from ..layers import x` in `mine.models` is from `mine.layers`; a level per dot, the first is the package."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - (node.level - 1)]
    return ".".join([*base, *([node.module] if node.module else [])])
