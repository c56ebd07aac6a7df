"""Conformance cases that every method has to pass, in this package and outside.

    from mnerbench.methods.conformance import Case, check_all
    from mnerbench.methods.registry import methods
    check_all(Case(methods()["my-method"], train))

The case takes a trainer, `train(method, split, epochs)`, which minimises the sum of `method.losses(...)` on all tweets
of the split; tests/shared/small_methods.py has one in ten lines. With many variants, `check_learns` takes most of the
time: run it for those of `one_per_code_path` only.
"""

from __future__ import annotations

from collections.abc import Callable

from mnerbench.methods.conformance.case import LABELS, TYPES, Case, Train, sentences
from mnerbench.methods.conformance.checks import (
    check_card,
    check_deterministic,
    check_kept,
    check_losses,
    check_no_device_sync,
    check_parts,
    check_pictures_differ,
    check_reload,
    check_seed,
    check_shapes,
)
from mnerbench.methods.conformance.learning import check_learns, one_per_code_path
from mnerbench.methods.conformance.padding import check_masked, check_padding
from mnerbench.methods.conformance.prompted import check_prompted
from mnerbench.methods.conformance.settings import check_no_inert_settings

__all__ = [
    "CHECKS",
    "LABELS",
    "TYPES",
    "Case",
    "Train",
    "check_all",
    "check_card",
    "check_deterministic",
    "check_kept",
    "check_learns",
    "check_losses",
    "check_masked",
    "check_no_device_sync",
    "check_no_inert_settings",
    "check_padding",
    "check_parts",
    "check_pictures_differ",
    "check_prompted",
    "check_reload",
    "check_seed",
    "check_shapes",
    "one_per_code_path",
    "sentences",
]

CHECKS: tuple[Callable[[Case], None], ...] = (
    check_card,
    check_shapes,
    check_losses,
    check_no_device_sync,
    check_deterministic,
    check_learns,
    check_parts,
    check_padding,
    check_masked,
    check_pictures_differ,
    check_reload,
    check_kept,
    check_seed,
    check_no_inert_settings,
)


def check_all(case: Case) -> None:
    """Run every check."""
    for check in CHECKS:
        check(case)
