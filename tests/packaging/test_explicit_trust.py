"""Every loading call sets `trust_remote_code` explicitly: without it, transformers asks at the terminal."""

from __future__ import annotations

import ast

import pytest

_ROOMS = ("benchmark", "datasets", "methods", "reports")
_LOADERS = {"from_pretrained", "from_config", "pipeline"}


def _calls(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in _LOADERS:
                yield f"{path}:{node.lineno}", {keyword.arg: keyword.value for keyword in node.keywords}


@pytest.fixture(scope="module")
def calls(root):
    """Locations of calls that load models, tokenizers and settings, with their keyword arguments."""
    paths = [path for room in _ROOMS for path in sorted((root / room).rglob("*.py"))]
    return [call for path in paths for call in _calls(path)]


def test_every_loading_call_names_trust_remote_code(calls):
    assert len(calls) >= 12
    assert [location for location, named in calls if "trust_remote_code" not in named] == []


def test_only_encoders_may_run_remote_code(calls):
    values = {location: named["trust_remote_code"] for location, named in calls}
    open_to = [
        location for location, value in values.items() if not (isinstance(value, ast.Constant) and value.value is False)
    ]
    assert {location.rpartition(":")[0].rpartition("/")[2] for location in open_to} == {"text_encoder.py"}


def test_no_loader_is_called_under_another_name(root):
    aliases = []
    for room in _ROOMS:
        for path in (root / room).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
            aliases += [
                f"{path}:{node.lineno}"
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute) and node.attr in _LOADERS and id(node) not in called
            ]
    assert aliases == []
