"""BiLSTM taggers over word vectors: `bilstm-crf`, `cnn-bilstm-crf`, `hbilstm-crf`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.configs import WordTaggerConfig
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.word_encoder import WordEncoder
from mnerbench.methods.layers.output import build_output
from mnerbench.methods.tagger import NeuralMethod


class Words(NeuralMethod[WordTaggerConfig]):
    """BiLSTM, dropout, linear layer, CRF."""

    def __init__(
        self,
        config: WordTaggerConfig,
        encoder: WordEncoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape] = MappingProxyType({}),
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        self.dropout = nn.Dropout(config.dropout)
        self.project, self.head = build_output(encoder.width, config, labels)

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, labels]."""
        emissions: Tensor = self.project(self.dropout(self.encoder(batch.subwords)))
        return emissions
