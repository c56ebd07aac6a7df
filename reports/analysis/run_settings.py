"""How the runs of a row were trained, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mnerbench.benchmark.results.spec import RunSpec


@dataclass(frozen=True)
class RunSettings:
    """Settings and inputs of the runs of a row, which differ in the seed only.

    Attributes:
        config: resolved settings of the method.
        overrides: those unlike the method's defaults, and `hidden pictures`, the share that training hides.
        training: resolved training settings; empty for a count-based method.
        sources: of each visual input that the method reads.
        word_vectors: name of the word vectors that the method reads.
        over_words: whether they take the place of a text encoder.
        lost_pictures: what replaces a lost picture; None for a method without visual inputs.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    word_vectors: str | None = None
    over_words: bool = False
    lost_pictures: str | None = None


def run_settings(spec: RunSpec) -> RunSettings:
    """The settings of a run."""
    hidden = spec.dataset.hidden_pictures
    return RunSettings(
        config=dict(spec.config),
        overrides={**spec.overrides, **({"hidden pictures": hidden} if hidden else {})},
        training=spec.training.model_dump(mode="json") if spec.training is not None else {},
        sources=dict(spec.dataset.sources),
        lost_pictures=spec.dataset.lost_pictures.value if spec.dataset.sources else None,
        word_vectors=spec.vectors.name if spec.vectors is not None else None,
        over_words=spec.encoder is not None and spec.encoder.words,
    )
