"""From a spec and loaded data to a method on its device and tokenised splits."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mnerbench.benchmark.results.spec import RunSpec, StrayInside, TrainingSettings, derive_seed
from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.inputs import BLANK, View, viewed_images
from mnerbench.datasets.subsets import training_tweets
from mnerbench.datasets.tagging import label_set
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.word_vectors import read_word_vectors
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.batch import EncodedSplit, encode_split
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.encoders.choice import NO_VECTORS, encoder_of_words
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.encoders.source import EncoderSource
from mnerbench.methods.encoders.text_encoder import load_text_encoder
from mnerbench.methods.registry import method_class, methods
from mnerbench.methods.tagger import NeuralMethod

TRAIN, DEV, TEST = "train", "valid", "test"


@dataclass(frozen=True)
class Served:
    """A corpus with the visual inputs that the method reads of it."""

    corpus: Corpus
    inputs: VisualInputs


@dataclass(frozen=True)
class RunInputs:
    """Everything a trained run is made from.

    Attributes:
        spec: of the run.
        settings: its training settings.
        config: its method's settings, typed.
        corpus: the tweets.
        inputs: the visual inputs that the method declares.
        encoder: where the text encoder's files are.
        transfer: the other datasets it is scored on, by name.
    """

    spec: RunSpec
    settings: TrainingSettings
    config: MethodConfig
    corpus: Corpus
    inputs: VisualInputs
    encoder: EncoderSource
    transfer: Mapping[str, Served] = field(default_factory=dict)

    @property
    def train(self) -> list[Example]:
        """The training tweets, those of a smaller training set in the order of the file."""
        return training_tweets(self.corpus[TRAIN], self.spec.dataset.train_tweets, self.spec.seed)

    def examples(self, split: str) -> Sequence[Example]:
        """The tweets of a split as records call it: `train`, `valid`, `test`, `test@twitter17`."""
        if split == TRAIN:
            return self.train
        data, name = self.spec.scored[split]
        return self.served(data.name).corpus[name]

    def served(self, dataset: str) -> Served:
        """The data of a transfer, or its own."""
        return self.transfer.get(dataset) or Served(self.corpus, self.inputs)


def build_method(made_of: RunInputs) -> NeuralMethod[Any]:
    """The method with its encoder, on the CPU; new weights derive from the spec's seed.

    Layers draw from one generator state in the order in which a method makes them, so equal first layers of two
    methods start equal.
    """
    spec = made_of.spec
    torch.manual_seed(derive_seed(spec.seed, "weights"))
    encoder = _encoder(made_of)
    torch.manual_seed(derive_seed(spec.seed, "new weights"))
    labels = label_set(made_of.corpus.types, made_of.settings.scheme)
    shapes = {kind: features.shape for kind, features in made_of.inputs.features.items()}
    method: NeuralMethod[Any] = method_class(methods().family(spec.family))(made_of.config, encoder, labels, shapes)
    return method


def _encoder(made_of: RunInputs) -> Encoder:
    if made_of.encoder.words:
        return encoder_of_words(made_of.config, [example.words for example in made_of.train], word_vectors(made_of))
    source = made_of.encoder
    if source.folder is not None:
        return load_text_encoder(source.folder, source.subword_cache, remote_code=source.remote_code)
    train = made_of.train
    contexts = (made_of.config.context_texts(made_of.inputs, example.image_id) for example in train)
    return scratch_encoder(
        [*(" ".join(example.words) for example in train), *(text for texts in contexts for text in texts)]
    )


def word_vectors(made_of: RunInputs) -> Mapping[str, NDArray[np.float32]]:
    """Of the words of everything that is read or scored: what is not asked for need not be kept. None but of a file."""
    if made_of.encoder.folder is None:
        return NO_VECTORS
    corpora = (made_of.corpus, *(other.corpus for other in made_of.transfer.values()))
    splits = (split for corpus in corpora for split in corpus.splits.values())
    words = frozenset(word.lower() for examples in splits for example in examples for word in example.words)
    return read_word_vectors(made_of.encoder.folder, words)


def encode(made_of: RunInputs, method: NeuralMethod[Any]) -> dict[str, EncodedSplit]:
    """Training tweets in the training views, everything that is scored in all evaluation views."""
    return {split: _encode(made_of, method, split) for split in (TRAIN, *made_of.spec.scored)}


def _encode(made_of: RunInputs, method: NeuralMethod[Any], split: str) -> EncodedSplit:
    settings, config = made_of.settings, made_of.config
    data = made_of.spec.scored[split][0] if split != TRAIN else made_of.spec.dataset
    inputs = made_of.served(data.name).inputs
    _check_shapes(method, inputs, data.name)
    views = config.training_views if split == TRAIN else evaluation_views(config, inputs)
    return encode_split(
        made_of.examples(split),
        shown_images(made_of, split, views),
        (config, inputs),
        method.encoder.tokenizer,
        method.labels,
        limit=settings.max_pieces,
        scheme=settings.scheme,
        repair=settings.stray_inside is StrayInside.REPAIR,
    )


def _check_shapes(method: NeuralMethod[Any], inputs: VisualInputs, dataset: str) -> None:
    for kind, features in inputs.features.items():
        if features.shape.width != method.visual[kind].width:
            raise DataError(
                f"{kind.value} of {dataset!r} has vectors of {features.shape.width}, those of the training data have "
                f"{method.visual[kind].width}\n  -> take the same source for both: --input {kind.value}=SOURCE"
            )


def evaluation_views(config: MethodConfig, inputs: VisualInputs) -> tuple[View, ...]:
    """The views that can be evaluated: vectors made elsewhere have none of a grey picture."""
    grey = all(features.has(BLANK) for features in inputs.features.values())
    return tuple(view for view in config.evaluation_views if grey or view is not View.IT_BLANK)


def shown_images(made_of: RunInputs, split: str, views: Sequence[View]) -> Mapping[View, tuple[str | None, ...]]:
    """The image id that each tweet of a split shows, by view."""
    own: Sequence[str | None] = [example.image_id for example in made_of.examples(split)]
    if made_of.config.random_pictures:
        own = viewed_images(View.IT_SHUFFLED, own, derive_seed(made_of.spec.seed, "random pictures", split))
    if split == TRAIN and made_of.spec.dataset.hidden_pictures:
        own = _hidden(own, made_of.spec.dataset.hidden_pictures, derive_seed(made_of.spec.seed, "hidden pictures"))
    seed = derive_seed(made_of.spec.seed, "shuffled pictures", split)
    return {view: viewed_images(view, own, seed) for view in views}


def _hidden(images: Sequence[str | None], share: float, seed: int) -> list[str | None]:
    """The pictures without a seeded share of them; a larger share hides what a smaller one does, and more."""
    order = list(range(len(images)))
    random.Random(seed).shuffle(order)  # noqa: S311 - not for secrets
    gone = set(order[: round(share * len(images))])
    return [None if place in gone else image for place, image in enumerate(images)]
