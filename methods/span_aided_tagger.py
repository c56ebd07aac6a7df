"""Base of taggers with UMT's auxiliary task: a second CRF over entity spans without types (Yu et al. 2020)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TypeVar

from torch import Tensor

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.choices import Pooling
from mnerbench.methods.base.configs import SpanAidedConfig
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.label_scheme import build_labelling
from mnerbench.methods.layers.entity_spans import EntitySpans
from mnerbench.methods.layers.head import CRFHead
from mnerbench.methods.tagger import NeuralMethod

ConfigT = TypeVar("ConfigT", bound=SpanAidedConfig)


class SpanAidedTagger(NeuralMethod[ConfigT]):
    """A CRF over typed labels and, if the config has a span module, one over entity spans.

    A subclass also builds `spans` if there is a span module.
    """

    encoder: TextEncoder
    head: CRFHead
    spans: EntitySpans

    def __init__(
        self, config: ConfigT, encoder: TextEncoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        self.labelling = build_labelling(config.label_rule, labels, Pooling.FIRST)
        self.layer_shape = (encoder.width, config.heads or encoder.heads, encoder.inner, config.dropout)

    @abstractmethod
    def emissions(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """Main emissions, [tweets, units, names], and those of span labels; None without the span module."""

    def forward(self, batch: Batch) -> Tensor:
        """Main emissions, [tweets, units, names]."""
        return self.emissions(batch)[0]

    def losses(self, views: Mapping[View, Batch]) -> dict[str, Tensor]:
        """Loss of the main CRF and, weighted, of the span CRF."""
        batch = views[self.config.primary_view]
        main, spans = self.emissions(batch)
        labels, mask = self.targets(batch)
        terms = {"nll": self.head.loss(main, labels, mask)}
        if spans is not None:
            terms["spans"] = self.config.span_weight * self.spans.loss(spans, labels, mask)
        return terms
