"""The case on learning, and the variants that need it."""

from __future__ import annotations

from mnerbench.methods.conformance.case import Case


def check_learns(case: Case) -> None:
    """Training overfits eight tweets."""
    method = case.build()
    before = case.loss(method)
    case.train(method, case.split(method), case.learning_epochs)
    after = case.loss(method)
    assert after < before / 4, f"loss went from {before} to {after} only"
