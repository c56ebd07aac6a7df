"""Rules for source files: print only through the module that sanitises text, and raise errors with a remedy."""

import ast
from functools import cache
from pathlib import Path

import pytest

FOLDERS = ("benchmark", "datasets", "methods", "reports")
OUTPUT, SCREEN = "benchmark/display/output.py", "benchmark/display/console.py"
# Standalone programs, without click and rich.
PROGRAMS = {"benchmark/perf/gpu/__main__.py"}
STREAMS = {OUTPUT, "benchmark/execution/streams.py", *PROGRAMS}


@cache
def trees():
    """Syntax trees of all source files, by path."""
    root = Path(__file__).parents[2]
    paths = [path for folder in FOLDERS for path in (root / folder).rglob("*.py")]
    return {path.relative_to(root).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@cache
def nodes():
    """All nodes of all files, with their paths."""
    return [(path, node) for path, tree in trees().items() for node in ast.walk(tree)]


def called(node):
    """The called function as written: `click.echo`, `Console`."""
    return ast.unparse(node.func)


def calls(*names, outside=()):
    """Calls of some functions, with their locations."""
    return [
        (f"{path}:{node.lineno}", node)
        for path, node in nodes()
        if path not in outside and isinstance(node, ast.Call) and called(node) in names
    ]


# --- Output only through one module ---------------------------------------------------------------------------------


def test_only_the_output_module_prints():
    names = ("click.echo", "click.secho", "click.echo_via_pager", "click.confirm", "click.prompt", "print")
    assert [location for location, _ in calls(*names, outside={OUTPUT})] == []


def test_only_listed_modules_use_standard_streams():
    locations = [
        f"{path}:{node.lineno}"
        for path, node in nodes()
        if path not in STREAMS and isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.stderr"}
    ]
    assert locations == []


def test_only_the_console_module_makes_consoles():
    assert [
        location for location, _ in calls("Console", "rich.console.Console", "PlainConsole", outside={SCREEN})
    ] == []
    assert calls("PlainConsole")


def test_columns_of_progress_read_no_markup():
    columns = calls("TextColumn")
    assert len(columns) > 4
    for location, node in columns:
        markup = [ast.unparse(keyword.value) for keyword in node.keywords if keyword.arg == "markup"]
        assert markup == ["False"], location


def test_no_module_writes_or_escapes_markup():
    imported = [
        f"{path}:{node.lineno}"
        for path, node in nodes()
        if (isinstance(node, ast.ImportFrom) and node.module in {"rich.markup", "rich"})
        or (isinstance(node, ast.Call) and called(node).endswith("from_markup"))
    ]
    assert imported == []


# --- Remedies -------------------------------------------------------------------------------------------------------

ERRORS = {"MnerbenchError", "ConfigError", "DataError", "StoreError", "DiskError", "MissingInputError", "ClusterError"}
# Functions that re-raise an error with a remedy, or whose error becomes part of a message with one.
CARRIED = {
    "benchmark/execution/orchestrator.py:Orchestrator._commit": "the message of a record, which was an error of ours",
    "benchmark/resources/prepare_features.py:make_source": "an error of ours in another class",
    "datasets/fetching/image_attempt.py:ImageAttempt._read": "a reason in `no_source_message`, which has remedies",
    "datasets/fetching/image_attempt.py:_require_complete": "a reason in `no_source_message`, which has remedies",
    "datasets/visual/importers/sentences.py:_array_rows": "an error of ours with another place in it",
}


class Remedies:
    """Determines whether an expression contains a `->` line: directly, through a bound name, or through a function."""

    def __init__(self):
        self.functions, self.cache = {}, {}
        for tree in trees().values():
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    self.functions.setdefault(node.name, []).append(node)

    def has(self, node, scopes, depth=0):
        return depth < 4 and any(self._in_part(part, scopes, depth) for part in ast.walk(node))

    def _in_part(self, part, scopes, depth):
        if isinstance(part, ast.Constant):
            return isinstance(part.value, str) and "->" in part.value
        if isinstance(part, ast.Starred):  # needs carry their ways
            return "needs" in ast.unparse(part.value)
        if isinstance(part, ast.Call):
            name = called(part).rpartition(".")[2]
            if name in {"with_remedies", "Need"}:
                return True
            return any(self._function(function, depth) for function in self.functions.get(name, ()))
        if isinstance(part, ast.Name):
            return any(self.has(value, scopes, depth + 1) for value in bound_to(part.id, scopes))
        return False

    def _function(self, function, depth):
        if function not in self.cache:
            self.cache[function] = False  # where it calls itself
            self.cache[function] = any(self.has(part, [function], depth + 1) for part in function.body)
        return self.cache[function]


def bound_to(name, scopes):
    """The expressions to which a name is bound in a function or in its file."""
    for scope in scopes:
        for node in ast.walk(scope) if isinstance(scope, ast.FunctionDef) else scope.body:
            if isinstance(node, ast.Assign | ast.NamedExpr | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                    yield node.value


def raised(tree):
    """Our errors that a file constructs, with the name of the function and the enclosing scopes."""
    stack = [(tree, "", [tree])]
    while stack:
        node, name, scopes = stack.pop()
        for child in ast.iter_child_nodes(node):
            inner = isinstance(child, ast.FunctionDef | ast.ClassDef)
            within = f"{name}.{child.name}".lstrip(".") if inner else name
            stack.append((child, within, [child, *scopes] if isinstance(child, ast.FunctionDef) else scopes))
            if not isinstance(child, ast.Call) or not isinstance(child.func, ast.Name):
                continue
            if child.func.id in ERRORS or (child.func.id == "error" and isinstance(node, ast.Raise)):
                yield child, name, scopes


def test_every_error_has_a_remedy():
    remedies, lacking, number = Remedies(), [], 0
    for path, tree in trees().items():
        for call, function, scopes in raised(tree):
            number += 1
            if not remedies.has(ast.Tuple(call.args), scopes) and f"{path}:{function}" not in CARRIED:
                lacking.append(f"{path}:{call.lineno}: {ast.unparse(call)[:120]}")
    assert number > 200
    assert lacking == []


def test_exceptions_from_the_remedy_rule_exist():
    functions = {f"{path}:{function}" for path, tree in trees().items() for _, function, _ in raised(tree)}
    assert functions >= CARRIED.keys()


@pytest.mark.parametrize(
    ("source", "right"),
    [
        ("raise ConfigError('bad')", False),
        ("raise ConfigError('bad\\n  -> good')", True),
        ("reason = 'bad\\n  -> good'\nraise ConfigError(reason)", True),
        ("raise ConfigError(with_remedies('bad', ways))", True),
        ("raise MissingInputError(*needs)", True),
        ("raise MissingInputError(str(error))", False),
    ],
)
def test_remedies_are_recognised(source, right):
    tree = ast.parse(source)
    ((call, _, scopes),) = raised(tree)
    assert Remedies().has(ast.Tuple(call.args), scopes) is right
