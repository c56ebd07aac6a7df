"""What runs are made from, loaded once per process, and where it lies on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mnerbench.benchmark.spec import DatasetRef, EncoderRef
from mnerbench.datasets.catalog import fingerprint_note, load_card, load_corpus
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.visual.importers import Captions, load_captions
from mnerbench.datasets.visual.inputs import InputKind, VisualInputs
from mnerbench.methods.layers.encoder_source import EncoderSource, resolve_encoder


@dataclass(frozen=True)
class Places:
    """Paths and machine settings of one invocation; none of it decides a result, so none is in a run's identity.

    Attributes:
        data: folder of datasets.
        models: folder of text encoders, or None.
        out: the results folder.
        device: `auto`, `cpu`, `cuda`, `cuda:1` ...
        threads: CPU threads of one run; results on a CPU repeat exactly only with the same number.
        checkpoint_seconds: least time between checkpoints.
        deterministic: ask torch for deterministic kernels on a GPU.
    """

    data: Path
    models: Path | None
    out: Path
    device: str = "auto"
    threads: int | None = None
    checkpoint_seconds: float = 300.0
    deterministic: bool = False


class Materials:
    """Loads on first use and keeps; raises the errors of what it loads."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.corpus = cache(self._corpus)
        self.captions = cache(self._captions)
        self.encoder = cache(self._encoder)

    def _corpus(self, name: str) -> Corpus:
        return load_corpus(name, self.places.data)

    def _captions(self, name: str, source: str) -> Captions:
        return load_captions(self.corpus(name), load_card(name, self.places.data), self.places.data, source)

    def _encoder(self, name: str) -> EncoderSource:
        return resolve_encoder(name, self.places.models)

    def inputs(self, name: str, kinds: tuple[InputKind, ...], captions: str | None) -> VisualInputs:
        """The visual inputs of a dataset, only of the wanted kinds."""
        wanted = InputKind.CAPTIONS in kinds and captions is not None
        return VisualInputs(captions=self.captions(name, captions) if wanted and captions is not None else None)

    def dataset_ref(self, name: str, kinds: tuple[InputKind, ...], captions: str) -> DatasetRef:
        """Identify a corpus and the inputs a method reads by their content."""
        inputs = self.inputs(name, kinds, captions)
        return DatasetRef(
            name=name,
            fingerprints=dict(self.corpus(name).fingerprints),
            types=self.corpus(name).types,
            inputs=inputs.fingerprints,
            captions=captions if inputs.captions is not None else None,
        )

    def encoder_ref(self, name: str) -> EncoderRef:
        """Identify an encoder by the content of its files."""
        source = self.encoder(name)
        return EncoderRef(name=source.name, digest=source.digest)

    def notes(self, name: str) -> tuple[str, ...]:
        """What has to be printed beside results on a dataset."""
        note = fingerprint_note(load_card(name, self.places.data), self.corpus(name))
        return (note,) if note else ()

    def require_same(self, ref: DatasetRef, kinds: tuple[InputKind, ...]) -> Corpus:
        """The corpus of a spec, after checking that what this process reads is what was planned.

        Raises:
            DataError: files changed between planning and running, which may be in another process.
        """
        if self.dataset_ref(ref.name, kinds, ref.captions or "") != ref:
            raise DataError(
                f"dataset {ref.name!r} in {self.places.data} changed after the run was planned\n"
                "  -> run the command again"
            )
        return self.corpus(ref.name)
