"""MRC-MNER (Jia et al. 2022): every entity type asks the tweet and the picture for its entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.encoders.text_in_front import TextInFront, texts_in_front
from mnerbench.methods.layers.queried_regions import QueriedRegions
from mnerbench.methods.layers.spans.head import SpanHead
from mnerbench.methods.mrc_mner.card import MRCConfig, query
from mnerbench.methods.tagger import NeuralMethod


class MRCMNER(NeuralMethod[MRCConfig]):
    """The encoder reads query and tweet once per type; all types share every layer, and the query tells them apart."""

    encoder: TextEncoder
    head: SpanHead

    def __init__(
        self, config: MRCConfig, encoder: TextEncoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        self.head, width = SpanHead(labels), encoder.width
        self.queries = texts_in_front(encoder, [query(kind) for kind in self.head.spans.types])
        fused = 2 * width if config.picture else width
        if config.picture:
            shape = (width, config.heads or encoder.heads, encoder.inner, config.dropout)
            self.regions = QueriedRegions(visual[InputKind.REGIONS].width, *shape)
        self.exists = nn.Linear(fused, 1)
        self.dropout = nn.Dropout(config.dropout)
        self.project = nn.Linear(fused, self.head.columns // len(self.queries))

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, types * columns of a type]."""
        return self.answers(batch)[0]

    def losses(self, views: Mapping[View, Batch]) -> dict[str, Tensor]:
        """Negative log-likelihood of the spans; weighted cross-entropy of whether a tweet has entities of a type."""
        batch = views[self.config.primary_view]
        emissions, exists = self.answers(batch)
        labels, mask = self.targets(batch)
        gold = self.head.spans.spans(labels, mask).any(1).any(1)
        entropy = nn.functional.binary_cross_entropy_with_logits(exists.float(), gold.float())
        return {"nll": self.head.loss(emissions, labels, mask), "existence": self.config.existence_weight * entropy}

    def answers(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Emissions, and the log-odds that a type has entities, [tweets, types]."""
        asked = [query for query in self.queries if isinstance(query, TextInFront)]
        states = torch.stack([self._ask(query, batch) for query in asked])
        if self.config.picture:
            # Queries are stacked as further tweets.
            vectors, masks = batch.visual.vectors[InputKind.REGIONS], batch.visual.masks[InputKind.REGIONS]
            regions, real = vectors[:, : self.config.regions], masks[:, : self.config.regions]
            stacked = self.regions(states.flatten(0, 1), regions.repeat(len(asked), 1, 1), real.repeat(len(asked), 1))
            states = stacked.view(*states.shape[:3], -1)
        states = self.dropout(states)
        emissions: Tensor = self.project(states[:, :, 1:].permute(1, 2, 0, 3)).flatten(2)
        return emissions, self.exists(states[:, :, 0]).squeeze(-1).t()

    def _ask(self, asked: TextInFront, batch: Batch) -> Tensor:
        """Vectors of a query with the tweet, then of the words, [tweets, 1 + words, width]."""
        states = self.encoder.encode_subwords(asked.put(batch.subwords))
        sentence = states[batch.subwords.first_rows, :1]
        return torch.cat([sentence, self.labelling.units(asked.drop(states), batch.subwords)], 1)
