"""VinVL with a CRF (Wang et al. 2022, ITA Table 4), alone or beside a BERT that reads the tweet alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from types import MappingProxyType

import torch
from torch import Tensor

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.context_masks import split_context
from mnerbench.methods.encoders.oscar import BOX_NUMBERS, become_oscar, encode_with_regions
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.subword_tagger import SubwordTagger
from mnerbench.methods.vinvl.card import VinVLConfig


class VinVL(SubwordTagger):
    """A `bert-crf` whose encoder, or a second one, also reads names of objects and regions."""

    config: VinVLConfig

    def __init__(
        self,
        config: VinVLConfig,
        encoder: TextEncoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape] = MappingProxyType({}),
    ) -> None:
        super().__init__(config, encoder, labels, visual, width=encoder.width * (1 + config.beside_text))
        self.beside = TextEncoder(deepcopy(encoder.model), encoder.tokenizer) if config.beside_text else None
        become_oscar(self.oscar, visual[InputKind.REGIONS].width + BOX_NUMBERS, config.checkpoint)

    @property
    def oscar(self) -> TextEncoder:
        """The encoder that reads the picture."""
        return self.encoder if self.beside is None else self.beside

    @property
    def notes(self) -> tuple[str, ...]:
        """Whether its weights are VinVL's."""
        if self.config.checkpoint is not None:
            return ()
        return (
            "no `checkpoint`: VinVL's layers began as the encoder's, its projection of regions with random weights",
        )

    def states(self, batch: Batch) -> Tensor:
        """Subword vectors, [windows, subwords, width]; each window of a tweet sees its regions of highest score."""
        subwords, count = batch.subwords, self.config.regions
        regions, real = batch.visual.boxed_regions(count), batch.visual.masks[InputKind.REGIONS][:, :count]
        states = encode_with_regions(self.oscar, subwords, regions[subwords.tweet], real[subwords.tweet])
        if self.beside is None:
            return states
        tweet, _ = split_context(subwords, self.encoder.tokenizer.template)
        return torch.cat([self.encoder.encode_subwords(replace(subwords, mask=tweet, full=False)), states], -1)
