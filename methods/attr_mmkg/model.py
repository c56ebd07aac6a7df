"""ATTR-MMKG-MNER (Chen et al. 2021): words attend to words about the picture, which the encoder does not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.attr_mmkg.card import AttributeConfig
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.context_masks import last_rows, split_context
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.layers.head import build_head
from mnerbench.methods.layers.transformer import TransformerLayer
from mnerbench.methods.tagger import NeuralMethod


class AttributeMemory(NeuralMethod[AttributeConfig]):
    """[h; sigmoid(W [h; c]) * c] per word h of the tweet, with c from attention over the memory."""

    encoder: TextEncoder

    def __init__(
        self,
        config: AttributeConfig,
        encoder: TextEncoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape] = MappingProxyType({}),
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        width, embedded = encoder.width, self._embeddings.embedding_dim
        self.normalise, self.see = nn.LayerNorm(embedded), nn.Linear(embedded, width)
        self.attend = TransformerLayer(width, config.heads or encoder.heads, encoder.inner, config.dropout)
        self.gate = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(config.dropout)
        self.project = nn.Linear(2 * width, len(labels))
        self.initialise_new_layers()
        self.head = build_head(config.decoder, len(labels), config.crf)

    @property
    def _embeddings(self) -> nn.Embedding:
        """Embeddings of the encoder's input."""
        table: nn.Embedding = self.encoder.model.get_input_embeddings()  # type: ignore[operator]
        return table

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, labels]."""
        tweet, context = split_context(batch.subwords, self.encoder.tokenizer.template)
        words = self.encoder(replace(batch.subwords, mask=tweet, full=False))
        last = last_rows(batch.subwords)
        memory = self.see(self.normalise(self._embeddings(batch.subwords.ids[last])))
        attended = self.attend(words, memory, context[last]) * context[last].any(-1)[:, None, None]
        gated = torch.sigmoid(self.gate(torch.cat([words, attended], -1))) * attended
        emissions: Tensor = self.project(self.dropout(torch.cat([words, gated], -1)))
        return emissions
