"""Which folders may import which: lower layers never import higher ones, and no method imports another."""

import ast
from collections import defaultdict
from graphlib import TopologicalSorter

import pytest

_DATA = {"datasets", "datasets/catalog", "datasets/visual"}
_METHODS = {"datasets", "datasets/chat", "datasets/visual", "methods/base", "methods/encoders", "methods/layers"}
_PLANNED = {*_DATA, "methods", "methods/base", "methods/encoders", "benchmark/results", "benchmark/planning"}
# `methods/*` stands for the folder of any method.
TABLE = {
    "datasets": set(),
    "datasets/chat": {"datasets"},
    "datasets/probes": {"datasets"},
    "datasets/visual": {"datasets"},
    "datasets/catalog": {"datasets", "datasets/probes"},
    "datasets/fetching": _DATA,
    "datasets/importing": {"datasets", "datasets/catalog"},
    "methods/base": {"datasets", "datasets/chat", "datasets/visual"},
    "methods/layers": {"datasets", "methods/base"},
    "methods/encoders": {"datasets", "methods/base"},
    "methods": _METHODS - {"datasets/chat"},
    "methods/*": {*_METHODS, "methods"},
    "methods/conformance": {*_METHODS, "methods"},
    "benchmark/results": {"datasets", "datasets/probes", "datasets/visual"},
    "benchmark/planning": {*_PLANNED, "datasets/chat"} - {"benchmark/planning"},
    "benchmark/external": {"datasets", "benchmark/results"},
    "benchmark/tracking": {"datasets", "datasets/catalog", "benchmark/results"},
    "benchmark/resources": {*_PLANNED, "datasets/chat", "datasets/probes"},
    "benchmark/training": {*_PLANNED, "datasets/chat", "methods/layers", "benchmark/external", "benchmark/resources"}
    - {"datasets/catalog"},
    "benchmark/execution": {*_PLANNED, "datasets/chat", "datasets/probes", "benchmark/resources", "benchmark/training"}
    - {"datasets/catalog", "methods/base"},
    "benchmark/tuning": {"datasets", "methods", "methods/base", "benchmark/results", "benchmark/planning"}
    | {"benchmark/training", "benchmark/execution"},
    "benchmark/perf": {*_PLANNED, "methods/layers", "methods/conformance", "benchmark/resources"}.union(
        {"benchmark/training", "benchmark/execution"}
    )
    - {"datasets/catalog"},
    "reports/statistics": {"benchmark/results"},
    "reports/text": {"reports/statistics"},
    "reports/analysis": {*_DATA, "datasets/probes", "benchmark/results", "reports/statistics", "reports/text"},
    "reports/published": {
        "datasets",
        "datasets/catalog",
        "benchmark/results",
        "reports/analysis",
        "reports/statistics",
        "reports/text",
    },
    "reports/render": {"datasets", "datasets/visual", "benchmark/results"}
    | {"reports/statistics", "reports/text", "reports/analysis", "reports/published"},
    "reports": {*_DATA, "benchmark/results", "reports/analysis", "reports/render"},
}
TABLE["benchmark/tagging"] = {"datasets", "datasets/visual", "methods", "methods/base", "methods/layers"} | {
    "benchmark/results",
    "benchmark/resources",
    "benchmark/training",
}
TABLE["benchmark/exporting"] = {"datasets", "datasets/catalog", "methods", "methods/base", "methods/encoders"} | {
    "benchmark/results",
    "benchmark/resources",
    "benchmark/training",
    "benchmark/tagging",
    "reports/analysis",
    "reports/render",
}
_NOT_OF_COMMANDS = {"methods/*", "methods/layers", "methods/base", "methods/conformance"}
TABLE["benchmark/display"] = {
    "datasets",
    "methods",
    "benchmark/results",
    "benchmark/planning",
    "benchmark/resources",
} | {"benchmark/execution"}
TABLE["benchmark/api"] = {
    "datasets",
    "datasets/catalog",
    "datasets/visual",
    "methods",
    "methods/base",
    "benchmark/results",
    "benchmark/planning",
}.union(
    {
        "benchmark/resources",
        "benchmark/tracking",
        "benchmark/training",
        "benchmark/execution",
        "benchmark/display",
        "benchmark/tagging",
        "benchmark/exporting",
    },
    {"reports", "reports/analysis", "reports/render"},
)
TABLE["benchmark/cli"] = TABLE.keys() - _NOT_OF_COMMANDS - {"reports/published", "reports/statistics"}
TABLE["benchmark"] = {"benchmark/cli"}


def room_of(path):
    """The folder (key of `TABLE`) of a file, by its path from the root."""
    top, *folders = path.removesuffix(".py").split("/")[:-1]
    if not folders or (top == "datasets" and folders[0] == "untrusted"):
        return top
    room = f"{top}/{folders[0]}"
    return room if room in TABLE or top != "methods" else "methods/*"


@pytest.fixture(scope="module")
def arrows(root):
    """Pairs of importing and imported files, by the pair of their folders."""
    files = [path for top in ("benchmark", "datasets", "methods", "reports") for path in (root / top).rglob("*.py")]
    path_of = {}
    for path in files:
        relative = path.relative_to(root).as_posix()
        path_of[relative.removesuffix(".py").removesuffix("/__init__").replace("/", ".")] = relative
    imports = defaultdict(list)
    for relative in path_of.values():
        for name in imported(ast.parse((root / relative).read_bytes())):
            target = path_of.get(name) or path_of[name.rpartition(".")[0]]
            if room_of(relative) != room_of(target) or relative.rpartition("/")[0] != target.rpartition("/")[0]:
                imports[room_of(relative), room_of(target)].append((relative, target))
    return imports


def imported(tree):
    """Every module of the package, or name in one, that a file imports, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mnerbench."):
            yield from (f"{node.module}.{alias.name}".removeprefix("mnerbench.") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (
                alias.name.removeprefix("mnerbench.") for alias in node.names if alias.name.startswith("mnerbench.")
            )


def test_every_import_is_in_the_table(arrows):
    wrong = [
        f"{path} imports {target}"
        for (room, other), pairs in arrows.items()
        for path, target in pairs
        if room != other and other not in TABLE[room]
    ]
    assert not wrong


def test_no_method_imports_another(arrows):
    for path, target in arrows["methods/*", "methods/*"]:
        assert path.split("/")[1] == target.split("/")[1], f"{path} imports {target}"


def test_the_table_has_no_unused_entry_and_no_cycle(arrows):
    unused = {(room, other) for room, others in TABLE.items() for other in others if (room, other) not in arrows}
    assert not unused
    assert list(TopologicalSorter(TABLE).static_order())


def test_reports_import_only_results_from_benchmark():
    for room in ("reports/analysis", "reports/published", "reports/render", "reports"):
        assert {other for other in TABLE[room] if other.startswith("benchmark")} == {"benchmark/results"}
