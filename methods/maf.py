"""MAF (Xu et al. 2022): align text and picture by contrast, measure how they match, let in as much as matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.datasets.visual.inputs import InputKind, View
from mnerbench.methods.batch import Batch
from mnerbench.methods.cards.maf import MAFConfig
from mnerbench.methods.layers.choices import Pooling
from mnerbench.methods.layers.contrastive import contrastive_loss, swap_pairs
from mnerbench.methods.layers.head import CRFHead
from mnerbench.methods.layers.text_encoder import TextEncoder, pool_words
from mnerbench.methods.layers.transformer import TransformerLayer, initialise_like_bert
from mnerbench.methods.neural import NeuralMethod


class MAF(NeuralMethod[MAFConfig]):
    """Interaction (eqs. 4-8), matching (9-12), gate (13-14), and in training alignment (1-3)."""

    def __init__(
        self, config: MAFConfig, encoder: TextEncoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        width, heads = encoder.width, config.heads or encoder.heads
        self.see = nn.Linear(visual[InputKind.GRID].width, width, bias=False)
        self.interact = TransformerLayer(width, heads, encoder.inner, config.dropout)
        if config.alignment:
            self.sentence = nn.Linear(width, width)
            self.align_text = _mlp(width, width)
            self.align_image = _mlp(visual[InputKind.GLOBAL].width, width)
        if config.matching:
            self.match = nn.Linear(config.positions * 2 * width, 1, bias=False)
        self.gate_text, self.gate_image = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.project = nn.Linear(2 * width, len(labels))
        for name, part in self.named_children():
            if name != "encoder":
                initialise_like_bert(part)
        if config.alignment and encoder.pooler is not None:
            self.sentence.load_state_dict(encoder.pooler)
        self.dropout = nn.Dropout(config.dropout)
        self.head = CRFHead(len(labels), config.crf)

    @property
    def pools_sentences(self) -> bool:
        """The alignment module makes sentence vectors as BERT does."""
        return self.config.alignment

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, labels]."""
        text, seen = self._interaction(batch)
        return self._tag(text, seen, batch)

    def losses(self, views: Mapping[View, Batch]) -> dict[str, Tensor]:
        """Eq. 18, term by term."""
        batch = views[self.config.primary_view]
        text, seen = self._interaction(batch)
        alpha, beta, main = self.config.weights
        terms = {"nll": main * self.head.loss(self._tag(text, seen, batch), batch.labels, batch.mask)}
        if self.config.alignment:
            terms["alignment"] = alpha * self._alignment(text, batch)
        if self.config.matching:
            terms["matching"] = beta * self._matching(text, seen, batch)
        return terms

    def _interaction(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """T and C of eqs. 4-8, both [rows, pieces, width]."""
        text, tweet = self.encoder.pieces(batch.pieces), batch.pieces.tweet
        cells = self.see(batch.visual.vectors[InputKind.GRID])[tweet]
        return text, self.interact(text, cells, batch.visual.masks[InputKind.GRID][tweet])

    def _tag(self, text: Tensor, seen: Tensor, batch: Batch) -> Tensor:
        """Eqs. 12-14: the score of the own pair scales what was seen, a gate lets it in."""
        kept = seen * batch.visual.present(InputKind.GRID)[batch.pieces.tweet, None, None]
        if self.config.matching:
            first = batch.pieces.first_rows
            score = torch.sigmoid(self._scores(*self._padded(text, seen, batch, first)))
            kept = score[batch.pieces.tweet, None, None] * kept
        gate = torch.sigmoid(self.gate_text(text) + self.gate_image(kept))
        fused = pool_words(torch.cat([text, gate * kept], -1), batch.pieces, Pooling.FIRST)
        emissions: Tensor = self.project(self.dropout(fused))
        return emissions

    def _padded(self, text: Tensor, seen: Tensor, batch: Batch, rows: Tensor) -> tuple[Tensor, Tensor]:
        """T and C of some rows, zero at padding."""
        real = batch.pieces.mask[rows, :, None]
        return text[rows] * real, seen[rows] * real

    def _scores(self, text: Tensor, seen: Tensor) -> Tensor:
        """Logits of eq. 10 for [T; C], flattened over at most n positions; [pairs]."""
        pair = torch.cat([text, seen], -1)[:, : self.config.positions].flatten(1)
        # A shorter flattened text meets the weights of the first positions; the others would meet zeros.
        scores: Tensor = pair @ self.match.weight[0, : pair.shape[1]]
        return scores

    def _matching(self, text: Tensor, seen: Tensor, batch: Batch) -> Tensor:
        """Eq. 11 over the tweets with a picture, some of which swap their pictures."""
        present = batch.visual.present(InputKind.GRID).nonzero().squeeze(1)
        own, images = self._padded(text, seen, batch, batch.pieces.first_rows)
        swapped, theirs = swap_pairs(present, round(self.config.swapped * len(present) / 2))
        targets = torch.ones(len(own), device=own.device)
        targets[swapped] = 0.0
        images = images.index_copy(0, swapped, images[theirs])
        scores = self._scores(own[present], images[present]).float()
        if not len(present):
            return scores.sum()
        return nn.functional.binary_cross_entropy_with_logits(scores, targets[present])

    def _alignment(self, text: Tensor, batch: Batch) -> Tensor:
        """Eqs. 1-3 over the tweets with a picture."""
        present = batch.visual.present(InputKind.GLOBAL).nonzero().squeeze(1)
        sentences = torch.tanh(self.sentence(text[batch.pieces.first_rows[present], 0]))
        images: Tensor = self.align_image(batch.visual.vectors[InputKind.GLOBAL][present, 0])
        texts: Tensor = self.align_text(sentences)
        if not len(present):
            return images.sum() + texts.sum()
        return contrastive_loss(images, texts, self.config.temperature, self.config.image_to_text)


def _mlp(given: int, width: int) -> nn.Sequential:
    """An MLP with one hidden layer (§3.2, §4.3)."""
    return nn.Sequential(nn.Linear(given, width), nn.ReLU(), nn.Linear(width, width))
