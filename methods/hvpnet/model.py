"""HVPNeT (Chen et al. 2022): the stages of a picture network as prefixes in BERT's attention."""

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
    """A `bert-crf` whose layers also attend to the picture and its objects."""

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
        # After the layers of `bert-crf`, so that those have the same initial weights.
        self.gates = StageGates(_stages(config, visual), encoder.width, encoder.layers)
        initialise_like_bert(self.gates)

    def states(self, batch: Batch) -> Tensor:
        """Subword vectors; each window of a tweet attends to its picture and objects."""
        prefixes, real = self.prefixes(batch)
        tweet = batch.subwords.tweet
        return encode_with_prefixes(self.encoder, batch.subwords, prefixes[:, tweet], real[tweet])

    def prefixes(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Prefixes of picture cells, then objects, [layers, tweets, prefixes, 2 * width]; and their mask."""
        visual, first = batch.visual, slice(self.config.objects)
        prefixes, real = [self.gates(visual.vectors[InputKind.GRID])], [visual.masks[InputKind.GRID]]
        if self.config.objects:
            # Each object is treated as a separate picture with one cell and its own gates.
            objects = visual.vectors[InputKind.REGIONS][:, first]
            each = self.gates(objects.flatten(0, 1).unsqueeze(1))
            prefixes.append(each.squeeze(2).unflatten(1, objects.shape[:2]))
            real.append(visual.masks[InputKind.REGIONS][:, first])
        return torch.cat(prefixes, 2), torch.cat(real, 1)


def _stages(config: HVPNeTConfig, visual: Mapping[InputKind, FeatureShape]) -> tuple[int, ...]:
    """Widths of the stages; vectors without parts are a single stage."""
    picture, *objects = ((shape.parts or (shape.width,)) for shape in (visual[kind] for kind in config.inputs))
    if objects and objects[0] != picture:
        raise ConfigError(
            f"hvpnet: the picture's vectors have the parts {list(picture)}, those of its objects {list(objects[0])}\n"
            "  -> use one network for both: grid = resnet50@pyramid=2, regions = crops@model=resnet50,pyramid=2; "
            "or use hvpnet-picture"
        )
    return picture
