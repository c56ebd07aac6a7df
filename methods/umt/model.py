"""UMT (Yu et al. 2020): cross-modal attention in both directions, and an auxiliary CRF for entity spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.choices import Pooling
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.label_scheme import build_labelling
from mnerbench.methods.layers.head import CRFHead
from mnerbench.methods.layers.transformer import TransformerLayer
from mnerbench.methods.tagger import NeuralMethod
from mnerbench.methods.umt.card import UMTConfig
from mnerbench.methods.umt.spans import conversion, span_numbers


class UMT(NeuralMethod[UMTConfig]):
    """Cross-modal attention between subwords and cells, in both directions; entity spans as an auxiliary task."""

    encoder: TextEncoder
    head: CRFHead

    def __init__(
        self, config: UMTConfig, encoder: TextEncoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        self.labelling = build_labelling(config.label_rule, labels, Pooling.FIRST)
        width, cells = encoder.width, visual[InputKind.GRID].width
        self.text = self._layer()
        self.see, self.see_as_query = nn.Linear(cells, width), nn.Linear(cells, width)
        self.text_to_image, self.image_to_text, self.text_to_text = (self._layer() for _ in range(3))
        self.gate = nn.Linear(2 * width, width)
        self.project = nn.Linear(2 * width, len(self.labelling.names))
        if config.span_module:
            matrix = conversion(self.labelling.names)
            self.span_text, self.span_project = self._layer(), nn.Linear(width, len(matrix))
            self.span_head = CRFHead(len(matrix), config.crf)
            self.register_buffer("conversion", matrix, persistent=False)
            self.register_buffer("span_numbers", span_numbers(self.labelling.names), persistent=False)
        self.initialise_new_layers()
        self.dropout = nn.Dropout(config.dropout)
        self.head = CRFHead(len(self.labelling.names), config.crf)

    def _layer(self) -> TransformerLayer:
        heads = self.config.heads or self.encoder.heads
        return TransformerLayer(self.encoder.width, heads, self.encoder.inner, self.config.dropout)

    @property
    def visual_attention(self) -> TransformerLayer:
        """Attention from text to the picture."""
        return self.text_to_image

    def forward(self, batch: Batch) -> Tensor:
        """Main emissions, [tweets, units, names]."""
        return self._emissions(batch)[0]

    def losses(self, views: Mapping[View, Batch]) -> dict[str, Tensor]:
        """Loss of the main CRF and, weighted, of the span CRF."""
        batch = views[self.config.primary_view]
        main, spans = self._emissions(batch)
        labels, mask = self.targets(batch)
        terms = {"nll": self.head.loss(main, labels, mask)}
        if spans is not None:
            assert isinstance(self.span_numbers, Tensor)
            terms["spans"] = self.config.span_weight * self.span_head.loss(spans, self.span_numbers[labels], mask)
        return terms

    def _emissions(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """Main and span emissions of the units."""
        subwords = batch.subwords
        states = self.dropout(self.encoder.encode_subwords(subwords))
        main = self.project(self.labelling.units(self._fuse(states, batch), subwords))
        if not self.config.span_module:
            return main, None
        span_states = self.span_text(states, states, subwords.mask)
        spans = self.labelling.units(self.span_project(span_states), subwords)
        assert isinstance(self.conversion, Tensor)
        share = self.config.span_share
        return (1 - share) * main + share * (spans @ self.conversion), spans

    def _fuse(self, states: Tensor, batch: Batch) -> Tensor:
        """[image-aware text; gated word-aware visual vectors] of subwords, [windows, subwords, 2 * width]."""
        tweet, real = batch.subwords.tweet, batch.subwords.mask
        cells = batch.visual.vectors[InputKind.GRID][tweet]
        cell_mask = batch.visual.masks[InputKind.GRID][tweet]
        text = self.text(states, states, real)
        word_aware_visual = self.text_to_image(text, self.see(cells), cell_mask)
        text_aware_cells = self.image_to_text(self.see_as_query(cells), text, real)
        image_aware_text = self.text_to_text(text, text_aware_cells, cell_mask)
        present = cell_mask.any(-1)[:, None, None]
        image_aware_text = torch.where(present, image_aware_text, text)
        gated = torch.sigmoid(self.gate(torch.cat([image_aware_text, word_aware_visual], -1))) * word_aware_visual
        return torch.cat([image_aware_text, gated * present], -1)
