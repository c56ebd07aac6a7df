"""Base of every method that is trained by gradient."""

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
from mnerbench.methods.layers.visual_attention import Attended

ConfigT = TypeVar("ConfigT", bound=MethodConfig)


class NeuralMethod(nn.Module, ABC, Generic[ConfigT]):
    """A tagger: emissions from a batch, loss terms by name; decoding is the head's.

    A subclass sets `project`, `head` and any layers of its own in `__init__`, and `labelling` where not every word is a
    unit.

    Args:
        config: the method's settings.
        encoder: of the run, with its tokenizer: a text encoder, or an LSTM over vectors of words.
        labels: the label set; emissions are in its order.
        visual: shape of each kind of vectors that the config declares.
    """

    encoder: Encoder
    head: TaggingHead
    # The last layer, from vectors of units to emissions; what it is given is how the method represents a word.
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
        """Start all layers made so far, but for the encoder's, as BERT starts its own."""
        for name, part in self.named_children():
            if name != "encoder":
                initialise_like_bert(part)

    @property
    def looking(self) -> TransformerLayer | Attended | None:
        """The layer whose queries are words, pieces or whole tweets and whose keys are cells; None without one."""
        return None

    @abstractmethod
    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, units, names of the labelling]; a unit is a word unless the labelling says otherwise."""

    def targets(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Label numbers and mask of the units, both [tweets, units]."""
        return self.labelling.targets(batch.labels, batch.pieces)

    def losses(self, views: Mapping[View, Batch]) -> dict[str, Tensor]:
        """Named loss terms of one step; the training loop minimises their sum.

        Args:
            views: the same tweets in each of the config's `training_views`.
        """
        batch = views[self.config.primary_view]
        return {"nll": self.head.loss(self(batch), *self.targets(batch))}

    def loss_denominator(self, batch: Batch) -> int:
        """Over how many things the losses of such a batch are means: a part of it weighs as many as it has."""
        return self.head.loss_denominator(self.targets(batch)[1])

    def decode(self, batch: Batch) -> list[list[int]]:
        """Numbers of the labelling's `outputs` per tweet, one per word: the label set, and non-labels behind it."""
        _, mask = self.targets(batch)
        return self.labelling.words(self.head.decode(self(batch), mask), batch.pieces)
