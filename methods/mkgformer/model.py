"""MKGformer (Chen et al. 2022): the last layers of BERT and of a vision transformer read each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor, nn

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.bert_layers import SelfAttention, attend, embed, finish, layers_of
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.layers.clip_layers import CLIPLayers
from mnerbench.methods.layers.correlation import CorrelationFusion
from mnerbench.methods.mkgformer.card import MKGformerConfig
from mnerbench.methods.subword_tagger import SubwordTagger


class MKGformer(SubwordTagger):
    """A `bert-crf` whose last layers are fused with those of a vision transformer."""

    config: MKGformerConfig

    def __init__(
        self,
        config: MKGformerConfig,
        encoder: TextEncoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape] = MappingProxyType({}),
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        width, count = encoder.width, max(1, len(layers_of(encoder)) // 3)
        self.vision = CLIPLayers(count, (width, encoder.heads, encoder.inner), config.clip)
        if config.clip is not None and (cells := visual[InputKind.GRID].width) != width:
            reason = f"mkgformer: grid has the width {cells}, CLIP's layers have {width}"
            raise ConfigError(f"{reason}\n  -> --input grid=vision@model=DIR,layer=N with the folder of `clip`")
        projected = [k for k in config.inputs if k is not InputKind.GRID or config.clip is None]
        widths = {kind.value: visual[kind].width for kind in projected}
        self.see = nn.ModuleDict({k: nn.Sequential(nn.LayerNorm(w), nn.Linear(w, width)) for k, w in widths.items()})
        self.fuse = nn.ModuleList(CorrelationFusion(width, encoder.inner) for _ in range(count))

    @property
    def notes(self) -> tuple[str, ...]:
        """Whether its visual layers are CLIP's."""
        return () if self.config.clip is not None else ("no `clip`: its visual layers began with random weights",)

    def states(self, batch: Batch) -> Tensor:
        """Subword vectors, [windows, subwords, width]; each window of a tweet is fused with its picture."""
        mask, layers = batch.subwords.mask, layers_of(self.encoder)
        cells, real = (part[batch.subwords.tweet] for part in self.cells(batch))
        states = embed(self.encoder, batch.subwords)
        previous: SelfAttention | None = None
        for number, layer in enumerate(layers, len(self.fuse) - len(layers)):
            attention, inner = attend(layer, states, mask), None
            if number >= 0:
                below = previous or attention  # the only layer of an encoder has no previous one
                cells = self.vision(number, cells, real, (below.keys, below.values), mask)
                inner = self.fuse[number](attention.context, cells, real)
            states, previous = finish(layer, states, attention.context, inner), attention
        return states

    def cells(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Inputs of the visual layers, cells then objects, [tweets, cells, width]; and their mask."""
        vectors, masks, visual = [], [], batch.visual
        for kind in self.config.inputs:
            first = slice(None if kind is InputKind.GRID else self.config.objects)
            values = visual.vectors[kind][:, first]
            vectors.append(self.see[kind.value](values) if kind.value in self.see else values)
            masks.append(visual.masks[kind][:, first])
        return torch.cat(vectors, 1), torch.cat(masks, 1)
