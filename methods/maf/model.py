"""MAF (Xu et al. 2022): contrastive alignment of text and picture, a matching score, and a gate scaled by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.choices import Pooling
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder, pool_words
from mnerbench.methods.layers.head import CRFHead
from mnerbench.methods.layers.transformer import TransformerLayer
from mnerbench.methods.maf.card import MAFConfig
from mnerbench.methods.maf.contrastive import contrastive_loss, swap_pairs
from mnerbench.methods.tagger import NeuralMethod


class MAF(NeuralMethod[MAFConfig]):
    """Interaction (eqs. 4-8), matching (9-12), gate (13-14), and in training alignment (1-3)."""

    encoder: TextEncoder

    def __init__(
        self, config: MAFConfig, encoder: TextEncoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        width, heads = encoder.width, config.heads or encoder.heads
        self.see = nn.Linear(visual[InputKind.GRID].width, width, bias=False)
        self.interact = TransformerLayer(width, heads, encoder.inner, config.dropout)
        if config.alignment:
            encoder.use_pooler()
            self.align_text = _mlp(width, width)
            self.align_image = _mlp(visual[InputKind.GLOBAL].width, width)
        if config.matching:
            self.match = nn.Linear(config.positions * 2 * width, config.scores, bias=False)
        self.gate_text, self.gate_image = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.project = nn.Linear(2 * width, len(labels))
        self.initialise_new_layers()
        self.dropout = nn.Dropout(config.dropout)
        self.head = CRFHead(len(labels), config.crf)

    @property
    def visual_attention(self) -> TransformerLayer:
        """Attention from text to the picture."""
        return self.interact

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, labels]."""
        text, attended = self._interaction(batch, self.encoder.encode_subwords(batch.subwords))
        return self._tag(text, attended, batch)

    def judged_relation(self, batch: Batch) -> Tensor | None:
        """The matching score (eq. 10), [tweets]; None without the matching module."""
        if not self.config.matching:
            return None
        return self._match_score(*self._interaction(batch, self.encoder.encode_subwords(batch.subwords)), batch)

    def losses(self, views: Mapping[View, Batch]) -> dict[str, Tensor]:
        """Eq. 18, term by term."""
        batch = views[self.config.primary_view]
        encoded = self.encoder.encode_subwords(batch.subwords)
        text, attended = self._interaction(batch, encoded)
        alpha, beta, main = self.config.weights
        terms, tagged = {}, attended
        if self.config.matching:
            matching, swapped = self._matching(text, attended, batch)
            terms["matching"] = beta * matching
            tagged = swapped if self.config.tag_swapped else attended
        if self.config.alignment:
            terms["alignment"] = alpha * self._alignment(encoded, batch)
        nll = self.head.loss(self._tag(text, tagged, batch), batch.labels, batch.mask)
        return {"nll": main * nll, **terms}

    def _interaction(self, batch: Batch, encoded: Tensor) -> tuple[Tensor, Tensor]:
        """T and C of eqs. 4-8, both [windows, subwords, width], from the encoder's output of the same shape."""
        text, owner = self.dropout(encoded) if self.config.dropout_on == "encoder" else encoded, batch.subwords.tweet
        cells = self.see(batch.visual.vectors[InputKind.GRID])[owner]
        return text, self.interact(text, cells, batch.visual.masks[InputKind.GRID][owner])

    def _tag(self, text: Tensor, attended: Tensor, batch: Batch) -> Tensor:
        """Eqs. 12-14: the tweet's matching score scales its visual representation, which passes a gate."""
        visual = attended * batch.visual.present(InputKind.GRID)[batch.subwords.tweet, None, None]
        if self.config.matching:
            visual = self._match_score(text, attended, batch)[batch.subwords.tweet, None, None] * visual
        gate = torch.sigmoid(self.gate_text(text) + self.gate_image(visual))
        fused = pool_words(torch.cat([text, gate * visual], -1), batch.subwords, Pooling.FIRST)
        emissions: Tensor = self.project(self.dropout(fused) if self.config.dropout_on == "fused" else fused)
        return emissions

    def _match_score(self, text: Tensor, attended: Tensor, batch: Batch) -> Tensor:
        """Eq. 10 per tweet, from its first window; [tweets]."""
        first = batch.subwords.first_rows
        real = batch.subwords.mask[first, :, None]
        return torch.sigmoid(self._scores(text[first] * real, attended[first] * real))

    def _scores(self, text: Tensor, attended: Tensor) -> Tensor:
        """Logits of eq. 10 for [T; C], flattened over at most n positions; [pairs].

        A shorter text uses the weights of the first positions only; the others would be multiplied by zeros. With two
        scores, their difference is the logit of the softmax.
        """
        pair = torch.cat([text, attended], -1)[:, : self.config.positions].flatten(1)
        scores = pair @ self.match.weight[:, : pair.shape[1]].mT
        return scores[:, -1] - scores[:, 0] if self.config.scores == 2 else scores[:, 0]

    def _matching(self, text: Tensor, attended: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Eq. 11 over the tweets with a picture, some with swapped pictures; and the swapped C, [windows, ...]."""
        pictured, first = batch.visual.pictured[InputKind.GRID], batch.subwords.first_rows
        pairs = self._pairs(len(pictured))
        receivers, sources = swap_pairs(pictured, pairs, last=self.config.swap == "last")
        targets = torch.ones(len(first), device=text.device)
        targets[receivers] = 0.0
        real = batch.subwords.mask[..., None]
        swapped = (attended * real).index_copy(0, first[receivers], (attended * real)[first[sources]])
        scores = self._scores((text * real)[first[pictured]], swapped[first[pictured]]).float()
        if not len(pictured):
            return scores.sum(), swapped
        return nn.functional.binary_cross_entropy_with_logits(scores, targets[pictured]), swapped

    def _pairs(self, pictured: int) -> int:
        """k: number of pairs of tweets, among those with a picture, that swap pictures."""
        fixed = self.config.swapped_tweets
        if fixed is None:
            return round(self.config.swapped * pictured / 2)
        return fixed // 2 if pictured > fixed else 0

    def _alignment(self, text: Tensor, batch: Batch) -> Tensor:
        """Eqs. 1-3 over the tweets with a picture."""
        present = batch.visual.pictured[InputKind.GLOBAL]
        sentences = self.encoder.sentences(text, batch.subwords)[present]
        images: Tensor = self.align_image(batch.visual.vectors[InputKind.GLOBAL][present, 0])
        texts: Tensor = self.align_text(sentences)
        if not len(present):
            return images.sum() + texts.sum()
        return contrastive_loss(images, texts, self.config.temperature, self.config.image_to_text)


def _mlp(inputs: int, width: int) -> nn.Sequential:
    """An MLP with one hidden layer (§3.2, §4.3)."""
    return nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width))
