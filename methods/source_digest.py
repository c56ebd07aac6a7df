"""Digests of Python files, independent of comments, docstrings and layout.

A digest is computed from the syntax tree, without positions, empty fields and parts that change no result:

* docstrings, and `pass`;
* the order of names and lines within a block of imports, and blocks under `if TYPE_CHECKING`;
* `description` of a pydantic `Field`, and all arguments of a `MethodFamily` except name, target, config,
  `is_count_based` and `is_prompted`: the others are prose, or enter a run's identity once they are resolved. A new
  variant therefore leaves the digests of existing ones unchanged.

A file has the same digest under every Python version that can parse it, and for any `PYTHONHASHSEED`.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby

_DIGITS = 12
_IGNORED_FIELDS = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
# Arguments of `MethodFamily` that change a result, and arguments of `Field` that do not.
_CARD = ("name", "target", "config", "is_count_based", "is_prompted")
_PROSE = frozenset({"description", "title", "examples"})


def parse_source(source: bytes) -> ast.Module | None:
    """The syntax tree of a file; None if the running Python cannot parse it."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):  # null bytes are a ValueError in Python 3.11
        return None


def digest_bytes(content: bytes) -> str:
    """First 12 hex digits of the sha256."""
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def digest_tree(tree: ast.Module) -> str:
    """First 12 hex digits of the sha256 over the normalised syntax tree."""
    return digest_bytes(_written(tree).encode())


def is_type_checking(node: ast.stmt) -> bool:
    """Whether a statement is `if TYPE_CHECKING:`, whose body never runs."""
    if not isinstance(node, ast.If):
        return False
    test = node.test
    return (test.id if isinstance(test, ast.Name) else getattr(test, "attr", "")) == "TYPE_CHECKING"


def _written(value: object) -> str:
    """Serialise a node, a list of nodes or a constant; different computations give different text."""
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
    """Serialise a node without empty fields, since newer Python versions add fields."""
    values = ((name, getattr(node, name, None)) for name in node._fields if name not in _IGNORED_FIELDS)
    inside = ",".join(f"{name}={_written(value)}" for name, value in values if value is not None and value != [])
    return f"{type(node).__name__}({inside})"


def _constant(value: object) -> str:
    """Serialise a constant with its type, as `1 == 1.0 == True`; integers in hex, which has no limit of digits."""
    text = hex(value) if type(value) is int else ascii(value)
    return f"{type(value).__name__}:{text}"


def _joined(parts: Sequence[ast.expr]) -> str:
    """Serialise an f-string; Python versions split the text between its fields differently."""
    texts: list[str] = []
    for is_text, group in groupby(parts, key=lambda part: isinstance(part, ast.Constant)):
        if is_text:
            text = "".join(str(part.value) for part in group if isinstance(part, ast.Constant))
            texts += [ascii(text)] if text else []
        else:
            texts += map(_written, group)
    return ",".join(texts)


def _without_prose(call: ast.Call) -> ast.Call:
    """Remove the arguments of a call that change no result."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name == "Field":
        keywords = [keyword for keyword in call.keywords if keyword.arg not in _PROSE]
        return ast.Call(call.func, call.args, keywords)
    if name == "MethodFamily":
        keywords = [keyword for keyword in call.keywords if keyword.arg in {None, *_CARD}]
        return ast.Call(call.func, call.args[:3], keywords)
    return call


def _statements(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Serialise the statements of a block that have an effect."""
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
