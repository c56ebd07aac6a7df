"""Fields of a spec under the conditions of a paper."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.reports.published.protocols import paper_protocol


def under(name: str, config: dict[str, Any] | None = None, **training: Any) -> dict[str, Any]:
    """Settings of a protocol, the lowest of a searched range, with changes.

    Args:
        name: of the protocol.
        config: changed settings of the method.
        training: changed training settings.
    """

    def number(value: Any) -> Any:
        value = value[0] if isinstance(value, list) else value
        return float(value) if isinstance(value, Decimal) else value

    stated = paper_protocol(name)
    values = {key: number(value) for key, value in stated.training.items()}
    settings = {key: number(value) for key, value in stated.settings.items()}
    return {
        "protocol": "paper",
        "training": TrainingSettings(**{**values, **training}),
        "config": {**settings, **(config or {})},
    }
