"""Builds every method of a grid once before training, so that methods that cannot be built fail early.

Layers are built on torch's meta device, without memory or values. Each encoder is loaded from its files once, which
also detects files that cannot be loaded.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy, deepcopy
from functools import cache
from typing import Any

import torch

from mnerbench.benchmark.planning.expand import Grid
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.training.build import RunInputs, build_method, word_vectors
from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.needs import Need, Needs
from mnerbench.datasets.tagging import label_set
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.encoders.source import SCRATCH, EncoderSource
from mnerbench.methods.encoders.text_encoder import TextEncoder, load_text_encoder
from mnerbench.methods.encoders.word_table import WordTable
from mnerbench.methods.registry import method_class, methods


def without_unbuildable(grid: Grid, jobs: Sequence[Job], resources: LocalResources) -> Grid:
    """Leave out the runs whose methods cannot be built.

    Args:
        grid: all runs.
        jobs: the pending runs.
        resources: provides encoders and inputs. A method whose vectors have not been computed yet is not checked,
            because their shapes are unknown.

    Returns:
        The grid without the runs that would fail; its `lacking` gives the reasons.
    """
    check = BuildCheck(resources)
    faults = [(job, fault) for job in jobs if (fault := check.fault(job)) is not None]
    lacking: dict[str, Needs] = {f"{job.spec.method} on {job.spec.dataset.title}": (fault,) for job, fault in faults}
    return grid.without(lacking, [job for job, _ in faults])


class BuildCheck:
    """Builds methods, each once, and caches the errors.

    Args:
        resources: provides encoders and inputs.
    """

    def __init__(self, resources: LocalResources) -> None:
        self._resources = resources
        self._faults: dict[str, Need | None] = {}
        self._loaded = cache(_load_once)

    def fault(self, job: Job) -> Need | None:
        """Why a run's method cannot be built; None if it can be built or cannot be checked yet."""
        if job.encoder is None or job.spec.encoder is None or job.spec.training is None:
            return None
        key = _key(job.spec)
        if key not in self._faults:
            self._faults[key] = self._try_build(job)
        return self._faults[key]

    def _try_build(self, job: Job) -> Need | None:
        config = methods().family(job.spec.family).config.model_validate(job.spec.config)
        sources = self._resources.sources(job.spec.dataset)
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
        spec, resources = job.spec, self._resources
        source, inputs = resources.encoder(str(job.encoder)), resources.inputs(spec.dataset)
        words = resources.encoder(job.word_vectors) if job.word_vectors is not None else None
        assert spec.training is not None
        corpus = resources.tweets(spec.dataset)
        run_inputs = RunInputs(spec, spec.training, config, corpus, inputs, source, word_vectors=words)
        if source.words:
            build_method(run_inputs)
        else:
            self._build_over_encoder(run_inputs)

    def _build_over_encoder(self, run_inputs: RunInputs) -> None:
        spec, config = run_inputs.spec, run_inputs.config
        labels = label_set(spec.dataset.types, run_inputs.settings.scheme)
        shapes = {kind: features.shape for kind, features in run_inputs.inputs.features.items()}
        # Without a search for the nearest words, which takes long: their vectors have the same width.
        table = WordTable(word_vectors(run_inputs)) if config.reads_word_vectors else None
        loaded = self._loaded(run_inputs.encoder)
        with torch.device("meta"):
            encoder = _copy(loaded)
            encoder.word_table = table
            method_class(methods().family(spec.family))(config, encoder, labels, shapes)


def _load_once(source: EncoderSource) -> TextEncoder:
    """Load an encoder and move it to the meta device, which drops its weights; `scratch` always has the same shape."""
    if source.folder is None:
        return scratch_encoder([SCRATCH]).to("meta")
    return load_text_encoder(source.folder, source.subword_cache, remote_code=source.remote_code).to("meta")


def _copy(loaded: TextEncoder) -> TextEncoder:
    """A copy of the encoder that a method may change; shares the tokenizer's files, which are not read again."""
    tokenizer = copy(loaded.tokenizer)
    return deepcopy(loaded, {id(loaded.tokenizer): tokenizer})


def _key(spec: RunSpec) -> str:
    """Key of everything that determines whether a method can be built."""
    encoder, training = spec.encoder, spec.training
    parts: list[Any] = [
        spec.family,
        dict(spec.config),
        encoder.digest if encoder else "",
        spec.word_vectors.digest if spec.word_vectors else "",
        training.scheme.value if training else "",
        list(spec.dataset.types),
        dict(spec.dataset.inputs),
    ]
    return json.dumps(parts, sort_keys=True, default=str)


def _need(job: Job, message: str) -> Need:
    encoder = "" if job.spec.encoder is None else f" over {job.spec.encoder.name}"
    return Need.of(message, f"cannot be built{encoder}: ")
