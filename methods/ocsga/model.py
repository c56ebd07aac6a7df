"""OCSGA (Wu et al. 2020): self- and guided attention between the words of a tweet and the names of objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.word_encoder import WordEncoder, WordTokenizer
from mnerbench.methods.layers.co_attention import CoAttentionLayer
from mnerbench.methods.layers.head import build_head
from mnerbench.methods.layers.object_names import ObjectNames
from mnerbench.methods.layers.transformer import TransformerLayer
from mnerbench.methods.ocsga.card import OCSGAConfig
from mnerbench.methods.tagger import NeuralMethod


class OCSGA(NeuralMethod[OCSGAConfig]):
    """LSTM over words, embeddings of object names, layers of co-attention; [LSTM; co-attention] to labels."""

    encoder: WordEncoder

    def __init__(
        self, config: OCSGAConfig, encoder: WordEncoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        names, width = visual[InputKind.REGIONS].labels, encoder.width
        self.names = ObjectNames(names, encoder.embed.embedding_dim)
        self.see = nn.Linear(encoder.embed.embedding_dim, width)
        shape = (width, config.heads, 4 * width, config.layer_dropout)
        self.layers = nn.ModuleList(
            CoAttentionLayer(*shape, last=number == config.layers) for number in range(1, config.layers + 1)
        )
        self.dropout = nn.Dropout(config.dropout)
        self.project = nn.Linear(2 * width, len(labels))
        self.initialise_new_layers()
        self.head = build_head(config.decoder, len(labels), config.crf)
        start_like_words(self.names, names, encoder)

    @property
    def visual_attention(self) -> TransformerLayer:
        """Attention from words to objects in the last layer."""
        last = self.layers[-1]
        assert isinstance(last, CoAttentionLayer)
        return last.to_words

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, labels]."""
        states, first = self.encoder(batch.subwords), slice(self.config.objects)
        real = batch.visual.masks[InputKind.REGIONS][:, first]
        words, objects = states, self.see(self.names.of(batch.visual.regions["labels"][:, first], real))
        for layer in self.layers:
            words, objects = layer(words, objects, (batch.mask, real))
        emissions: Tensor = self.project(self.dropout(torch.cat([states, words], -1)))
        return emissions


@torch.no_grad()
def start_like_words(table: nn.Embedding, names: Sequence[str], encoder: WordEncoder) -> None:
    """Set the embedding of each name, after the first row, to the mean of its words' vectors.

    Other rows are uniform within sqrt(3 / width), like random word vectors: the first, and names without a known word.
    """
    bound = (3 / table.embedding_dim) ** 0.5
    table.weight.uniform_(-bound, bound)
    vectors, tokenizer = torch.cat([encoder.embed.weight, encoder.fixed]), encoder.tokenizer
    assert isinstance(tokenizer, WordTokenizer)
    for row, name in enumerate(names, 1):
        words = [word for word in name.split() if tokenizer.count(word)]
        if words:
            numbers = [number for subwords in tokenizer.words(words) for number in subwords]
            table.weight[row] = vectors[numbers].mean(0)
