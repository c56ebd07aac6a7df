"""The commit in the record of a run from a checkout."""

from __future__ import annotations

import subprocess

import pytest

from mnerbench.benchmark.results import environment


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with one commit; its environment is the code that runs."""
    (tmp_path / "methods").mkdir()
    (tmp_path / "methods" / "model.py").write_text("x = 1\n")
    (tmp_path / ".gitignore").write_text("*.tmp\n")
    author = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "first"]):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    monkeypatch.setattr(environment, "_ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "dirty"),
    [
        (None, False),
        ("methods/model.py", True),
        ("methods/mine/card.py", True),  # untracked
        ("methods/notes.tmp", False),  # ignored
        ("runs/record.json", False),  # untracked, and no code
    ],
)
def test_the_commit_says_whether_code_differs_from_it(checkout, file, dirty):
    if file is not None:
        (checkout / file).parent.mkdir(exist_ok=True)
        (checkout / file).write_text("x = 2\n")
    commit = environment._commit()
    assert commit.endswith("-dirty") == dirty
    assert len(commit.removesuffix("-dirty")) >= 7


def test_an_installed_package_has_no_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "_ROOT", tmp_path)
    assert environment._commit() == ""
