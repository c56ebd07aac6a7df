"""What a run needs from the machine that it works on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef
from mnerbench.datasets.catalog import cache_dir, data_dir
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.pretrained import models_dir
from mnerbench.datasets.probes.ceilings import Ceiling
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.encoders.source import EncoderSource


@dataclass(frozen=True)
class RunPaths:
    """Paths and machine settings of one invocation; none of it decides a result, so none is in a run's identity.

    Attributes:
        data: folder of datasets.
        models: folder of pretrained models, or None.
        out: the results folder.
        cache: folder of what is made once and shared: features, drawn pictures.
        device: `auto`, `cpu`, `cuda`, `cuda:1` ...
        threads: CPU threads of one run; results on a CPU repeat exactly only with the same number.
        checkpoint_seconds: least time between checkpoints.
        deterministic: ask torch for deterministic kernels on a GPU.
        trust_remote_code: run Python files that come with an encoder; their content is then part of its digest.
    """

    data: Path
    models: Path | None
    out: Path
    cache: Path
    device: str = "auto"
    threads: int | None = None
    checkpoint_seconds: float = 300.0
    deterministic: bool = False
    trust_remote_code: bool = False

    @classmethod
    def resolve(
        cls,
        *,
        data: Path | None = None,
        models: Path | None = None,
        out: Path = Path(),
        cache: Path | None = None,
        **settings: Any,
    ) -> RunPaths:
        """Resolve the folders of a command line; None takes the environment variable, else the default.

        Args:
            data: value of `--data`.
            models: value of `--models`.
            out: value of `--out`.
            cache: value of `--cache`.
            settings: the further fields.

        Raises:
            ConfigError: an environment variable holds a name that no folder can have.
        """
        return cls(data_dir(data), models_dir(models), out, cache_dir(cache), **settings)


class ResourceProvider(Protocol):
    """What a run is made from: `LocalResources` finds it here, a worker elsewhere may have got it sent."""

    @property
    def places(self) -> RunPaths:
        """Where its files go, and what it works on."""

    def corpus(self, name: str, /) -> Corpus:
        """A corpus."""

    def inputs(self, ref: DatasetRef, /) -> VisualInputs:
        """The visual inputs of a spec, loaded."""

    def planned_encoder(self, name: str, ref: EncoderRef, /) -> EncoderSource:
        """The encoder of a spec, by the name that the user gave it; its content is checked."""

    def notes(self, name: str, /) -> tuple[str, ...]:
        """What has to be printed beside results on a dataset."""

    def ceilings(self, ref: DatasetRef, /) -> dict[str, Ceiling]:
        """Of a probe's test split: what is possible by text alone, and by what is read."""
