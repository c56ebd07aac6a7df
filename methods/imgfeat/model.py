"""BERT-CRF+ImgFeat (Wang et al. 2022, §3.3): the encoder reads the tweet and projected picture vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.imgfeat.card import ImgFeatConfig
from mnerbench.methods.layers.transformer import initialise_like_bert
from mnerbench.methods.subword_tagger import SubwordTagger


class ImgFeat(SubwordTagger):
    """A `bert-crf` whose encoder also reads picture vectors."""

    config: ImgFeatConfig

    def __init__(
        self,
        config: ImgFeatConfig,
        encoder: TextEncoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape],
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        self.see = nn.Linear(visual[config.vectors].width, encoder.width)
        initialise_like_bert(self.see)
        encoder.reserve(visual[config.vectors].cells)

    def states(self, batch: Batch) -> Tensor:
        """Subword vectors, [windows, subwords, width]."""
        kind, tweet = self.config.vectors, batch.subwords.tweet
        projected = self.see(batch.visual.vectors[kind])[tweet]
        return self.encoder.encode_with_vectors(batch.subwords, projected, batch.visual.masks[kind][tweet])
