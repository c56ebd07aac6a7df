"""Finds the packages: the root, and every folder of the four rooms that holds Python files.

`pyproject.toml` cannot say so: the repository root is the package `mnerbench`, and setuptools' own search has no prefix
for what it finds.
"""

from pathlib import Path

from setuptools import setup

ROOMS = ("benchmark", "datasets", "methods", "reports")
FOLDERS = sorted({path.parent.as_posix() for room in ROOMS for path in Path(room).rglob("*.py")})

setup(packages=["mnerbench", *(f"mnerbench.{folder.replace('/', '.')}" for folder in FOLDERS)])
