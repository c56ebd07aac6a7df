"""HamLearning (Liu et al. 2023): objects and their relations, relevance of the picture, rounds of interaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.choices import Pooling
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder, pool_words
from mnerbench.methods.hamlearning.card import HamLearningConfig
from mnerbench.methods.hamlearning.object_views import ObjectViews
from mnerbench.methods.layers.head import CRFHead
from mnerbench.methods.layers.transformer import TransformerLayer, TransformerStack
from mnerbench.methods.tagger import NeuralMethod


class HamLearning(NeuralMethod[HamLearningConfig]):
    """Text (eq. 1), views of the picture (2-7), relevance (8-11), rounds (12-15), CRF (16-18)."""

    encoder: TextEncoder

    def __init__(
        self,
        config: HamLearningConfig,
        encoder: TextEncoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape],
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        width = encoder.width
        shape = (width, config.heads or encoder.heads, encoder.inner, config.dropout)
        self.text = TransformerStack(config.text_layers, *shape)
        self.views = ObjectViews(config, visual, shape)
        self.relevance = nn.ModuleList(Relevance(width) for _ in range(self.views.count * config.relevance))
        self.merge = nn.Linear(2 * width, width)
        self.transform = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))
        if self.views.count == 2:
            self.weigh = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(3))
        self.look = TransformerLayer(*shape)
        # Views updated in the last round would not be used.
        listeners = self.views.count if config.rounds > 1 else 0
        self.listen = nn.ModuleList(TransformerLayer(*shape) for _ in range(listeners))
        self.project = nn.Linear(width, len(labels))
        self.initialise_new_layers()
        self.dropout = nn.Dropout(config.dropout)
        self.head = CRFHead(len(labels), config.crf)

    @property
    def visual_attention(self) -> TransformerLayer:
        """Attention from text to the picture."""
        return self.look

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, labels]."""
        sentence, words = self._text(batch)
        views, real = self.views(batch.visual)
        local = [self._local(number, view, sentence) for number, view in enumerate(views)]
        states: Tensor = self._interact(self.transform(words), local, batch.mask, real)
        emissions: Tensor = self.project(self.dropout(states))
        return emissions

    def judged_relation(self, batch: Batch) -> Tensor | None:
        """Size of the factor that scales the picture in eq. 10: mean of |M| over dimensions and views, [tweets].

        Neither the sign of C (eq. 8) nor that of a dimension of M (eq. 9) has a meaning of its own.
        """
        if not self.config.relevance:
            return None
        sentence = self._text(batch)[0]
        wholes = (view[:, 0] for view in self.views(batch.visual)[0])
        factors = [measure(sentence, whole) for measure, whole in zip(self.relevance, wholes, strict=True)]
        return torch.stack(factors).abs().mean((0, 2))

    def _text(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Sentence vectors, [tweets, width], and word vectors (summed subwords), [tweets, words, width]."""
        states = self.encoder.encode_subwords(batch.subwords)
        words = pool_words(states, batch.subwords, Pooling.SUM)
        first = states[batch.subwords.first_rows, :1]
        real = nn.functional.pad(batch.mask, (1, 0), value=True)
        encoded = self.text(torch.cat([first, words], 1), real)
        return encoded[:, 0], encoded[:, 1:]

    def _local(self, number: int, view: Tensor, sentence: Tensor) -> Tensor:
        """Eqs. 8-11: objects merged with the whole picture, scaled by its relevance; [tweets, objects, width]."""
        whole, objects = view[:, :1], view[:, 1:]
        if self.config.relevance:
            whole = self.relevance[number](sentence, whole[:, 0])[:, None] * whole
        merged: Tensor = self.merge(torch.cat([whole.expand_as(objects), objects], -1))
        return merged

    def _interact(self, words: Tensor, views: list[Tensor], mask: Tensor, real: Tensor) -> Tensor:
        """Eqs. 13-15 in rounds: words and views attend to each other's states from before the round."""
        text, present = words, real.any(-1)[:, None, None]
        for remaining in range(self.config.rounds, 0, -1):
            combined = self._combine(views)
            if remaining > 1:
                views = [listen(view, text, mask) for listen, view in zip(self.listen, views, strict=True)]
            text = self.look(text, combined, real)
        return torch.where(present, text, words)

    def _combine(self, views: list[Tensor]) -> Tensor:
        """Eqs. 13-14: elementwise gated sum of both views; a single view is returned unchanged."""
        if len(views) == 1:
            return views[0]
        outer, first, second = self.weigh
        share: Tensor = outer(torch.sigmoid(first(views[0]) + second(views[1])))
        return share * views[0] + (1 - share) * views[1]


class Relevance(nn.Module):
    """Relevance of the whole picture to the sentence (eqs. 8-9).

    Args:
        width: width of both vectors.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.bilinear, self.text, self.image = (nn.Linear(width, width, bias=False) for _ in range(3))

    def forward(self, sentence: Tensor, whole: Tensor) -> Tensor:
        """M, [tweets, width], from h_[CLS] and v_[IMG], both [tweets, width]."""
        score = torch.tanh((sentence * self.bilinear(whole)).sum(-1, keepdim=True))
        return torch.tanh(self.text(sentence) + self.image(whole) * score)
