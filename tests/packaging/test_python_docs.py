"""The code of docs/python.md runs as printed, one block after the other."""

import linecache
import re
import sys
import types

import pytest

import mnerbench
from mnerbench.methods.registry import methods

pytestmark = pytest.mark.slow
_SMALL = {"seeds": 1, "mlflow": False, "quiet": True, "threads": 1}


def blocks(text):
    """The indented blocks of a page that are Python."""
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE).strip() + "\n" for block in found]


def test_the_page_runs(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MNERBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(methods(), "_entries", dict(methods()._entries))
    run, runs = mnerbench.run, []

    def shortened(suite, *, settings=None, seeds=None, **given):
        runs.append(given["methods"])
        settings = {**(settings or {}), "training": {"epochs": 1}}
        return run(suite, settings=settings, **{**given, **_SMALL})

    monkeypatch.setattr(mnerbench, "run", shortened)
    notebook = types.ModuleType("a_page")
    monkeypatch.setitem(sys.modules, notebook.__name__, notebook)
    sources = blocks((root / "docs" / "python.md").read_text(encoding="utf-8"))
    assert len(sources) == 4
    for number, source in enumerate(sources):
        name = f"<block {number}>"
        monkeypatch.setitem(linecache.cache, name, (len(source), None, source.splitlines(keepends=True), name))
        exec(compile(source, name, "exec"), notebook.__dict__)
    assert runs == [["bert-crf", "ita-la"], ["bert-crf", "scaled"]]
    assert "scaled" in set(mnerbench.load_results("runs").runs().method)
