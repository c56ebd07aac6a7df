"""Transfer of corpora, inputs and encoders to machines that lack the files; identical local files are preferred."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.probes.ceilings import Ceiling
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.encoders.encoder_digest import digest
from mnerbench.methods.encoders.source import EncoderSource

T = TypeVar("T")


@dataclass(frozen=True)
class DataParcel:
    """A corpus with the inputs that a spec reads, in memory."""

    corpus: Corpus
    inputs: VisualInputs
    notes: tuple[str, ...]
    ceilings: dict[str, Ceiling]


@dataclass(frozen=True)
class EncoderParcel:
    """An encoder with the contents of its files by name."""

    source: EncoderSource
    files: dict[str, bytes]


def pack_data(ref: DatasetRef, resources: LocalResources) -> DataParcel:
    """Pack what a spec reads of a dataset."""
    inputs = resources.inputs(ref)
    inputs = replace(inputs, features={kind: features.packed() for kind, features in inputs.features.items()})
    return DataParcel(resources.tweets(ref), inputs, resources.notes(ref.name), resources.ceilings(ref))


def pack_encoder(name: str, resources: LocalResources) -> EncoderParcel:
    """Pack the files of a text encoder, or the file of word vectors; `scratch` and random vectors have no files."""
    source = resources.encoder(name)
    path = source.folder
    files = () if path is None else (path,) if path.is_file() else path.iterdir()
    # Without this process's cache of subwords: the parcel must not depend on when it is packed.
    uncached = replace(source, subword_cache={})
    return EncoderParcel(uncached, {path.name: path.read_bytes() for path in files if path.is_file()})


def data_key(ref: DatasetRef) -> str:
    """Key of the parcel shared by all runs that read the same corpus and inputs."""
    shared = ref.model_copy(update={"hidden_pictures": 0.0, "train_tweets": None})
    return shared.model_dump_json()


class TransferredResources:
    """`ResourceProvider` on another machine: local files if their content is the planned one, else parcels.

    Args:
        paths: of that machine.
        refs: the datasets of the run, by name.
        fetch: gets a parcel by key: `data_key` of a dataset, or the name of an encoder.
    """

    def __init__(self, paths: RunPaths, refs: dict[str, DatasetRef], fetch: Callable[[str], Any]) -> None:
        self.paths = paths
        self._local, self._refs, self._fetch = _local_resources(paths), refs, fetch

    def _data(self, name: str) -> DataParcel:
        parcel: DataParcel = self._fetch(data_key(self._refs[name]))
        return parcel

    def _is_local(self, name: str) -> bool:
        """Whether this machine has the same corpus and inputs."""
        ref = self._refs[name]
        return _or_none(lambda: self._local.tweets(ref).fingerprints) == dict(ref.fingerprints) and (
            _or_none(lambda: {kind.value: source.fingerprint for kind, source in self._local.sources(ref).items()})
            == dict(ref.inputs)
        )

    def tweets(self, ref: DatasetRef, /) -> Corpus:
        """The corpus of a dataset reference."""
        return self._local.tweets(ref) if self._is_local(ref.name) else self._data(ref.name).corpus

    def inputs(self, ref: DatasetRef, /) -> VisualInputs:
        """The visual inputs of a spec."""
        inputs = _or_none(lambda: self._local.inputs(ref)) if self._is_local(ref.name) else None
        return inputs if inputs is not None else self._data(ref.name).inputs

    def planned_encoder(self, name: str, ref: EncoderRef, /) -> EncoderSource:
        """The encoder of a spec; a parcel is unpacked into `encoders/` of the results folder."""
        source = _or_none(lambda: self._local.planned_encoder(name, ref))
        if source is not None:
            return source
        parcel: EncoderParcel = self._fetch(name)
        if parcel.source.folder is None:
            return parcel.source
        folder = self.paths.out / "encoders" / ref.digest
        path = folder / parcel.source.folder.name if parcel.source.words else folder
        if not (path.exists() and digest(path, remote_code=parcel.source.remote_code) == ref.digest):
            folder.mkdir(parents=True, exist_ok=True)
            for file, content in parcel.files.items():
                (folder / Path(file).name).write_bytes(content)
        return replace(parcel.source, folder=path)

    def notes(self, name: str, /) -> tuple[str, ...]:
        """Notes to print beside results on a dataset."""
        return self._local.notes(name) if self._is_local(name) else self._data(name).notes

    def ceilings(self, ref: DatasetRef, /) -> dict[str, Ceiling]:
        """Ceilings of a probe's test split."""
        return self._local.ceilings(ref) if self._is_local(ref.name) else self._data(ref.name).ceilings


@cache
def _local_resources(paths: RunPaths) -> LocalResources:
    """Resources of this machine, cached so that all runs of a process read a corpus once."""
    return LocalResources(paths)


def _or_none(load: Callable[[], T]) -> T | None:
    """The result of `load`; None if it raises an error of ours or of the operating system."""
    try:
        return load()
    except (MnerbenchError, OSError):
        return None
