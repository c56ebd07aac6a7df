"""Writes descriptions of the scored splits of a grid for reports: tweets and properties of their pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.spec import DatasetRef, RunSpec
from mnerbench.benchmark.results.split_metadata import ScoredSplit, ScoredTweet, save_split, split_path
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.catalog import dataset_folder
from mnerbench.datasets.corpus import Example, ImageRef
from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.inputs import FILE, InputKind
from mnerbench.datasets.picture_texts import Texts
from mnerbench.datasets.tagging import conll_spans
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER, find_pictures

_READABLE = (InputKind.CAPTIONS, InputKind.TAGS, InputKind.OCR, InputKind.TEXT)
_MOST_TEXTS = 10  # per kind and picture; a detector may find a hundred objects


def describe_splits(specs: Iterable[RunSpec], resources: LocalResources, store: RunStore) -> None:
    """Write or complete the descriptions of all splits that some runs are scored on.

    Raises:
        StoreError: The folder cannot be written.
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
        described = describe(trained, tested, split, resources, texts[tested.name])
        save_split(split_path(store.root, trained, tested, split), described, store.damage)


def describe(
    trained: DatasetRef, tested: DatasetRef, split: str, resources: LocalResources, sources: Mapping[InputKind, str]
) -> ScoredSplit:
    """The description of a split.

    Args:
        trained: the dataset that runs were trained on.
        tested: the dataset that they were scored on.
        split: split of `tested`.
        resources: loads corpora and inputs.
        sources: sources of the picture texts that runs read.
    """
    # Imported predictions may be on a corpus without a training split; no name was then seen in training.
    corpus, train = resources.tweets(tested), resources.corpus(trained.name).splits.get("train", ())
    examples = corpus[split]
    pictured = _pictured(examples, tested, resources)
    texts = _texts(tested, resources, sources)
    ocr = texts.get("ocr") or _texts(tested, resources, _ocr_file(tested, resources)).get("ocr")
    tweets = tuple(
        ScoredTweet(
            id=example.id,
            words=example.words,
            image_id=example.image_id,
            pictured=None if pictured is None else not pictured.isdisjoint(example.image_ids),
            ocr=None if ocr is None else any(text.strip() for text in ocr.of(example.image_id)),
            related=example.related,
            texts={kind: listed for kind, source in texts.items() if (listed := _listed(source, example.image_id))},
        )
        for example in examples
    )
    entities = tuple(
        (index, example.words[span.start : span.end], span.type)
        for index, example in enumerate(train)
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


def _pictured(examples: Sequence[Example], data: DatasetRef, resources: LocalResources) -> frozenset[str] | None:
    """Image ids with a picture; if no picture is on this machine, those not listed as lost, or None without a list."""
    card, corpus = resources.card(data.name), resources.corpus(data.name)
    image_ids = {image for example in examples for image in example.image_ids}
    if card.probe is not None:
        return frozenset(image_ids)
    folder = dataset_folder(card, resources.paths.data, resources.paths.cache) / IMAGE_FOLDER
    pictures = find_pictures(folder, image_ids - corpus.missing_images)
    if pictures:
        return frozenset(pictures)
    return frozenset(image_ids - corpus.missing_images) if corpus.missing_images else None


def _ocr_file(data: DatasetRef, resources: LocalResources) -> dict[InputKind, str]:
    """The file source of OCR text, for a corpus whose OCR text no run reads.

    An extractor is not used: it would have to identify every picture, even for runs that need none.
    """
    # A probe's file is written when its pictures are drawn, which may not have happened yet.
    return {} if resources.card(data.name).probe is not None else {InputKind.OCR: FILE}


def _texts(data: DatasetRef, resources: LocalResources, sources: Mapping[InputKind, str]) -> dict[str, Texts[Any]]:
    """The available texts or tags, by kind."""
    available: dict[str, Texts[Any]] = {}
    for kind, name in sources.items():
        with suppress(MissingInputError):
            loaded = resources.source(data.name, kind, name, data.lost_pictures).load()
            if isinstance(loaded, Texts):
                available[kind.value] = loaded
    return available


def _listed(texts: Texts[Any], image: ImageRef) -> tuple[str, ...]:
    return tuple(item if isinstance(item, str) else item.name for item in texts.of(image))[:_MOST_TEXTS]
