"""RpBERT (Sun et al. 2021): two passes of the encoder over text and cells; the first one scales the cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.relation_tagger import Fused, RelationTagger
from mnerbench.methods.rpbert.card import RpBERTConfig


class RpBERT(RelationTagger):
    """The first subword's state gives P(the picture adds to the text); the second pass reads P * cells."""

    config: RpBERTConfig

    def __init__(
        self,
        config: RpBERTConfig,
        encoder: TextEncoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape],
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        encoder.reserve(visual[InputKind.GRID].cells)
        self.judge = nn.Linear(encoder.width, 2) if config.gate else None
        self.finish(encoder.width)

    def fuse(self, batch: Batch, cells: Tensor, real: Tensor) -> Fused:
        """States of the second pass, and the log-odds of the first."""
        subwords, tweet = batch.subwords, batch.subwords.tweet
        log_odds = None
        if self.judge is not None:
            rows = {name: getattr(subwords, name)[subwords.first_rows] for name in ("ids", "mask", "segments")}
            first = self.encoder.encode_with_vectors(replace(subwords, **rows), cells, real)[:, 0]
            scores = self.judge(first)
            log_odds = scores[:, 1] - scores[:, 0]  # of a softmax over two scores
            cells = torch.sigmoid(log_odds)[:, None, None] * cells
        return Fused(self.encoder.encode_with_vectors(subwords, cells[tweet], real[tweet]), log_odds, log_odds)
