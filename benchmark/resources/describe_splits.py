"""Describes the scored splits of a grid for reports: what the tweets say, what is known of their pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.spec import DatasetRef, RunSpec
from mnerbench.benchmark.results.split_metadata import ScoredSplit, ScoredTweet, save_split, split_path
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.catalog import dataset_folder
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.inputs import FILE, InputKind
from mnerbench.datasets.picture_texts import Texts
from mnerbench.datasets.probes.generator import generate
from mnerbench.datasets.tagging import conll_spans
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER, find_pictures

_READABLE = (InputKind.CAPTIONS, InputKind.TAGS, InputKind.OCR, InputKind.TEXT)
_MOST_TEXTS = 10  # of one kind and picture; a detector can name a hundred things


def describe_splits(specs: Iterable[RunSpec], materials: LocalResources, store: RunStore) -> None:
    """Write the description of every split that some runs score, or add to what is there.

    Raises:
        StoreError: the folder cannot be written.
    """
    refs: dict[str, tuple[DatasetRef, DatasetRef, str]] = {}
    texts: dict[str, dict[InputKind, str]] = {}
    for spec in specs:
        for tested, split in spec.tests.values():
            refs.setdefault(str(split_path(store.root, spec.dataset, tested, split)), (spec.dataset, tested, split))
            texts.setdefault(tested.name, {}).update(
                {kind: tested.sources[kind.value] for kind in _READABLE if kind.value in tested.sources}
            )
    for trained, tested, split in refs.values():
        described = describe(trained, tested, split, materials, texts[tested.name])
        save_split(split_path(store.root, trained, tested, split), described, store.damage)


def describe(
    trained: DatasetRef, tested: DatasetRef, split: str, materials: LocalResources, sources: Mapping[InputKind, str]
) -> ScoredSplit:
    """What is known of a split.

    Args:
        trained: what runs were trained on.
        tested: what they were scored on.
        split: of `tested`.
        materials: loads corpora and inputs.
        sources: of the texts that runs read of its pictures.
    """
    # Predictions of others may be on a corpus that nothing can be trained on: no name of it was seen in training.
    corpus, train = materials.corpus(tested.name), materials.corpus(trained.name).splits.get("train", ())
    examples = corpus[split]
    pictured = _pictured(examples, tested, materials)
    read = _texts(tested, materials, sources)
    ocr = read.get("ocr") or _texts(tested, materials, _filed_ocr(tested, materials)).get("ocr")
    related = _related(tested, split, materials)
    tweets = tuple(
        ScoredTweet(
            id=example.id,
            words=example.words,
            image_id=example.image_id,
            pictured=None if pictured is None else example.image_id in pictured,
            ocr=None if ocr is None else any(text.strip() for text in ocr.of(example.image_id)),
            related=None if related is None else related[place],
            texts={name: found for name, one in read.items() if (found := _shown(one, example.image_id))},
        )
        for place, example in enumerate(examples)
    )
    entities = tuple(
        (place, example.words[span.start : span.end], span.type)
        for place, example in enumerate(train)
        for span in conll_spans(example.labels)
    )
    return ScoredSplit(
        trained_on=trained.name,
        tested_on=tested.name,
        split=split,
        fingerprint=tested.fingerprints[split],
        train_fingerprint=trained.fingerprints.get("train", ""),
        train_size=len(train),
        tweets=tweets,
        train_entities=entities,
    )


def _pictured(examples: Sequence[Example], data: DatasetRef, materials: LocalResources) -> frozenset[str] | None:
    """Image ids with a picture; where no picture is here at all, those not known to be lost, if any is."""
    card, corpus = materials.card(data.name), materials.corpus(data.name)
    named = {example.image_id for example in examples if example.image_id is not None}
    if card.probe is not None:
        return frozenset(named)
    folder = dataset_folder(card, materials.places.data, materials.places.cache) / IMAGE_FOLDER
    found = find_pictures(folder, named - corpus.missing_images)
    if found:
        return frozenset(found)
    return frozenset(named - corpus.missing_images) if corpus.missing_images else None


def _filed_ocr(data: DatasetRef, materials: LocalResources) -> dict[InputKind, str]:
    """The file of text that somebody read in the pictures, for a corpus of which no run reads it.

    Not an extractor: to know what it read, every picture would have to be identified before a run that needs none.
    """
    # A probe's file is written with its pictures, which nobody may have drawn yet.
    return {} if materials.card(data.name).probe is not None else {InputKind.OCR: FILE}


def _texts(data: DatasetRef, materials: LocalResources, sources: Mapping[InputKind, str]) -> dict[str, Texts[Any]]:
    """The texts (or tags) that are there, by kind; what is missing is left out."""
    found: dict[str, Texts[Any]] = {}
    for kind, name in sources.items():
        with suppress(MissingInputError):
            loaded = materials.source(data.name, kind, name, data.lost_pictures).load()
            if isinstance(loaded, Texts):
                found[kind.value] = loaded
    return found


def _shown(texts: Texts[Any], image: str | None) -> tuple[str, ...]:
    return tuple(item if isinstance(item, str) else item.name for item in texts.of(image))[:_MOST_TEXTS]


def _related(data: DatasetRef, split: str, materials: LocalResources) -> list[bool] | None:
    """Only the generator of a probe knows."""
    card = materials.card(data.name)
    return [tweet.picture.related for tweet in generate(card.probe).splits[split]] if card.probe is not None else None
