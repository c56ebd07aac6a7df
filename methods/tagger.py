"""Base class of all methods trained by gradient descent."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Generic, TypeVar

from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.label_scheme import Labelling, WordLabels
from mnerbench.methods.layers.head import TaggingHead
from mnerbench.methods.layers.transformer import TransformerLayer, initialise_like_bert
from mnerbench.methods.layers.visual_attention import AdditiveAttention

ConfigT = TypeVar("ConfigT", bound=MethodConfig)


class NeuralMethod(nn.Module, ABC, Generic[ConfigT]):
    """A tagger that computes emissions and named loss terms from a batch; its head decodes.

    A subclass sets `project`, `head` and its own layers in `__init__`, and `labelling` unless units are words.

    Args:
        config: settings of the method.
        encoder: encoder with its tokenizer: a text encoder, or an LSTM over word vectors.
        labels: the label set, in the order of the emissions.
        visual: shape of each kind of vectors that the config declares.
    """

    encoder: Encoder
    head: TaggingHead
    # The last layer, from unit vectors to emissions; diagnostics compare its inputs, the method's word representations.
    project: nn.Linear

    def __init__(
        self,
        config: ConfigT,
        encoder: Encoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        self.config = config
        self.encoder = encoder
        self.labels = tuple(labels)
        self.labelling: Labelling = WordLabels(labels)
        self.visual = dict(visual)

    def initialise_new_layers(self) -> None:
        """Initialise all layers defined so far, except the encoder, as in BERT."""
        for name, layer in self.named_children():
            if name != "encoder":
                initialise_like_bert(layer)

    @property
    def visual_attention(self) -> TransformerLayer | AdditiveAttention | None:
        """The layer whose queries are words, subwords or tweets and whose keys are cells; None if there is none."""
        return None

    @property
    def notes(self) -> tuple[str, ...]:
        """What to print beside its results, such as that weights are not those of the paper; a sentence each."""
        return ()

    def judged_relation(self, batch: Batch) -> Tensor | None:
        """How far the method lets each tweet's picture in because it finds it related to the text, [tweets].

        Any scale; larger means more. None if the method does not judge this.
        """
        return None

    @abstractmethod
    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, units, labels]; units and their labels are those of `labelling`, words by default."""

    def targets(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Label numbers and mask of the units, both [tweets, units]."""
        return self.labelling.targets(batch.labels, batch.subwords)

    def losses(self, views: Mapping[View, Batch]) -> dict[str, Tensor]:
        """Named loss terms of one step; the training loop minimises their sum.

        Args:
            views: the same tweets in each of the config's `training_views`.
        """
        batch = views[self.config.primary_view]
        return {"nll": self.head.loss(self(batch), *self.targets(batch))}

    def relation_losses(self, views: Mapping[View, Batch]) -> dict[str, Tensor]:
        """Named loss terms of a step on a relation corpus; of methods whose config names one.

        Args:
            views: the same pairs in each of the config's `training_views`; their labels are all O.
        """
        raise NotImplementedError(f"{type(self).__name__} learns no relation corpus")

    def loss_denominator(self, batch: Batch) -> int:
        """Number of items that the losses average over; weighs the losses of a batch's parts."""
        return self.head.loss_denominator(self.targets(batch)[1])

    def decode(self, batch: Batch) -> list[list[int]]:
        """Indices into the labelling's `outputs`, one per word, per tweet; the label set comes first in `outputs`."""
        _, mask = self.targets(batch)
        return self.labelling.words(self.head.decode(self(batch), mask), batch.subwords)
