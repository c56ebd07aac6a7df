"""Write `tested.txt` and `lowest.txt` from pyproject.toml, with uv (`tox -e lock`).

`tested.txt`: the newest versions that fit together, for Python 3.11 and later on every platform; the README's commands,
tox and CI install these. `lowest.txt`: every declared lower bound, and the newest versions of what these need, for
Python 3.11 on Linux.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent
PROJECT = FOLDER.parent / "pyproject.toml"
LOWEST_EXTRAS = ("ray", "drive", "tests")
_COMMAND = ("uv", "pip", "compile", "--quiet", "--upgrade", "--no-header", "--no-annotate", "--no-emit-index-url")


def floors(project: Path = PROJECT) -> list[str]:
    """`name==lower bound` of every requirement that `lowest.txt` installs."""
    facts = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    extras = [requirement for extra in LOWEST_EXTRAS for requirement in facts["optional-dependencies"][extra]]
    return [re.sub(r">=([\w.]+)[^;]*", r"==\1 ", requirement).strip() for requirement in facts["dependencies"] + extras]


def compile_file(name: str, summary: str, *options: str) -> None:
    """Resolve versions and write them under a comment that says what they are."""
    command = [*_COMMAND, "--python-version", "3.11", *options, str(PROJECT)]
    pins = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    (FOLDER / name).write_text(f"# {summary} Written by `tox -e lock`.\n{pins}", encoding="utf-8")


def main() -> None:
    """Write both files."""
    compile_file("tested.txt", "The versions that the tests run on.", "--universal", "--all-extras")
    extras = [word for extra in LOWEST_EXTRAS for word in ("--extra", extra)]
    with tempfile.TemporaryDirectory() as folder:
        bounds = Path(folder) / "floors.txt"
        bounds.write_text("\n".join(floors()), encoding="utf-8")
        options = ("--python-platform", "linux", "--constraints", str(bounds), *extras)
        compile_file("lowest.txt", "The declared lower bounds, for `tox -e lowest`.", *options)


if __name__ == "__main__":
    sys.exit(main())
