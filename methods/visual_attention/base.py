"""What GVATT and AdaCAN share: words, cells in their space, and a last layer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.encoders.word_encoder import WordEncoder
from mnerbench.methods.layers.head import build_head
from mnerbench.methods.layers.visual_attention import start_like_glorot
from mnerbench.methods.tagger import NeuralMethod
from mnerbench.methods.visual_attention.card import VisualAttentionConfig


class VisualAttentionTagger(NeuralMethod[VisualAttentionConfig]):
    """A subclass says how words and cells meet, and of what width the result is.

    Attributes:
        fused: width of what `fuse` gives.
    """

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

    def finish(self, fused: int, labels: int) -> None:
        """Start what was made so far, and make the last layer, over vectors of width `fused`."""
        for name, part in self.named_children():
            if name != "encoder":
                start_like_glorot(part)
        self.project = nn.Linear(fused, labels)
        self.head = build_head(self.config.decoder, labels, self.config.crf)

    @abstractmethod
    def fuse(self, given: Tensor, states: Tensor, batch: Batch) -> Tensor:
        """Vectors of words that know of the picture, [tweets, words, fused].

        Args:
            given: words before their LSTM; over a text encoder its vectors.
            states: behind it.
            batch: the tweets.
        """

    def cells(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Cells as words have it, tanh of a linear layer, [tweets, cells, width]; which are real; who has any."""
        kind = self.config.vectors
        vectors, real = batch.visual.vectors[kind], batch.visual.masks[kind]
        return torch.tanh(self.see(self.normalise(vectors))), real, real.any(-1)[:, None, None]

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, labels]."""
        pieces = batch.pieces
        if isinstance(self.encoder, WordEncoder):
            given = self.encoder.embedded(pieces)
            states = self.encoder.read(given, pieces)
        else:
            given = states = self.encoder(pieces)
        emissions: Tensor = self.project(self.dropout(self.fuse(given, states, batch)))
        return emissions
