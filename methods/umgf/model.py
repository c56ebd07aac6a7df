"""UMGF (Zhang et al. 2021): a graph of subwords and objects, whose words are read beside those of the encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.choices import Pooling
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.label_scheme import build_labelling
from mnerbench.methods.layers.graph_fusion import GraphFusionLayer
from mnerbench.methods.layers.head import CRFHead
from mnerbench.methods.layers.visual_attention import start_like_glorot
from mnerbench.methods.tagger import NeuralMethod
from mnerbench.methods.umgf.card import UMGFConfig


class UMGF(NeuralMethod[UMGFConfig]):
    """Projected subwords and objects in a complete graph; emissions from [encoder's state; graph's state]."""

    encoder: TextEncoder

    def __init__(
        self, config: UMGFConfig, encoder: TextEncoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        self.labelling = build_labelling(config.label_rule, labels, Pooling.FIRST)
        vectors, width = visual[InputKind.REGIONS].width, config.width
        self.see = nn.Sequential(
            nn.Linear(vectors, vectors),  # the new last layer of the picture network
            *(nn.Linear(vectors, width), nn.ReLU(), nn.Dropout(config.dropout)),
            *(nn.Linear(width, width), nn.ReLU(), nn.Dropout(config.dropout)),
        )
        self.read = nn.Linear(encoder.width, width)
        shape = (width, config.heads, config.inner, config.dropout)
        self.layers = nn.ModuleList(
            GraphFusionLayer(*shape, last=number == config.layers) for number in range(1, config.layers + 1)
        )
        self.project = nn.Linear(encoder.width + width, len(self.labelling.names))
        for layer in (self.see, self.read, self.layers, self.project):
            start_like_glorot(layer)
        self.head = CRFHead(len(self.labelling.names), config.crf)

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, units, names]."""
        states = self.encoder.encode_subwords(batch.subwords)
        fused = torch.cat([states, self.fuse(states, batch)], -1)
        emissions: Tensor = self.project(self.labelling.units(fused, batch.subwords))
        return emissions

    def fuse(self, states: Tensor, batch: Batch) -> Tensor:
        """Subwords after the graph's layers, [windows, subwords, graph's width].

        Args:
            states: of the encoder, [windows, subwords, width].
            batch: the tweets; every window has a graph with all objects of its tweet's picture.
        """
        tweet, first = batch.subwords.tweet, slice(self.config.objects)
        real = batch.subwords.mask, batch.visual.masks[InputKind.REGIONS][tweet, first]
        words, objects = self.read(states), self.see(batch.visual.vectors[InputKind.REGIONS][:, first])[tweet]
        for layer in self.layers:
            words, objects = layer(words, objects, real)
        return words  # type: ignore[no-any-return]
