"""UMT (Yu et al. 2020): cross-modal attention in both directions, and an auxiliary CRF for entity spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.layers.cross_modal import CrossModalAttention
from mnerbench.methods.layers.entity_spans import EntitySpans, conversion
from mnerbench.methods.layers.head import CRFHead
from mnerbench.methods.layers.transformer import TransformerLayer
from mnerbench.methods.span_aided_tagger import SpanAidedTagger
from mnerbench.methods.umt.card import UMTConfig


class UMT(SpanAidedTagger[UMTConfig]):
    """Cross-modal attention between subwords and cells, in both directions; entity spans as an auxiliary task."""

    def __init__(
        self, config: UMTConfig, encoder: TextEncoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        width, cells, shape = encoder.width, visual[InputKind.GRID].width, self.layer_shape
        self.text = TransformerLayer(*shape)
        self.see, self.see_as_query = nn.Linear(cells, width), nn.Linear(cells, width)
        self.cross = CrossModalAttention(*shape)
        self.gate = nn.Linear(2 * width, width)
        self.project = nn.Linear(2 * width, len(self.labelling.names))
        if config.span_module:
            self.spans = EntitySpans(TransformerLayer(*shape), width, self.labelling.names, config.crf)
            self.register_buffer("conversion", conversion(self.labelling.names), persistent=False)
        self.initialise_new_layers()
        self.dropout = nn.Dropout(config.dropout)
        self.head = CRFHead(len(self.labelling.names), config.crf)

    @property
    def visual_attention(self) -> TransformerLayer:
        """Attention from text to the picture."""
        return self.cross.text_to_image

    def emissions(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """Main and span emissions of the units."""
        subwords = batch.subwords
        states = self.dropout(self.encoder.encode_subwords(subwords))
        main = self.project(self.labelling.units(self._fuse(states, batch), subwords))
        if not self.config.span_module:
            return main, None
        spans = self.labelling.units(self.spans(states, subwords.mask), subwords)
        assert isinstance(self.conversion, Tensor)
        share = self.config.span_share
        return (1 - share) * main + share * (spans @ self.conversion), spans

    def _fuse(self, states: Tensor, batch: Batch) -> Tensor:
        """[image-aware text; gated word-aware visual vectors] of subwords, [windows, subwords, 2 * width]."""
        tweet, real = batch.subwords.tweet, batch.subwords.mask
        cells = batch.visual.vectors[InputKind.GRID][tweet]
        cell_mask = batch.visual.masks[InputKind.GRID][tweet]
        text = self.text(states, states, real)
        parts = self.see(cells), self.see_as_query(cells)
        image_aware_text, word_aware_visual = self.cross(text, parts, (real, cell_mask))
        present = cell_mask.any(-1)[:, None, None]
        image_aware_text = torch.where(present, image_aware_text, text)
        gated = torch.sigmoid(self.gate(torch.cat([image_aware_text, word_aware_visual], -1))) * word_aware_visual
        return torch.cat([image_aware_text, gated * present], -1)
