"""pyproject.toml, the constraints files and the installed packages agree."""

from __future__ import annotations

import os
import tomllib
from importlib.metadata import PackageNotFoundError, version

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

# The code depends on internals of these packages: new major versions have to be tested first.
BOUNDED = ("torch", "torchvision", "transformers", "tokenizers", "mlflow", "optuna", "pydantic", "ray", "pytorch-crf")


def declared(root):
    facts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = [name for names in facts["optional-dependencies"].values() for name in names]
    return [Requirement(text) for text in [*facts["dependencies"], *optional]]


def pins(root, name):
    """Pinned versions by package, under every marker."""
    versions = {}
    for line in (root / "constraints" / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            (pin,) = requirement.specifier
            assert pin.operator == "==", line
            versions.setdefault(canonicalize_name(requirement.name), []).append((requirement.marker, pin.version))
    return versions


def test_every_requirement_has_a_tested_version_within_its_bounds(root):
    tested = pins(root, "tested.txt")
    for requirement in declared(root):
        for _, pinned in tested[canonicalize_name(requirement.name)]:
            assert requirement.specifier.contains(pinned), f"{requirement}: {pinned} is pinned"


def test_lower_bounds_are_what_the_lowest_environment_installs(root):
    lowest = pins(root, "lowest.txt")
    for requirement in declared(root):
        (bound,) = [specifier.version for specifier in requirement.specifier if specifier.operator == ">="]
        if canonicalize_name(requirement.name) in lowest:
            ((_, pinned),) = lowest[canonicalize_name(requirement.name)]
            assert Version(pinned) == Version(bound), f"{requirement}: {pinned} is pinned"


@pytest.mark.parametrize("name", BOUNDED)
def test_packages_with_internals_in_use_have_an_upper_bound(root, name):
    (requirement,) = [item for item in declared(root) if item.name == name]
    assert "<" in {specifier.operator for specifier in requirement.specifier}, f"{requirement} has no upper bound"


def test_the_readme_and_ci_install_the_tested_versions(root):
    for page in ("README.md", "CONTRIBUTING.md", ".ci/run"):
        installs = [line for line in (root / page).read_text(encoding="utf-8").splitlines() if "pip install" in line]
        commands = [line for line in installs if line.startswith("    ") or page == ".ci/run"]
        assert commands, page
        assert all("constraints/tested.txt" in line for line in commands), page


def test_what_is_installed_is_what_the_environment_names(root):
    name = os.environ.get("MNERBENCH_CONSTRAINTS")
    if name is None:
        pytest.skip("MNERBENCH_CONSTRAINTS names no file of constraints")
    other = []
    for package, versions in pins(root, name).items():
        try:
            installed = Version(version(package)).public
        except PackageNotFoundError:
            continue
        expected = [pin for marker, pin in versions if marker is None or marker.evaluate()]
        if expected and installed not in {Version(pin).public for pin in expected}:
            other.append(f"{package} {installed}, not {expected[0]}")
    assert not other
