"""The resources of runs on this machine: corpora, encoders and visual inputs, loaded once per process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef
from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.card_overlap import describe, shared_tweets
from mnerbench.datasets.catalog import dataset_folder, fingerprint_note, load_card, load_corpus
from mnerbench.datasets.corpus import Corpus, relation_digest
from mnerbench.datasets.errors import DataError, MissingInputError, collected
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.needs import Need
from mnerbench.datasets.probes.ceilings import Ceiling, ceiling
from mnerbench.datasets.probes.generator import generate
from mnerbench.datasets.remedies import misplaced
from mnerbench.datasets.subsets import limited
from mnerbench.datasets.visual.lost_pictures import LostPictures
from mnerbench.methods.encoders.encoder_digest import digest
from mnerbench.methods.encoders.source import EncoderSource, resolve_encoder

# Modules of inputs need numpy, which costs a third of the start of `plan`; a suite without inputs does without them.
if TYPE_CHECKING:
    from mnerbench.datasets.visual.inputs import VisualInputs
    from mnerbench.datasets.visual.sources.base import Setting, Source


class LocalResources:
    """Loads resources on first use and caches them; loading errors are raised unchanged."""

    def __init__(self, paths: RunPaths) -> None:
        self.paths = paths
        self.card = cache(self._card)
        self.corpus = cache(self._corpus)
        self._limited = cache(self._limited_corpus)
        self.source = cache(self._source)
        self.encoder = cache(self._encoder)
        self._setting = cache(self._make_setting)

    def _card(self, name: str) -> DatasetCard:
        return load_card(name, self.paths.data)

    def _corpus(self, name: str) -> Corpus:
        return load_corpus(name, self.paths.data)

    def _limited_corpus(self, name: str, count: int | None) -> Corpus:
        return limited(self.corpus(name), count)

    def tweets(self, ref: DatasetRef) -> Corpus:
        """The corpus of a dataset reference, with at most `limit_test` tweets of dev and of test."""
        return self._limited(ref.name, ref.limit_test)

    def limited(self, ref: DatasetRef, count: int) -> DatasetRef:
        """A reference to at most `count` tweets of dev and of test; the same one if these splits have no more."""
        prints = dict(self._limited(ref.name, count).fingerprints)
        if prints == dict(ref.fingerprints):
            return ref
        return ref.model_copy(update={"fingerprints": prints, "limit_test": count})

    def _encoder(self, name: str) -> EncoderSource:
        return resolve_encoder(name, self.paths.models, trust_remote_code=self.paths.trust_remote_code)

    def _make_setting(self, name: str, lost: LostPictures) -> Setting:
        from mnerbench.datasets.visual.sources.base import Setting

        card, paths = self.card(name), self.paths
        folder = dataset_folder(card, paths.data, paths.cache)
        return Setting(card, self.corpus(name), folder, paths.cache, paths.models, lost)

    def _source(self, name: str, kind: InputKind, source: str, lost: LostPictures) -> Source:
        from mnerbench.datasets.visual.sources.open import open_source

        return open_source(kind, source, self._setting(name, lost))

    def dataset_ref(
        self, name: str, kinds: Iterable[InputKind], sources: Mapping[InputKind, str], lost: LostPictures
    ) -> DatasetRef:
        """Identify a corpus and a method's inputs by content; the inputs may not be computed yet."""
        kinds = tuple(kinds)
        named = {kind: sources.get(kind) or self.usual(name, kind) for kind in kinds}
        try:
            corpus = self.corpus(name)
        except MissingInputError as error:
            raise MissingInputError(*error.needs, *self._missing_inputs(name, named)) from error
        opened = collected([partial(self.source, name, kind, source, lost) for kind, source in named.items()])
        by_kind = dict(zip(kinds, opened, strict=True))
        return DatasetRef(
            name=name,
            fingerprints=dict(corpus.fingerprints),
            types=corpus.types,
            inputs={kind.value: source.fingerprint for kind, source in by_kind.items()},
            sources={kind.value: source.name for kind, source in by_kind.items()},
            lost_pictures=lost if any(source.reads_pictures for source in by_kind.values()) else LostPictures.MASK,
        )

    def _missing_inputs(self, name: str, sources: Mapping[InputKind, str]) -> list[Need]:
        """The needs of the inputs of a dataset whose tweets are missing, as far as known without the tweets."""
        from mnerbench.datasets.visual.sources.base import Setting
        from mnerbench.datasets.visual.sources.open import open_source

        card, paths = self.card(name), self.paths
        if misplaced(name, [file.path for file in card.files.values()], paths.data):
            return []  # another --data resolves all of them
        unread = Setting(card, Corpus(name, {}, card.types), paths.data / name, paths.cache, paths.models)
        needs: list[Need] = []
        for kind, source in sources.items():
            if kind is InputKind.REGIONS and (unread.folder / kind.value).exists():
                continue  # without the tweets, regions cannot be checked
            try:
                open_source(kind, source, unread)
            except MissingInputError as error:
                needs += error.needs
            except DataError:  # the file has no entry for any of the tweets, since there are none
                continue
        return needs

    def train_size(self, name: str) -> int:
        """Number of training tweets of a corpus."""
        return len(self.corpus(name)["train"])

    def shared_tweets(self, trained: str, tested: str) -> tuple[str, ...]:
        """Test tweets of one corpus that training on another one sees, according to their cards."""
        return shared_tweets(self.card(trained), self.card(tested))

    def relation_labels(self, name: str) -> str | None:
        """sha256 of the relation labels of a corpus' training tweets; None if it has none."""
        return relation_digest(self.corpus(name).splits.get("train", ()))

    def usual(self, name: str, kind: InputKind) -> str:
        """The default source of an input of a dataset."""
        from mnerbench.datasets.visual.sources.open import usual_source

        return usual_source(kind, self.card(name))

    def sources(self, ref: DatasetRef) -> dict[InputKind, Source]:
        """The input sources of a dataset reference."""
        return {InputKind(k): self.source(ref.name, InputKind(k), s, ref.lost_pictures) for k, s in ref.sources.items()}

    def inputs(self, ref: DatasetRef) -> VisualInputs:
        """Load the visual inputs of a dataset reference.

        Raises:
            MissingInputError: Some are not computed yet.
        """
        from mnerbench.datasets.visual.sources.base import gather_inputs

        return gather_inputs(self.sources(ref))

    def encoder_ref(self, name: str) -> EncoderRef:
        """Identify an encoder by the content of its files."""
        source = self.encoder(name)
        return EncoderRef(name=source.name, digest=source.digest, words=source.words)

    def planned_encoder(self, name: str, ref: EncoderRef) -> EncoderSource:
        """The encoder of a spec, after checking its files again, since every run reads the weights from disk.

        Raises:
            DataError: The files changed after the run was planned.
        """
        source = self.encoder(name)
        if source.folder is not None and digest(source.folder, remote_code=source.remote_code) != ref.digest:
            raise DataError(f"encoder {name!r} changed after the run was planned\n  -> run the command again")
        return source

    def ceilings(self, ref: DatasetRef) -> dict[str, Ceiling]:
        """The best possible scores on a probe: from text alone, and also from the content of its input sources.

        They are of the whole test split: part of one has none.
        """
        card = self.card(ref.name)
        if card.probe is None or ref.limit_test is not None:
            return {}
        probe = generate(card.probe)
        ceilings = {View.T.value: ceiling(probe, "test")}
        carried = [source.evidence_kinds for source in self.sources(ref).values()]
        kinds = [item for item in carried if item is not None]
        if carried and len(kinds) == len(carried):
            ceilings[View.IT.value] = ceiling(probe, "test", frozenset[InputKind]().union(*kinds))
        return ceilings

    def notes(self, name: str) -> tuple[str, ...]:
        """Notes to print with results on a dataset."""
        corpus = self.corpus(name)
        note = fingerprint_note(self.card(name), corpus)
        overlaps = [describe(self.card(name), overlap) for overlap in self.card(name).overlaps]
        return (*([note] if note else ()), *(f"{name}: {line}" for line in (*corpus.policy_lines, *overlaps)))
