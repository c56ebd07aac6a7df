"""Builds a method and its tokenised splits from a spec and loaded data."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mnerbench.benchmark.results.spec import RunSpec, StrayInside, TrainingSettings
from mnerbench.datasets.corpus import Corpus, Example, ImageRef
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.inputs import BLANK, View, viewed_images
from mnerbench.datasets.seeds import derive_seed
from mnerbench.datasets.subsets import training_tweets
from mnerbench.datasets.tagging import label_set
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.word_neighbours import read_neighbour_means
from mnerbench.datasets.word_vectors import read_word_vectors
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.batch import EncodedSplit, encode_split
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.encoders.choice import NO_VECTORS, encoder_of_words
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.encoders.source import EncoderSource
from mnerbench.methods.encoders.text_encoder import load_text_encoder
from mnerbench.methods.encoders.word_table import WordTable
from mnerbench.methods.registry import method_class, methods
from mnerbench.methods.tagger import NeuralMethod

TRAIN, DEV, TEST = "train", "valid", "test"
RELATIONS = "relations"  # the pairs of a relation corpus


@dataclass(frozen=True)
class LoadedDataset:
    """A corpus with the visual inputs that the method reads."""

    corpus: Corpus
    inputs: VisualInputs


@dataclass(frozen=True)
class RunInputs:
    """Everything that determines the result of a trained run.

    Attributes:
        spec: of the run.
        settings: training settings.
        config: typed settings of the method.
        corpus: the tweets.
        inputs: the visual inputs that the method declares.
        encoder: location of the text encoder's files, or of word vectors in its place.
        transfer: the other datasets on which the run is scored, by name.
        word_vectors: location of word vectors beside the text encoder; None if the method reads none.
        relations: the dataset whose text-image relations the method also learns.
    """

    spec: RunSpec
    settings: TrainingSettings
    config: MethodConfig
    corpus: Corpus
    inputs: VisualInputs
    encoder: EncoderSource
    transfer: Mapping[str, LoadedDataset] = field(default_factory=dict)
    word_vectors: EncoderSource | None = None
    relations: LoadedDataset | None = None

    @property
    def vectors_file(self) -> Path | None:
        """The file of word vectors that the method reads, in place of a text encoder or beside one; None without."""
        source = self.encoder if self.encoder.words else self.word_vectors
        return source.folder if source is not None else None

    @property
    def train(self) -> list[Example]:
        """The training tweets; a subset keeps the order of the file."""
        return training_tweets(self.corpus[TRAIN], self.spec.dataset.train_tweets, self.spec.seed)

    def examples(self, split: str) -> Sequence[Example]:
        """The tweets of a split by its name in records: `train`, `valid`, `test`, `test@twitter17`; or `RELATIONS`."""
        if split == TRAIN:
            return self.train
        corpus = self.config.relation_corpus
        if split == RELATIONS and self.relations is not None and corpus is not None:
            return self.relations.corpus[TRAIN][: corpus.pairs]
        data, name = self.spec.scored[split]
        return self.dataset(data.name).corpus[name]

    def dataset(self, name: str) -> LoadedDataset:
        """A transfer dataset; any other name is the training dataset."""
        return self.transfer.get(name) or LoadedDataset(self.corpus, self.inputs)


def build_method(run_inputs: RunInputs) -> NeuralMethod[Any]:
    """The method with its encoder, on the CPU; new weights derive from the spec's seed.

    Layers draw from one generator in the order in which a method builds them, so two methods with the same first
    layers start with the same weights in them.
    """
    spec = run_inputs.spec
    torch.manual_seed(derive_seed(spec.seed, "weights"))
    encoder = _encoder(run_inputs)
    encoder.word_table = word_table(run_inputs)
    torch.manual_seed(derive_seed(spec.seed, "new weights"))
    labels = label_set(run_inputs.corpus.types, run_inputs.settings.scheme)
    shapes = {kind: features.shape for kind, features in run_inputs.inputs.features.items()}
    method: NeuralMethod[Any] = method_class(methods().family(spec.family))(run_inputs.config, encoder, labels, shapes)
    return method


def _encoder(run_inputs: RunInputs) -> Encoder:
    if run_inputs.encoder.words:
        tweets = [example.words for example in run_inputs.train]
        return encoder_of_words(run_inputs.config, tweets, word_vectors(run_inputs))
    source = run_inputs.encoder
    if source.folder is not None:
        return load_text_encoder(source.folder, source.subword_cache, remote_code=source.remote_code)
    train = run_inputs.train
    contexts = (run_inputs.config.context_texts(run_inputs.inputs, example.image_id) for example in train)
    return scratch_encoder(
        [*(" ".join(example.words) for example in train), *(text for texts in contexts for text in texts)]
    )


def word_vectors(run_inputs: RunInputs) -> Mapping[str, NDArray[np.float32]]:
    """Vectors of the words in all splits, from the word-vector file; empty without a file.

    Restricted to these words, so that the whole file need not stay in memory.
    """
    if run_inputs.vectors_file is None:
        return NO_VECTORS
    return read_word_vectors(run_inputs.vectors_file, _words(run_inputs))


def _words(run_inputs: RunInputs) -> frozenset[str]:
    """The words in all splits, in lower case."""
    corpora = (run_inputs.corpus, *(other.corpus for other in run_inputs.transfer.values()))
    splits = (split for corpus in corpora for split in corpus.splits.values())
    return frozenset(word.lower() for examples in splits for example in examples for word in example.words)


def word_table(run_inputs: RunInputs) -> WordTable | None:
    """The word vectors that a method reads beside its text encoder; None if it reads none."""
    config, path = run_inputs.config, run_inputs.vectors_file
    if not config.reads_word_vectors or path is None:
        return None
    if config.nearest_words:
        return WordTable(read_neighbour_means(path, _words(run_inputs), config.nearest_words))
    return WordTable(word_vectors(run_inputs))


def encode(run_inputs: RunInputs, method: NeuralMethod[Any]) -> dict[str, EncodedSplit]:
    """Tokenise what is trained on in the training views, and every scored split in all evaluation views."""
    trained = (TRAIN,) if run_inputs.relations is None else (TRAIN, RELATIONS)
    return {split: encode_one(run_inputs, method, split) for split in (*trained, *run_inputs.spec.scored)}


def encode_one(run_inputs: RunInputs, method: NeuralMethod[Any], split: str) -> EncodedSplit:
    """Tokenise one split, by its name in records."""
    settings, config = run_inputs.settings, run_inputs.config
    name, inputs = _read_by(run_inputs, split)
    _check_shapes(method, inputs, name)
    views = config.training_views if split in (TRAIN, RELATIONS) else _scored_views(run_inputs, inputs)
    return encode_split(
        run_inputs.examples(split),
        shown_images(run_inputs, split, views),
        (config, inputs),
        method.encoder.tokenizer,
        method.labels,
        limit=settings.max_pieces,
        scheme=settings.scheme,
        repair=settings.stray_inside is StrayInside.REPAIR,
        word_table=method.encoder.word_table,
    )


def _read_by(run_inputs: RunInputs, split: str) -> tuple[str, VisualInputs]:
    """Name and visual inputs of the dataset that a split belongs to."""
    if split == RELATIONS and run_inputs.relations is not None:
        return run_inputs.relations.corpus.name, run_inputs.relations.inputs
    data = run_inputs.spec.scored[split][0] if split != TRAIN else run_inputs.spec.dataset
    return data.name, run_inputs.dataset(data.name).inputs


def _check_shapes(method: NeuralMethod[Any], inputs: VisualInputs, dataset: str) -> None:
    for kind, features in inputs.features.items():
        if features.shape.width != method.visual[kind].width:
            raise DataError(
                f"{kind.value} of {dataset!r} has vectors of width {features.shape.width}, the training data of width "
                f"{method.visual[kind].width}\n  -> take the same source for both: --input {kind.value}=SOURCE"
            )


def _scored_views(run_inputs: RunInputs, inputs: VisualInputs) -> tuple[View, ...]:
    config = run_inputs.config
    return evaluation_views(config, inputs) if run_inputs.spec.diagnosis else (config.primary_view,)


def evaluation_views(config: MethodConfig, inputs: VisualInputs) -> tuple[View, ...]:
    """The views that can be evaluated; imported vectors lack the grey picture that `it-blank` needs."""
    grey = all(features.has(BLANK) for features in inputs.features.values())
    return tuple(view for view in config.evaluation_views if grey or view is not View.IT_BLANK)


def shown_images(run_inputs: RunInputs, split: str, views: Sequence[View]) -> Mapping[View, tuple[ImageRef, ...]]:
    """The picture or pictures that each tweet of a split shows, by view."""
    images: Sequence[ImageRef] = [example.image_id for example in run_inputs.examples(split)]
    if run_inputs.config.random_pictures:
        images = viewed_images(View.IT_SHUFFLED, images, derive_seed(run_inputs.spec.seed, "random pictures", split))
    if share := run_inputs.spec.dataset.hidden_pictures if split == TRAIN else 0.0:
        images = _hide(images, share, derive_seed(run_inputs.spec.seed, "hidden pictures"))
    seed = derive_seed(run_inputs.spec.seed, "shuffled pictures", split)
    return {view: viewed_images(view, images, seed) for view in views}


def _hide(images: Sequence[ImageRef], share: float, seed: int) -> list[ImageRef]:
    """Replace a seeded share of the images by None; a larger share hides a superset."""
    order = list(range(len(images)))
    random.Random(seed).shuffle(order)  # noqa: S311 - not for secrets
    hidden = set(order[: round(share * len(images))])
    return [None if index in hidden else image for index, image in enumerate(images)]
