"""Base of GVATT and AdaCAN: words, projected cells, and the last layer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.choices import Pooling
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.encoders.word_encoder import WordEncoder
from mnerbench.methods.label_scheme import build_labelling
from mnerbench.methods.layers.output import build_output
from mnerbench.methods.layers.visual_attention import start_like_glorot
from mnerbench.methods.tagger import NeuralMethod
from mnerbench.methods.visual_attention.card import VisualAttentionConfig


class VisualAttentionTagger(NeuralMethod[VisualAttentionConfig]):
    """A tagger whose subclasses define in `fuse` how words and cells are combined, and call `finish`."""

    def __init__(
        self,
        config: VisualAttentionConfig,
        encoder: Encoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape],
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        self.normalise = nn.LayerNorm(visual[config.vectors].width)
        self.see = nn.Linear(visual[config.vectors].width, encoder.width)
        self.dropout = nn.Dropout(config.dropout)
        self.labelling = build_labelling(config.label_rule, labels, Pooling.FIRST)

    def finish(self, fused: int) -> None:
        """Initialise the layers defined so far, and add the last layer and the head.

        Args:
            fused: width of the output of `fuse`.
        """
        for name, part in self.named_children():
            if name != "encoder":
                start_like_glorot(part)
        self.project, self.head = build_output(fused, self.config, self.labelling.names)

    @abstractmethod
    def fuse(self, inputs: Tensor, states: Tensor, batch: Batch) -> Tensor:
        """Multimodal vectors of words, or of subwords if these are labelled, [tweets, units, fused width].

        Args:
            inputs: inputs of the words' LSTM; with a text encoder the same as `states`.
            states: vectors of the units from the encoder.
            batch: the tweets.
        """

    def cells(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Projected cells, [tweets, cells, width]; their mask; and True for tweets with any, [tweets, 1, 1]."""
        kind = self.config.vectors
        vectors, real = batch.visual.vectors[kind], batch.visual.masks[kind]
        return torch.tanh(self.see(self.normalise(vectors))), real, real.any(-1)[:, None, None]

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, units, labels]."""
        subwords = batch.subwords
        if isinstance(self.encoder, WordEncoder):
            inputs = self.encoder.embedded(subwords)
            states = self.encoder.read(inputs, subwords)
        else:
            assert isinstance(self.encoder, TextEncoder)
            inputs = states = self.labelling.units(self.encoder.encode_subwords(subwords), subwords)
        emissions: Tensor = self.project(self.dropout(self.fuse(inputs, states, batch)))
        return emissions
