"""What runs are made from, found on this machine and loaded once per process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, partial

from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef
from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.catalog import dataset_folder, fingerprint_note, load_card, load_corpus
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import DataError, MissingInputError, collected
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.misplaced import misplaced
from mnerbench.datasets.needs import Need
from mnerbench.datasets.probes.ceilings import Ceiling, ceiling
from mnerbench.datasets.probes.generator import generate
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.visual.pictures import LostPictures
from mnerbench.datasets.visual.sources.base import Setting, Source, gather_inputs
from mnerbench.datasets.visual.sources.open import open_source, usual_source
from mnerbench.methods.encoders.encoder_digest import digest
from mnerbench.methods.encoders.source import EncoderSource, resolve_encoder


class LocalResources:
    """Loads on first use and keeps; raises the errors of what it loads."""

    def __init__(self, places: RunPaths) -> None:
        self.places = places
        self.card = cache(self._card)
        self.corpus = cache(self._corpus)
        self.source = cache(self._source)
        self.encoder = cache(self._encoder)
        self._setting = cache(self._make_setting)

    def _card(self, name: str) -> DatasetCard:
        return load_card(name, self.places.data)

    def _corpus(self, name: str) -> Corpus:
        return load_corpus(name, self.places.data)

    def _encoder(self, name: str) -> EncoderSource:
        return resolve_encoder(name, self.places.models, trust_remote_code=self.places.trust_remote_code)

    def _make_setting(self, name: str, lost: LostPictures) -> Setting:
        card, places = self.card(name), self.places
        folder = dataset_folder(card, places.data, places.cache)
        return Setting(card, self.corpus(name), folder, places.cache, places.models, lost)

    def _source(self, name: str, kind: InputKind, source: str, lost: LostPictures) -> Source:
        return open_source(kind, source, self._setting(name, lost))

    def dataset_ref(
        self, name: str, kinds: Iterable[InputKind], sources: Mapping[InputKind, str], lost: LostPictures
    ) -> DatasetRef:
        """Identify a corpus and the inputs a method reads by their content; inputs may still have to be made."""
        kinds = tuple(kinds)
        named = {kind: sources.get(kind) or self.usual(name, kind) for kind in kinds}
        try:
            corpus = self.corpus(name)
        except MissingInputError as error:
            raise MissingInputError(*error.needs, *self._lacking_beside(name, named)) from error
        opened = collected([partial(self.source, name, kind, source, lost) for kind, source in named.items()])
        found = dict(zip(kinds, opened, strict=True))
        return DatasetRef(
            name=name,
            fingerprints=dict(corpus.fingerprints),
            types=corpus.types,
            inputs={kind.value: source.fingerprint for kind, source in found.items()},
            sources={kind.value: source.name for kind, source in found.items()},
            lost_pictures=lost if any(source.reads_pictures for source in found.values()) else LostPictures.MASK,
        )

    def _lacking_beside(self, name: str, sources: Mapping[InputKind, str]) -> list[Need]:
        """What inputs lack of a dataset whose tweets are not here, as far as that can be told without them."""
        card, places = self.card(name), self.places
        if misplaced(name, [file.path for file in card.files.values()], places.data):
            return []  # another --data answers all of it
        unread = Setting(card, Corpus(name, {}, card.types), places.data / name, places.cache, places.models)
        needs: list[Need] = []
        for kind, source in sources.items():
            if kind is InputKind.REGIONS and (unread.folder / kind.value).exists():
                continue  # nobody knows whether they are of these tweets
            try:
                open_source(kind, source, unread)
            except MissingInputError as error:
                needs += error.needs
            except DataError:  # a file that says nothing of these tweets, of which there are none
                continue
        return needs

    def train_size(self, name: str) -> int:
        """Training tweets of a corpus."""
        return len(self.corpus(name)["train"])

    def usual(self, name: str, kind: InputKind) -> str:
        """The source of an input of a dataset when nobody names one."""
        return usual_source(kind, self.card(name))

    def sources(self, ref: DatasetRef) -> dict[InputKind, Source]:
        """The inputs of a spec."""
        return {InputKind(k): self.source(ref.name, InputKind(k), s, ref.lost_pictures) for k, s in ref.sources.items()}

    def inputs(self, ref: DatasetRef) -> VisualInputs:
        """The visual inputs of a spec, loaded.

        Raises:
            MissingInputError: some are still to be made.
        """
        return gather_inputs(self.sources(ref))

    def encoder_ref(self, name: str) -> EncoderRef:
        """Identify an encoder by the content of its files."""
        source = self.encoder(name)
        return EncoderRef(name=source.name, digest=source.digest, words=source.words)

    def planned_encoder(self, name: str, ref: EncoderRef) -> EncoderSource:
        """The encoder of a spec, after looking at its files again: weights are read anew by every run.

        Raises:
            DataError: they changed since the run was planned.
        """
        source = self.encoder(name)
        if source.folder is not None and digest(source.folder, remote_code=source.remote_code) != ref.digest:
            raise DataError(f"encoder {name!r} changed after the run was planned\n  -> run the command again")
        return source

    def ceilings(self, ref: DatasetRef) -> dict[str, Ceiling]:
        """What is possible on a probe without its pictures, and with what its sources can say of them."""
        card = self.card(ref.name)
        if card.probe is None:
            return {}
        probe = generate(card.probe)
        found = {View.T.value: ceiling(probe, "test")}
        held = [source.evidence_kinds for source in self.sources(ref).values()]
        known = [kinds for kinds in held if kinds is not None]
        if held and len(known) == len(held):
            found[View.IT.value] = ceiling(probe, "test", frozenset[InputKind]().union(*known))
        return found

    def notes(self, name: str) -> tuple[str, ...]:
        """What has to be printed beside results on a dataset."""
        corpus = self.corpus(name)
        note = fingerprint_note(self.card(name), corpus)
        return (*([note] if note else ()), *(f"{name}: {line}" for line in corpus.policy_lines))
