"""Excludes methods that are incompatible with their encoder, by its configuration file only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mnerbench.benchmark.planning.expand import Grid
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.datasets.needs import Need, Needs
from mnerbench.methods.base.choices import SCRATCH_SHAPE
from mnerbench.methods.base.family import EncoderShape
from mnerbench.methods.encoders.source import EncoderSource
from mnerbench.methods.registry import methods

# Keys of the hidden size and of the number of attention heads in configuration files.
_WIDTHS = ("hidden_size", "dim", "d_model", "n_embd")
_HEADS = ("num_attention_heads", "n_heads", "encoder_attention_heads", "n_head")


def without_misfits(grid: Grid, resources: LocalResources) -> Grid:
    """The grid without the runs whose method is incompatible with their encoder."""
    misfits = [(job, need) for job in grid.jobs if (need := _misfit(job, resources)) is not None]
    lacking: dict[str, Needs] = {f"{job.spec.method} on {job.spec.dataset.title}": (need,) for job, need in misfits}
    return grid.without(lacking, [job for job, _ in misfits])


def _misfit(job: Job, resources: LocalResources) -> Need | None:
    if job.encoder is None:
        return None
    source = resources.encoder(job.encoder)
    shape = encoder_shape(source)
    if shape is None:
        return None
    config = methods().family(job.spec.family).config.model_validate(job.spec.config)
    reason = config.misfit(shape)
    return Need.of(reason, f"cannot be built over {source.name}: ") if reason is not None else None


def encoder_shape(source: EncoderSource) -> EncoderShape | None:
    """The shape of a text encoder; None for word vectors, and if its configuration does not tell."""
    if source.words:
        return None
    if source.folder is None:
        return EncoderShape(*SCRATCH_SHAPE)
    settings = source.settings()
    kind = settings.get("model_type")
    return EncoderShape(kind, _first(settings, _WIDTHS), _first(settings, _HEADS)) if isinstance(kind, str) else None


def _first(settings: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return next((value for name in names if isinstance(value := settings.get(name), int)), 0)
