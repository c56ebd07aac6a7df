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
from mnerbench.methods.relation_tagger import Judgement, RelationTagger
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
        self.relation = nn.Linear(encoder.width, 2) if config.gate else None
        self.finish(encoder.width)

    def judge(self, batch: Batch, cells: Tensor, real: Tensor) -> Judgement | None:
        """The first pass, over the first window of each tweet."""
        if self.relation is None:
            return None
        subwords = batch.subwords
        first = {name: getattr(subwords, name)[subwords.first_rows] for name in ("ids", "mask", "segments")}
        scores = self.relation(self.encoder.encode_with_vectors(replace(subwords, **first), cells, real)[:, 0])
        log_odds = scores[:, 1] - scores[:, 0]  # of a softmax over both
        return Judgement(log_odds, log_odds)

    def fuse(self, batch: Batch, cells: Tensor, real: Tensor) -> tuple[Tensor, Judgement | None]:
        """The second pass, over scaled cells."""
        judgement, tweet = self.judge(batch, cells, real), batch.subwords.tweet
        if judgement is not None:
            cells = torch.sigmoid(judgement.gate)[:, None, None] * cells
        return self.encoder.encode_with_vectors(batch.subwords, cells[tweet], real[tweet]), judgement
