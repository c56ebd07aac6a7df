"""HVPNeT (Chen et al. 2022): what a picture network sees at four depths, as prefixes in BERT's attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.hvpnet.card import HVPNeTConfig
from mnerbench.methods.hvpnet.prefixes import enable_prefixes, encode_with_prefixes
from mnerbench.methods.hvpnet.pyramid import StageGates
from mnerbench.methods.layers.transformer import initialise_like_bert
from mnerbench.methods.subword_tagger import SubwordTagger


class HVPNeT(SubwordTagger):
    """A `bert-crf` whose every layer also looks at the picture and its objects."""

    config: HVPNeTConfig

    def __init__(
        self,
        config: HVPNeTConfig,
        encoder: TextEncoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape] = MappingProxyType({}),
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        enable_prefixes(encoder)
        # Behind the layers of `bert-crf`, so that those start as they do there.
        self.gates = StageGates(_stages(config, visual), encoder.width, encoder.layers)
        initialise_like_bert(self.gates)

    def states(self, batch: Batch) -> Tensor:
        """Vectors of pieces; each row of a tweet sees its picture and objects."""
        found, real = self.prefixes(batch)
        tweet = batch.pieces.tweet
        return encode_with_prefixes(self.encoder, batch.pieces, found[:, tweet], real[tweet])

    def prefixes(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Cells of the picture, then objects: [layers, tweets, prefixes, 2 * width]; which are real."""
        visual, kept = batch.visual, slice(self.config.objects)
        found, real = [self.gates(visual.vectors[InputKind.GRID])], [visual.masks[InputKind.GRID]]
        if self.config.objects:
            # Each object is a picture of its own, of one cell, and opens the gates by itself.
            objects = visual.vectors[InputKind.REGIONS][:, kept]
            each = self.gates(objects.flatten(0, 1).unsqueeze(1))
            found.append(each.squeeze(2).unflatten(1, objects.shape[:2]))
            real.append(visual.masks[InputKind.REGIONS][:, kept])
        return torch.cat(found, 2), torch.cat(real, 1)


def _stages(config: HVPNeTConfig, visual: Mapping[InputKind, FeatureShape]) -> tuple[int, ...]:
    """Widths of the stages; a picture network without a pyramid has one."""
    picture, *objects = ((shape.parts or (shape.width,)) for shape in (visual[kind] for kind in config.inputs))
    if objects and objects[0] != picture:
        raise ConfigError(
            f"hvpnet: the picture's vectors have the parts {list(picture)}, those of its objects {list(objects[0])}\n"
            "  -> both from one network: grid = resnet50@pyramid=2, regions = crops@model=resnet50,pyramid=2; "
            "or hvpnet-picture"
        )
    return picture
