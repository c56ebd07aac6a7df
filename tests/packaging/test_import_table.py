"""Who may import whom, by folder: what lies below never knows what lies above, and no method knows another."""

import ast
from collections import defaultdict
from graphlib import TopologicalSorter

import pytest

_DATA = {"datasets", "datasets/catalog", "datasets/visual"}
_METHODS = {"datasets", "datasets/visual", "methods/base", "methods/encoders", "methods/layers"}
_PLANNED = {*_DATA, "methods", "methods/base", "methods/encoders", "benchmark/results", "benchmark/planning"}
# `methods/*` is each folder of a method, `.` the entry points of a room of the top level.
TABLE = {
    "datasets": set(),
    "datasets/probes": {"datasets"},
    "datasets/visual": {"datasets"},
    "datasets/catalog": {"datasets", "datasets/probes"},
    "datasets/fetching": _DATA,
    "datasets/importing": {"datasets", "datasets/catalog"},
    "methods/base": {"datasets", "datasets/visual"},
    "methods/layers": {"datasets", "methods/base"},
    "methods/encoders": {"datasets", "methods/base"},
    "methods": _METHODS,
    "methods/*": {*_METHODS, "methods"},
    "methods/conformance": {*_METHODS, "methods"},
    "benchmark/results": {"datasets", "datasets/probes", "datasets/visual"},
    "benchmark/planning": _PLANNED - {"benchmark/planning"},
    "benchmark/external": {"datasets", "benchmark/results"},
    "benchmark/tracking": {"datasets", "datasets/catalog", "benchmark/results"},
    "benchmark/resources": {*_PLANNED, "datasets/probes"},
    "benchmark/training": {*_PLANNED, "methods/layers", "benchmark/resources"} - {"datasets/catalog"},
    "benchmark/execution": {*_PLANNED, "datasets/probes", "benchmark/resources", "benchmark/training"}
    - {"methods/base"},
    "benchmark/tuning": {"datasets", "methods", "methods/base", "benchmark/results", "benchmark/planning"}
    | {"benchmark/training", "benchmark/execution"},
    "benchmark/perf": {*_PLANNED, "methods/layers", "methods/conformance", "benchmark/resources"}.union(
        {"benchmark/training", "benchmark/execution"}
    )
    - {"datasets/catalog"},
    "reports/statistics": set(),
    "reports/text": {"reports/statistics"},
    "reports/analysis": {*_DATA, "datasets/probes", "benchmark/results", "reports/statistics", "reports/text"},
    "reports/published": {"datasets", "datasets/catalog", "benchmark/results", "reports/analysis", "reports/text"},
    "reports/render": {"datasets", "datasets/visual", "benchmark/results"}
    | {"reports/statistics", "reports/text", "reports/analysis", "reports/published"},
    "reports": {*_DATA, "benchmark/results", "reports/analysis", "reports/render"},
}
_NOT_OF_COMMANDS = {"methods/*", "methods/layers", "methods/base", "methods/conformance"}
TABLE["benchmark/cli"] = TABLE.keys() - _NOT_OF_COMMANDS - {"reports/published", "reports/statistics"}
TABLE["benchmark"] = {"benchmark/cli"}


def room_of(path):
    """The room of a file, by its path from the root."""
    top, *folders = path.removesuffix(".py").split("/")[:-1]
    if not folders or (top == "datasets" and folders[0] == "untrusted"):
        return top
    room = f"{top}/{folders[0]}"
    return room if room in TABLE or top != "methods" else "methods/*"


@pytest.fixture(scope="module")
def arrows(root):
    """By rooms that import and are imported, the imports."""
    files = [path for top in ("benchmark", "datasets", "methods", "reports") for path in (root / top).rglob("*.py")]
    places = {}
    for path in files:
        place = path.relative_to(root).as_posix()
        places[place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")] = place
    found = defaultdict(list)
    for place in places.values():
        for name in imported(ast.parse((root / place).read_bytes())):
            target = places.get(name) or places[name.rpartition(".")[0]]
            if room_of(place) != room_of(target) or place.rpartition("/")[0] != target.rpartition("/")[0]:
                found[room_of(place), room_of(target)].append((place, target))
    return found


def imported(tree):
    """Every module of ours, or name in one, that a file imports, wherever it does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mnerbench."):
            yield from (f"{node.module}.{alias.name}".removeprefix("mnerbench.") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (
                alias.name.removeprefix("mnerbench.") for alias in node.names if alias.name.startswith("mnerbench.")
            )


def test_every_import_is_in_the_table(arrows):
    wrong = [
        f"{place} imports {target}"
        for (room, other), pairs in arrows.items()
        for place, target in pairs
        if room != other and other not in TABLE[room]
    ]
    assert not wrong


def test_no_method_imports_another(arrows):
    for place, target in arrows["methods/*", "methods/*"]:
        assert place.split("/")[1] == target.split("/")[1], f"{place} imports {target}"


def test_the_table_holds_nothing_that_nobody_needs_and_no_circle(arrows):
    unused = {(room, other) for room, others in TABLE.items() for other in others if (room, other) not in arrows}
    assert not unused
    assert list(TopologicalSorter(TABLE).static_order())


def test_a_room_that_reads_only_results_reads_nothing_else_of_runs():
    for room in ("reports/analysis", "reports/published", "reports/render", "reports"):
        assert {other for other in TABLE[room] if other.startswith("benchmark")} == {"benchmark/results"}
