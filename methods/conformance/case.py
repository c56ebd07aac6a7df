"""A variant under test, over synthetic tweets and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.inputs import View, viewed_images
from mnerbench.datasets.tagging import label_set
from mnerbench.methods.base.choices import TextSource
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.batch import Batch, EncodedSplit, encode_split
from mnerbench.methods.conformance.synthetic_inputs import picture_texts, pictures, word_table
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.encoders.choice import encoder_of_words
from mnerbench.methods.encoders.scratch import scratch_encoder
from mnerbench.methods.registry import Entry, method_class
from mnerbench.methods.tagger import NeuralMethod

TYPES = ("PER", "LOC", "ORG", "MISC")
LABELS = label_set(TYPES)
Train = Callable[[NeuralMethod[Any], EncodedSplit, int], None]

_SENTENCES = (
    ("Ada Kern met Bo in Lund", "B-PER I-PER O B-PER O B-LOC"),
    ("rain", "O"),
    ("Lund beats Velt United again tonight in the cup", "B-LOC O B-ORG I-ORG O O O O O"),
    ("the Harvest Fair opens", "O B-MISC I-MISC O"),
    ("\u00a0 \u200b \ufe0f", "O O O"),
    ("Bo and Ada", "B-PER O B-PER"),
    ("Velt", "B-LOC"),
    ("see you at Velt Arena Ada", "O O O B-LOC I-LOC B-PER"),
)


def sentences() -> tuple[Example, ...]:
    """Eight invented tweets: some of one word, one of words without subwords, the last without a picture.

    Of three, the relation of text and picture is not annotated.
    """
    related = (True, False, None, True, False, None, True, None)
    return tuple(
        Example(str(n), tuple(text.split(" ")), tuple(labels.split()), f"p{n}" if n < 7 else None, related[n])
        for n, (text, labels) in enumerate(_SENTENCES)
    )


@dataclass(frozen=True)
class Case:
    """A variant under test.

    Attributes:
        entry: its entry in the registry.
        train: trains a method on a split for a number of epochs.
        learning_epochs: number of epochs to fit eight tweets.
        alternatives: other valid values of settings, by name, where type, bounds and search space give none.
    """

    entry: Entry
    train: Train
    learning_epochs: int = 60
    alternatives: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @property
    def config(self) -> MethodConfig:
        """The variant's settings."""
        return self.entry.configure({})

    def build(self, seed: int = 0) -> NeuralMethod[Any]:
        """Build the method over a scratch encoder, over word vectors, or over both, from a seed."""
        torch.manual_seed(seed)
        encoder: Encoder
        if self.config.text_source is TextSource.WORD_VECTORS:
            encoder = encoder_of_words(self.config, [example.words for example in sentences()])
        else:
            texts = [*(" ".join(example.words) for example in sentences()), *picture_texts()]
            encoder = scratch_encoder(texts)
        if self.config.reads_word_vectors:
            encoder.word_table = word_table(word for example in sentences() for word in example.words)
        shapes = {kind: features.shape for kind, features in pictures().features.items()}
        method: NeuralMethod[Any] = method_class(self.entry.family)(self.config, encoder, LABELS, shapes)
        return method

    def split(self, method: NeuralMethod[Any], examples: Sequence[Example] | None = None) -> EncodedSplit:
        """Encode tweets in all views of the method."""
        examples = sentences() if examples is None else examples
        images = [example.image_id for example in examples]
        views = dict.fromkeys((*self.config.training_views, *self.config.evaluation_views))
        image_ids = {view: viewed_images(view, images, 0) for view in views}
        reads, encoder = (self.config, pictures()), method.encoder
        return encode_split(
            examples, image_ids, reads, encoder.tokenizer, LABELS, limit=64, word_table=encoder.word_table
        )

    def batch(self, method: NeuralMethod[Any], index: Sequence[int], view: View) -> Batch:
        """The tweets at `index` in a view."""
        return self.split(method).batch(index, view)

    def loss(self, method: NeuralMethod[Any]) -> float:
        """Sum of the loss terms over all tweets, in evaluation mode."""
        method.eval()
        split = self.split(method)
        with torch.no_grad():
            terms = method.losses({v: split.batch(range(len(split)), v) for v in self.config.training_views})
        return float(sum(terms.values()))
