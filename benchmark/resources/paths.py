"""Paths and resources that a run needs from its machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef
from mnerbench.benchmark.results.taggers import Keep
from mnerbench.datasets.catalog import cache_dir, data_dir
from mnerbench.datasets.chat.settings import ChatSettings
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.pretrained import models_dir
from mnerbench.datasets.probes.ceilings import Ceiling
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.encoders.source import EncoderSource


@dataclass(frozen=True)
class RunPaths:
    """Paths and machine settings of one invocation; none affects results or is part of a run's identity.

    Attributes:
        data: folder of datasets.
        models: folder of pretrained models, or None.
        out: the results folder.
        cache: folder of shared derived files: features, drawn pictures.
        device: `auto`, `cpu`, `cuda`, `cuda:1` ...
        threads: CPU threads of one run; results on a CPU repeat exactly only with the same number.
        checkpoint_seconds: minimum time between checkpoints, in seconds.
        deterministic: use deterministic torch kernels on a GPU.
        trust_remote_code: execute Python files that come with an encoder; they are then part of its digest.
        keep: which taggers the results folder keeps.
        chat: how language models are asked.
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
    keep: Keep = Keep.NONE
    chat: ChatSettings = field(default_factory=ChatSettings)

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
    """The resources of a run: `LocalResources` on this machine, or data sent to a remote worker."""

    @property
    def paths(self) -> RunPaths:
        """Paths and machine settings."""

    def tweets(self, ref: DatasetRef, /) -> Corpus:
        """The corpus of a dataset reference, with the tweets that its runs train on and are scored on."""

    def inputs(self, ref: DatasetRef, /) -> VisualInputs:
        """The loaded visual inputs of a dataset reference."""

    def planned_encoder(self, name: str, ref: EncoderRef, /) -> EncoderSource:
        """The encoder of a spec, by the name that the user gave; its content is checked against `ref`."""

    def notes(self, name: str, /) -> tuple[str, ...]:
        """Notes to print with results on a dataset."""

    def ceilings(self, ref: DatasetRef, /) -> dict[str, Ceiling]:
        """The best possible scores on a probe's test split: from text alone, and also from the inputs read."""
