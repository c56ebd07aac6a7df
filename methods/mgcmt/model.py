"""MGCMT (Liu et al. 2022): UMT's cross-modal layers over cells and over names of objects, for augmented words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder, at_first_subwords
from mnerbench.methods.layers.cross_modal import GatedCrossAttention
from mnerbench.methods.layers.entity_spans import EntitySpans
from mnerbench.methods.layers.head import CRFHead
from mnerbench.methods.layers.object_names import ObjectNames
from mnerbench.methods.layers.transformer import TransformerLayer, initialise_like_bert
from mnerbench.methods.layers.word_augmentation import WordAugmentation
from mnerbench.methods.mgcmt.card import MGCMTConfig
from mnerbench.methods.span_aided_tagger import SpanAidedTagger


class MGCMT(SpanAidedTagger[MGCMTConfig]):
    """Augmented words and cells, and words and names of objects, attend to each other; [text; both] to labels."""

    def __init__(
        self, config: MGCMTConfig, encoder: TextEncoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        width, cells, shape = encoder.width, visual[InputKind.GRID].width, self.layer_shape
        self.text = TransformerLayer(*shape)
        self.see, self.see_as_query = nn.Linear(cells, width), nn.Linear(cells, width)
        self.names = ObjectNames(visual[InputKind.REGIONS].labels, width)
        self.project = nn.Linear(width, len(self.labelling.names))
        if config.span_module:
            self.spans = EntitySpans(TransformerLayer(*shape), width, self.labelling.names, config.crf)
        self.initialise_new_layers()
        # As in the released code, layers that UMT lacks keep torch's weights, but for the range of the last fusion's.
        self.picture, self.objects = GatedCrossAttention(*shape), GatedCrossAttention(*shape)
        initialise_like_bert(self.picture.cross)
        if config.reads_word_vectors:
            self.augment = WordAugmentation(encoder.further_vectors.width, width, config.augmentation)
        self.join, self.merge = nn.Linear(2 * width, width), nn.Linear(2 * width, width)
        for parameter in self.merge.parameters():
            nn.init.uniform_(parameter, -(width**-0.5), width**-0.5)
        self.dropout, self.join_dropout = nn.Dropout(config.dropout), nn.Dropout(config.join_dropout)
        self.head = CRFHead(len(self.labelling.names), config.crf)

    @property
    def visual_attention(self) -> TransformerLayer:
        """Attention from text to the cells."""
        return self.picture.cross.text_to_image

    def emissions(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """Main and span emissions of the units."""
        subwords, states = batch.subwords, self.encoder.encode_subwords(batch.subwords)
        if batch.word_rows is not None:
            rows = at_first_subwords(batch.word_rows, subwords)
            states = self.augment(states, self.encoder.further_vectors(rows), rows > 0)
        states = self.dropout(states)
        text = self.text(states, states, subwords.mask)
        fused = self.merge(torch.cat([text, self._look(text, batch)], -1))
        spans = self.labelling.units(self.spans(states, subwords.mask), subwords) if self.config.span_module else None
        return self.project(self.labelling.units(fused, subwords)), spans

    def _look(self, text: Tensor, batch: Batch) -> Tensor:
        """What subwords gain from picture and objects, [windows, subwords, width]."""
        tweet, real, visual = batch.subwords.tweet, batch.subwords.mask, batch.visual
        cells, cell_mask = visual.vectors[InputKind.GRID][tweet], visual.masks[InputKind.GRID][tweet]
        name_mask = visual.masks[InputKind.REGIONS][tweet, : self.config.objects]
        names = self.names.of(visual.regions["labels"][tweet, : self.config.objects], name_mask)
        picture = self.picture(text, (self.see(cells), self.see_as_query(cells)), (real, cell_mask))
        objects = self.objects(text, (names, names), (real, name_mask))
        return torch.relu(self.join(self.join_dropout(torch.cat([picture, objects], -1))))
