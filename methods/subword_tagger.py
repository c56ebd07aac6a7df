"""A tagger over the subwords of a text encoder: `bert-crf`, and the base of methods that extend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.label_scheme import build_labelling
from mnerbench.methods.layers.output import build_output
from mnerbench.methods.layers.word_dropout import WordDropout
from mnerbench.methods.tagger import NeuralMethod


class SubwordTagger(NeuralMethod[SubwordTaggerConfig]):
    """Encoder, dropout, linear layer; softmax, CRF or spans.

    Args:
        config: as in the base.
        encoder: as in the base.
        labels: as in the base.
        visual: as in the base.
        width: of the vectors that `states` returns; default: the encoder's.
    """

    encoder: TextEncoder

    def __init__(
        self,
        config: SubwordTaggerConfig,
        encoder: TextEncoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape] = MappingProxyType({}),
        *,
        width: int | None = None,
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        self.labelling = build_labelling(config.label_rule, labels, config.pooling)
        self.dropout = nn.Dropout(config.dropout)
        self.word_dropout = WordDropout(config.word_dropout)
        self.project, self.head = build_output(width or encoder.width, config, self.labelling.names)

    def states(self, batch: Batch) -> Tensor:
        """Subword vectors, [windows, subwords, width]."""
        return self.encoder.encode_subwords(batch.subwords)

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, units, names]."""
        units = self.labelling.units(self.states(batch), batch.subwords)
        emissions: Tensor = self.project(self.word_dropout(self.dropout(units)))
        return emissions
