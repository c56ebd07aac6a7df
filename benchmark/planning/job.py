"""A planned run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mnerbench.benchmark.results.spec import RunSpec


@dataclass(frozen=True)
class Job:
    """A planned run.

    Attributes:
        spec: everything that determines the result.
        encoder: the encoder or word vectors as the user named them, possibly a path; None for count-based methods.
        code: digests of the sources installed where the run was planned, by module; empty if not determined.
        word_vectors: word vectors beside a text encoder as the user named them; None if the method reads none.
        record_started: start time in the existing record when the run was selected; None without a record.
    """

    spec: RunSpec
    encoder: str | None
    code: Mapping[str, str] = field(default_factory=dict)
    word_vectors: str | None = None
    record_started: str | None = field(default=None, compare=False)

    @property
    def encoders(self) -> tuple[str, ...]:
        """Names of the encoder and of the word vectors beside it."""
        return tuple(name for name in (self.encoder, self.word_vectors) if name is not None)
