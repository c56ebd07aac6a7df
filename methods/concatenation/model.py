"""BERT + CM + CRF (Chen et al. 2021, §3.3): concatenated projections of word, characters and picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.concatenation.card import ConcatenationConfig
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.encoders.characters import build_spelling
from mnerbench.methods.layers.output import build_output
from mnerbench.methods.tagger import NeuralMethod


class Concatenation(NeuralMethod[ConcatenationConfig]):
    """[W_w x; W_c c; W_v v] per word."""

    def __init__(
        self,
        config: ConcatenationConfig,
        encoder: Encoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape],
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        width, picture = encoder.width, visual[config.vectors].width
        spelling = build_spelling(config.spelling, config.character_width, config.spelled_width, config.dropout)
        assert spelling is not None
        self.spelling = spelling
        self.of_word, self.of_spelling = nn.Linear(width, width), nn.Linear(spelling.width, width)
        self.of_picture = nn.Linear(picture, width)
        self.dropout = nn.Dropout(config.dropout)
        self.project, self.head = build_output(3 * width, config, labels)

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, labels]."""
        words, characters = self.encoder(batch.subwords), batch.subwords.characters
        assert characters is not None
        kind = self.config.vectors
        real = batch.visual.masks[kind].unsqueeze(-1)
        mean = (batch.visual.vectors[kind] * real).sum(1) / real.sum(1).clamp(min=1)
        picture = self.of_picture(mean) * real.any(1)
        parts = (
            self.of_word(words),
            self.of_spelling(self.spelling(characters)),
            picture.unsqueeze(1).expand_as(words),
        )
        emissions: Tensor = self.project(self.dropout(torch.cat(parts, -1)))
        return emissions
