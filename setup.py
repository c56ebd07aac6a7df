"""Finds the packages: the root, and every folder of the four rooms that holds Python files.

`pyproject.toml` cannot say so: the repository root is the package `mnerbench`, and setuptools' own search has no prefix
for what it finds.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOMS = ("benchmark", "datasets", "methods", "reports")
FOLDERS = sorted({path.parent.as_posix() for room in ROOMS for path in Path(room).rglob("*.py")})


class BuildPackages(build_py):
    """Leaves out this file, which lies in the root of the package, and marks every package as typed.

    Most folders have no `__init__.py`, and of such a namespace package pyright reads only its own `py.typed` (PEP 561).
    """

    def run(self) -> None:
        """Build the packages."""
        super().run()
        if not self.editable_mode:
            for package in self.packages:
                Path(self.build_lib, *package.split("."), "py.typed").touch()

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """Find the modules of a package: its name, theirs, and their files."""
        modules: list[tuple[str, str, str]] = super().find_package_modules(package, package_dir)
        return [module for module in modules if module[:2] != ("mnerbench", "setup")]


setup(
    packages=["mnerbench", *(f"mnerbench.{folder.replace('/', '.')}" for folder in FOLDERS)],
    cmdclass={"build_py": BuildPackages},
)
