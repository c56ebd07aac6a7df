"""What runs are made from, sent to machines that do not have the files; where they have the same, theirs is used."""

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
    """A corpus with what one spec reads from it; all of it in memory."""

    corpus: Corpus
    inputs: VisualInputs
    notes: tuple[str, ...]
    ceilings: dict[str, Ceiling]


@dataclass(frozen=True)
class EncoderParcel:
    """An encoder's files, by name."""

    source: EncoderSource
    files: dict[str, bytes]


def pack_data(ref: DatasetRef, materials: LocalResources) -> DataParcel:
    """What a spec needs of a dataset."""
    inputs = materials.inputs(ref)
    inputs = replace(inputs, features={kind: features.packed() for kind, features in inputs.features.items()})
    return DataParcel(materials.corpus(ref.name), inputs, materials.notes(ref.name), materials.ceilings(ref))


def pack_encoder(name: str, materials: LocalResources) -> EncoderParcel:
    """The files of an encoder, or the one of vectors of words; none of `scratch` and of random vectors."""
    source = materials.encoder(name)
    place = source.folder
    files = () if place is None else (place,) if place.is_file() else place.iterdir()
    # Pieces that this process asked for are asked for again there: a parcel is packed once, whenever that is.
    alone = replace(source, subword_cache={})
    return EncoderParcel(alone, {path.name: path.read_bytes() for path in files if path.is_file()})


def data_key(ref: DatasetRef) -> str:
    """One parcel serves all runs that read the same of a dataset."""
    same = ref.model_copy(update={"hidden_pictures": 0.0, "train_tweets": None})
    return same.model_dump_json()


class Delivered:
    """Supplies of a run on another machine: its own files where their content is the planned one, else what was sent.

    Args:
        places: of that machine.
        refs: the datasets of the run, by name.
        fetch: gets a parcel by key: `data_key` of a dataset, or the name of an encoder.
    """

    def __init__(self, places: RunPaths, refs: dict[str, DatasetRef], fetch: Callable[[str], Any]) -> None:
        self.places = places
        self._own, self._refs, self._fetch = _warm(places), refs, fetch

    def _data(self, name: str) -> DataParcel:
        parcel: DataParcel = self._fetch(data_key(self._refs[name]))
        return parcel

    def _here(self, name: str) -> bool:
        """Whether this machine has the same corpus and inputs."""
        ref = self._refs[name]
        return _or_none(lambda: self._own.corpus(name).fingerprints) == dict(ref.fingerprints) and (
            _or_none(lambda: {kind.value: source.fingerprint for kind, source in self._own.sources(ref).items()})
            == dict(ref.inputs)
        )

    def corpus(self, name: str, /) -> Corpus:
        """A corpus."""
        return self._own.corpus(name) if self._here(name) else self._data(name).corpus

    def inputs(self, ref: DatasetRef, /) -> VisualInputs:
        """The visual inputs of a spec."""
        found = _or_none(lambda: self._own.inputs(ref)) if self._here(ref.name) else None
        return found if found is not None else self._data(ref.name).inputs

    def planned_encoder(self, name: str, ref: EncoderRef, /) -> EncoderSource:
        """The encoder of a spec; what was sent is unpacked beside the results."""
        found = _or_none(lambda: self._own.planned_encoder(name, ref))
        if found is not None:
            return found
        parcel: EncoderParcel = self._fetch(name)
        if parcel.source.folder is None:
            return parcel.source
        folder = self.places.out / "encoders" / ref.digest
        place = folder / parcel.source.folder.name if parcel.source.words else folder
        if not (place.exists() and digest(place, remote_code=parcel.source.remote_code) == ref.digest):
            folder.mkdir(parents=True, exist_ok=True)
            for file, content in parcel.files.items():
                (folder / Path(file).name).write_bytes(content)
        return replace(parcel.source, folder=place)

    def notes(self, name: str, /) -> tuple[str, ...]:
        """What has to be printed beside results on a dataset."""
        return self._own.notes(name) if self._here(name) else self._data(name).notes

    def ceilings(self, ref: DatasetRef, /) -> dict[str, Ceiling]:
        """Of a probe's test split."""
        return self._own.ceilings(ref) if self._here(ref.name) else self._data(ref.name).ceilings


@cache
def _warm(places: RunPaths) -> LocalResources:
    """Kept from run to run of a process, so that a corpus is read once."""
    return LocalResources(places)


def _or_none(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except (MnerbenchError, OSError):
        return None
