"""Every method of a grid built once before anything is trained: what cannot be built is said now, not hours later.

Layers are made on torch's meta device, without memory or values. Encoders are loaded from their files once, so that
files which cannot be loaded are found too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy, deepcopy
from functools import cache
from typing import Any

import torch

from mnerbench.benchmark.planning.expand import Grid
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.training.build import RunInputs, build_method
from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.needs import Need, Needs
from mnerbench.datasets.tagging import label_set
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.encoders.source import SCRATCH, EncoderSource
from mnerbench.methods.encoders.text_encoder import TextEncoder, load_text_encoder
from mnerbench.methods.registry import method_class, methods

Shapes = Mapping[InputKind, FeatureShape]


def without_unbuildable(grid: Grid, jobs: Sequence[Job], materials: LocalResources) -> Grid:
    """Leave out the runs whose methods cannot be built.

    Args:
        grid: all runs.
        jobs: those that are to do.
        materials: gives encoders and inputs. A method whose vectors have not been made yet is not judged: their shapes
            are not known.

    Returns:
        The grid without the runs that would fail, which are among its `lacking` with the reason.
    """
    check = BuildCheck(materials)
    faults = [(job, fault) for job in jobs if (fault := check.fault(job)) is not None]
    lacking: dict[str, Needs] = {f"{job.spec.method} on {job.spec.dataset.title}": (fault,) for job, fault in faults}
    return grid.without(lacking, [job for job, _ in faults])


class BuildCheck:
    """Builds methods and remembers which failed.

    Args:
        materials: gives encoders and inputs.
    """

    def __init__(self, materials: LocalResources) -> None:
        self._materials = materials
        self._faults: dict[str, Need | None] = {}
        self._loaded = cache(_load_once)

    def fault(self, job: Job) -> Need | None:
        """Why a run's method cannot be built; None when it can, or when that cannot be known yet."""
        if job.encoder is None or job.spec.encoder is None or job.spec.training is None:
            return None
        key = _key(job.spec)
        if key not in self._faults:
            self._faults[key] = self._ask(job)
        return self._faults[key]

    def _ask(self, job: Job) -> Need | None:
        config = methods().family(job.spec.family).config.model_validate(job.spec.config)
        sources = self._materials.sources(job.spec.dataset)
        if any(source.missing for source in sources.values()):
            return None
        try:
            self._build(job, config)
        except MnerbenchError as error:
            return _need(job, str(error))
        except Exception as error:  # noqa: BLE001 - a boundary like that of a run, which would fail with the same error
            return _need(job, f"{type(error).__name__}: {error}")
        return None

    def _build(self, job: Job, config: MethodConfig) -> None:
        spec, materials = job.spec, self._materials
        source, inputs = materials.encoder(str(job.encoder)), materials.inputs(spec.dataset)
        if source.words:
            corpus = materials.corpus(spec.dataset.name)
            assert spec.training is not None
            build_method(RunInputs(spec, spec.training, config, corpus, inputs, source))
            return
        shapes = {kind: features.shape for kind, features in inputs.features.items()}
        self._build_over_pieces(spec, config, source, shapes)

    def _build_over_pieces(self, spec: RunSpec, config: MethodConfig, source: EncoderSource, shapes: Shapes) -> None:
        assert spec.training is not None
        labels = label_set(spec.dataset.types, spec.training.scheme)
        loaded = self._loaded(source)
        with torch.device("meta"):
            encoder = _copied(loaded)
            method_class(methods().family(spec.family))(config, encoder, labels, shapes)


def _load_once(source: EncoderSource) -> TextEncoder:
    """An encoder whose files could be loaded, without their weights; of `scratch`, whose shape is always the same."""
    if source.folder is None:
        return scratch_encoder([SCRATCH]).to("meta")
    return load_text_encoder(source.folder, source.subword_cache, remote_code=source.remote_code).to("meta")


def _copied(loaded: TextEncoder) -> TextEncoder:
    """An encoder for one method, which may change it; the tokenizer's files are not read again."""
    tokenizer = copy(loaded.tokenizer)
    return deepcopy(loaded, {id(loaded.tokenizer): tokenizer})


def _key(spec: RunSpec) -> str:
    """What decides whether a method can be built."""
    encoder, training = spec.encoder, spec.training
    parts: list[Any] = [
        spec.family,
        dict(spec.config),
        encoder.digest if encoder else "",
        training.scheme.value if training else "",
        list(spec.dataset.types),
        dict(spec.dataset.inputs),
    ]
    return json.dumps(parts, sort_keys=True, default=str)


def _need(job: Job, message: str) -> Need:
    under = "" if job.spec.encoder is None else f" over {job.spec.encoder.name}"
    return Need.of(message, f"cannot be built{under}: ")
