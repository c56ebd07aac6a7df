"""Links in the documentation have targets, and its commands exist."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from mnerbench.benchmark.cli import cli

LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
# Only in code (an indented line or between backquotes), so that prose may say "the benchmark harness".
CODE = re.compile(r"^ {4}.*$|`[^`\n]+`", re.MULTILINE)
COMMAND = re.compile(r"(?:^|[\s`/])benchmark ([a-z][^`|#\n]*)")


def pages(root):
    return [*root.glob("*.md"), *root.glob("docs/**/*.md")]


def test_links_have_targets(root):
    for page in pages(root):
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def commands(root):
    """Every documented command, with continued lines joined."""
    texts = [page.read_text(encoding="utf-8").replace("\\\n", " ") for page in pages(root)]
    code = (piece for text in texts for piece in CODE.findall(text))
    return sorted({command.strip() for piece in code for command in COMMAND.findall(piece)})


def test_there_are_commands(root):
    assert len(commands(root)) > 10


def test_commands_parse(root):
    """Verbs and flags of every documented command exist; nothing is run."""
    for text in commands(root):
        words = shlex.split(text)
        command, words = cli.get_command(click.Context(cli), words[0]), words[1:]
        # `init` is a group that has options of its own.
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            command, words = command.get_command(click.Context(command), words[0]), words[1:]
        assert command is not None, text
        flags = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
        unknown = [word for word in words if word.startswith("--") and word not in flags]
        assert not unknown, f"benchmark {text}: {unknown}"


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"])
def test_top_level_documents_exist(root, name):
    assert (root / name).read_text(encoding="utf-8").strip()
