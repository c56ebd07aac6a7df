"""Digests of code that was moved or renamed and computes what it did before, each with its former digest.

Runs, checkpoints and trials keep the digest of the code that computed them. A new layout of the sources changes every
digest and no result, so `equal_code.toml` says which two digests stand for one computation. An entry counts only while
exactly that code is installed: the next change of a method makes another digest. The table is written by
`tests/acceptance/equal_code.py`, from runs of both states that gave the same predictions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from mnerbench.datasets.untrusted.toml_text import read_toml

PATH = Path(__file__).with_suffix(".toml")


@cache
def former_digests() -> Mapping[str, str]:
    """The former digest of a family's code, by its present one."""
    families = read_toml(PATH)
    return {present: former for pairs in families.values() for present, former in pairs.items()}


def is_one_state(digests: Collection[str]) -> bool:
    """Whether all digests (of `code_digest`) belong to the state of the sources that was moved: they share modules."""
    return set(digests) <= set(former_digests().values())
