"""Only `datasets/untrusted` opens and parses foreign files."""

import ast
from pathlib import Path

import mnerbench.datasets

ROOT = Path(mnerbench.datasets.__path__[0]).parent
BOUNDARY = "datasets/untrusted/"
NOT_SHIPPED = ("tests/", "constraints/", "build/", "docs/")
# Modules that read files themselves, and why that is allowed.
EXCEPTIONS = {
    "benchmark/results/environment.py": "asks the operating system about itself",
    "benchmark/execution/executors/transfer_data.py": "sends an encoder's files to a cluster, after their digest",
    "benchmark/execution/executors/ray_worker.py": "reads what this process wrote on its own machine",
    "benchmark/perf/gpu/facts.py": "asks the operating system about itself",
    "benchmark/perf/gpu/runs.py": "reads what the same process wrote",
    "benchmark/training/parameter_counts.py": "a file that ships with the package",
    "benchmark/tuning/journal.py": "opens its file without following links, and reads it under a lock",
    "datasets/fetching/archive_members.py": "a folder's files, of which only regular ones are listed, read in pieces",
    "methods/source_files.py": "the source code that is installed, hashed and never parsed as data",
    "reports/render/html/templating.py": "templates that ship with the package",
    "reports/published/loading.py": "numbers that ship with the package, kept as decimals",
}


def raw_reads(tree):
    """Line and name of every call in a module that reads or parses a file directly."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id == "open" and not _writes(node):
            yield node.lineno, "open"
        if not isinstance(called, ast.Attribute):
            continue
        owner = called.value.id if isinstance(called.value, ast.Name) else ""
        if owner in {"json", "tomllib"} and called.attr in {"load", "loads"}:
            yield node.lineno, f"{owner}.{called.attr}"
        elif called.attr in {"read_text", "read_bytes", "raw_decode"}:
            yield node.lineno, called.attr
        elif called.attr == "open" and any(isinstance(arg, ast.Constant) and arg.value == "rb" for arg in node.args):
            yield node.lineno, 'open("rb")'


def _writes(call):
    mode = call.args[1] if len(call.args) > 1 else None
    return isinstance(mode, ast.Constant) and mode.value in {"w", "wb", "x", "xb"}


def modules():
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith((BOUNDARY, *NOT_SHIPPED, ".")):
            yield name, path


def test_foreign_files_are_read_by_the_boundary_alone():
    reads = {name: list(raw_reads(ast.parse(path.read_bytes()))) for name, path in modules()}
    raw = [f"{name}:{line}: {call}" for name, calls in reads.items() if name not in EXCEPTIONS for line, call in calls]
    assert not raw, "read it with mnerbench.datasets.untrusted, or say in EXCEPTIONS why not"
    assert not [name for name in EXCEPTIONS if not reads[name]], "an unused exception"


def test_the_walk_sees_the_package_and_what_it_looks_for():
    names = {name for name, _ in modules()}
    assert {
        "datasets/jsonlines.py",
        "benchmark/planning/suite.py",
        "methods/base/family.py",
        "reports/analysis/runs.py",
    } <= names
    assert EXCEPTIONS.keys() <= names
    text = 'json.loads(a); tomllib.load(b); p.read_text(); p.read_bytes(); open(p); p.open("rb"); d.raw_decode(t)'
    assert len(list(raw_reads(ast.parse(text)))) == 7
    assert not list(raw_reads(ast.parse('open(p, "wb"); Image.open(p); p.open("wb"); json.dumps(a); read_bytes(p)')))
