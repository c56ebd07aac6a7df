"""`bert-grid`: every word attends to the cells of the picture, and a gate scales the result before it is added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.bert_grid.card import GridConfig
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.layers.output import build_output
from mnerbench.methods.tagger import NeuralMethod


class Grid(NeuralMethod[GridConfig]):
    """h' = h + sigmoid(W[h; c]) * c with c = attention of the words h over the cells; without a picture h' = h.

    Raises:
        ConfigError: `heads` does not divide the encoder's width.
    """

    def __init__(
        self, config: GridConfig, encoder: TextEncoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        width, picture = encoder.width, visual[config.vectors]
        if width % config.heads:
            reason = f"heads = {config.heads} does not divide the encoder's width {width}"
            raise ConfigError(f"{reason}\n  -> set a divisor of it: --set METHOD.heads=N")
        # Features of different backbones differ in scale by orders of magnitude.
        self.normalise = nn.LayerNorm(picture.width)
        self.see = nn.Linear(picture.width, width)
        self.place = nn.Parameter(0.02 * torch.randn(picture.cells, width))
        self.attention = nn.MultiheadAttention(width, config.heads, batch_first=True)
        self.gate = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(config.dropout)
        self.project, self.head = build_output(width, config, labels)

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, labels]."""
        words = self.encoder(batch.subwords)
        cells = self.see(self.normalise(batch.visual.vectors[self.config.vectors])) + self.place
        attended, _ = self.attention(words, cells, cells, need_weights=False)
        attended = attended * batch.visual.present(self.config.vectors)[:, None, None]
        words = words + torch.sigmoid(self.gate(torch.cat([words, attended], -1))) * attended
        emissions: Tensor = self.project(self.dropout(words))
        return emissions
