"""A digest of what a Python file computes: comments, docstrings and layout do not change it.

The digest is of the syntax tree, without positions, empty fields and whatever changes no result:

* docstrings, and `pass`;
* the order of names and lines within a block of imports, and blocks under `if TYPE_CHECKING`;
* `description` of a pydantic `Field`, and all arguments of a `MethodFamily` but its class, its config and whether it
  counts: the rest is prose, or part of a run's identity once it is resolved. So a new variant leaves the others as they
  are.

The same file has the same digest under every version of Python that can parse it, whatever `PYTHONHASHSEED` says.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby

_DIGITS = 12
_IGNORED_FIELDS = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
# Keyword arguments that change a result, by the function that is called; others, and further positions, do not.
_CARD = ("name", "target", "config", "counts")
_PROSE = frozenset({"description", "title", "examples"})


def parse_source(source: bytes) -> ast.Module | None:
    """The syntax tree of a file; None where the running Python cannot parse it."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):  # null bytes are a ValueError in Python 3.11
        return None


def digest_bytes(content: bytes) -> str:
    """First 12 hex digits of the sha256."""
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def digest_tree(tree: ast.Module) -> str:
    """First 12 hex digits of the sha256 over what a file computes."""
    return digest_bytes(_written(tree).encode())


def is_type_checking(node: ast.stmt) -> bool:
    """Whether a statement is `if TYPE_CHECKING:`, whose body never runs."""
    if not isinstance(node, ast.If):
        return False
    test = node.test
    return (test.id if isinstance(test, ast.Name) else getattr(test, "attr", "")) == "TYPE_CHECKING"


def _written(value: object) -> str:
    """A node, a list of nodes or a constant as text; equal text for equal computations only."""
    match value:
        case ast.JoinedStr():
            return f"JoinedStr({_joined(value.values)})"
        case ast.Constant():
            return _constant(value.value)
        case ast.Call():
            return _fields(_without_prose(value))
        case ast.AST():
            return _fields(value)
        case list():
            items = _statements(value) if value and isinstance(value[0], ast.stmt) else map(_written, value)
            return f"[{','.join(items)}]"
        case _:
            return ascii(value)


def _fields(node: ast.AST) -> str:
    """Without empty fields: a newer Python has more of them."""
    values = ((name, getattr(node, name, None)) for name in node._fields if name not in _IGNORED_FIELDS)
    inside = ",".join(f"{name}={_written(value)}" for name, value in values if value is not None and value != [])
    return f"{type(node).__name__}({inside})"


def _constant(value: object) -> str:
    """With its type: `1`, `1.0` and `True` are equal. Integers in hex, which has no limit of digits."""
    text = hex(value) if type(value) is int else ascii(value)
    return f"{type(value).__name__}:{text}"


def _joined(parts: Sequence[ast.expr]) -> str:
    """An f-string: versions of Python cut the text between its fields into other pieces."""
    pieces: list[str] = []
    for is_text, group in groupby(parts, key=lambda part: isinstance(part, ast.Constant)):
        if is_text:
            text = "".join(str(part.value) for part in group if isinstance(part, ast.Constant))
            pieces += [ascii(text)] if text else []
        else:
            pieces += map(_written, group)
    return ",".join(pieces)


def _without_prose(call: ast.Call) -> ast.Call:
    """A call without the arguments that no result depends on."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name == "Field":
        kept = [keyword for keyword in call.keywords if keyword.arg not in _PROSE]
        return ast.Call(call.func, call.args, kept)
    if name == "MethodFamily":
        kept = [keyword for keyword in call.keywords if keyword.arg in {None, *_CARD}]
        return ast.Call(call.func, call.args[:3], kept)
    return call


def _statements(body: Sequence[ast.stmt]) -> Iterator[str]:
    """What a block does."""
    working = [node for node in body if not _does_nothing(node)]
    for is_import, group in groupby(working, key=lambda node: isinstance(node, ast.Import | ast.ImportFrom)):
        if is_import:
            yield from sorted(line for node in group for line in _imports(node))
        else:
            yield from map(_statement, group)


def _imports(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        origin = f"{'.' * node.level}{node.module or ''}"
        yield from (f"from {origin} import {name.name} as {name.asname or name.name}" for name in node.names)
    elif isinstance(node, ast.Import):
        yield from (f"import {name.name} as {name.asname}" for name in node.names)


def _statement(node: ast.stmt) -> str:
    if isinstance(node, ast.If) and is_type_checking(node):
        return _fields(ast.If(node.test, [], node.orelse))
    return _written(node)


def _does_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Pass) or (is_type_checking(node) and not getattr(node, "orelse", None))
