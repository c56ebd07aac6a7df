"""VisualBERT with a CRF (Chen et al. 2021): alone, with regions in the input (TAM), or with captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from torch import Tensor

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.subword_tagger import SubwordTagger
from mnerbench.methods.visualbert.card import VisualBERTConfig
from mnerbench.methods.visualbert.encoder import become_visual, encode_with_regions, without_regions


class VisualBERT(SubwordTagger):
    """A `bert-crf` over VisualBERT."""

    config: VisualBERTConfig

    def __init__(
        self,
        config: VisualBERTConfig,
        encoder: TextEncoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape] = MappingProxyType({}),
    ) -> None:
        become_visual(encoder, visual[InputKind.REGIONS].width if config.regions else None)
        if not config.regions:
            without_regions(encoder)
        super().__init__(config, encoder, labels, visual)

    def states(self, batch: Batch) -> Tensor:
        """Subword vectors, [windows, subwords, width]; each window of a tweet sees its regions of highest score."""
        regions, tweet = None, batch.subwords.tweet
        if self.config.regions:
            first = slice(self.config.regions)
            vectors, real = batch.visual.vectors[InputKind.REGIONS], batch.visual.masks[InputKind.REGIONS]
            regions = vectors[:, first][tweet], real[:, first][tweet]
        return encode_with_regions(self.encoder, batch.subwords, regions)
