"""A run to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mnerbench.benchmark.results.spec import RunSpec


@dataclass(frozen=True)
class Job:
    """A run to do.

    Attributes:
        spec: what decides the result.
        encoder: the encoder, or vectors of words, as the user named it (a path is fine here); None for methods that
            count.
        code: digests of the sources that are installed where the run was planned, by module; empty if nobody asked.
    """

    spec: RunSpec
    encoder: str | None
    code: Mapping[str, str] = field(default_factory=dict)
