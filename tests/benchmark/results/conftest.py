"""Fixtures for tests of results folders."""

import shutil

import pytest


@pytest.fixture
def folder(root, tmp_path):
    """A results folder of 13 runs with predictions."""
    shutil.copytree(root / "tests" / "reports" / "small", tmp_path / "runs")
    return tmp_path / "runs"
