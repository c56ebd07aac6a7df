"""MAF (Xu et al. 2022): align text and picture by contrast, measure how they match, let in as much as matches."""

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
    def looking(self) -> TransformerLayer:
        """The layer by which text looks at the picture."""
        return self.interact

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, labels]."""
        text, seen = self._interaction(batch)
        return self._tag(text, seen, batch)

    def losses(self, views: Mapping[View, Batch]) -> dict[str, Tensor]:
        """Eq. 18, term by term."""
        batch = views[self.config.primary_view]
        text, seen = self._interaction(batch)
        alpha, beta, main = self.config.weights
        terms, shown = {}, seen
        if self.config.matching:
            matching, swapped = self._matching(text, seen, batch)
            terms["matching"] = beta * matching
            shown = swapped if self.config.tag_swapped else seen
        if self.config.alignment:
            terms["alignment"] = alpha * self._alignment(text, batch)
        nll = self.head.loss(self._tag(text, shown, batch), batch.labels, batch.mask)
        return {"nll": main * nll, **terms}

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
            real = batch.pieces.mask[first, :, None]
            score = torch.sigmoid(self._scores(text[first] * real, seen[first] * real))
            kept = score[batch.pieces.tweet, None, None] * kept
        gate = torch.sigmoid(self.gate_text(text) + self.gate_image(kept))
        fused = pool_words(torch.cat([text, gate * kept], -1), batch.pieces, Pooling.FIRST)
        emissions: Tensor = self.project(self.dropout(fused))
        return emissions

    def _scores(self, text: Tensor, seen: Tensor) -> Tensor:
        """Logits of eq. 10 for [T; C], flattened over at most n positions; [pairs].

        A shorter flattened text meets the weights of the first positions; the others would meet zeros. Of two scores
        the difference is the logit of the softmax.
        """
        pair = torch.cat([text, seen], -1)[:, : self.config.positions].flatten(1)
        scores = pair @ self.match.weight[:, : pair.shape[1]].mT
        return scores[:, -1] - scores[:, 0] if self.config.scores == 2 else scores[:, 0]

    def _matching(self, text: Tensor, seen: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Eq. 11 over the tweets with a picture, some of which swap their pictures; and C as swapped, [rows, ...]."""
        present, first = batch.visual.pictured[InputKind.GRID], batch.pieces.first_rows
        pairs = round(self.config.swapped * len(present) / 2)
        moved, theirs = swap_pairs(present, pairs, last=self.config.swap == "last")
        targets = torch.ones(len(first), device=text.device)
        targets[moved] = 0.0
        real = batch.pieces.mask[..., None]
        shown = (seen * real).index_copy(0, first[moved], (seen * real)[first[theirs]])
        scores = self._scores((text * real)[first[present]], shown[first[present]]).float()
        if not len(present):
            return scores.sum(), shown
        return nn.functional.binary_cross_entropy_with_logits(scores, targets[present]), shown

    def _alignment(self, text: Tensor, batch: Batch) -> Tensor:
        """Eqs. 1-3 over the tweets with a picture."""
        present = batch.visual.pictured[InputKind.GLOBAL]
        sentences = self.encoder.sentences(text, batch.pieces)[present]
        images: Tensor = self.align_image(batch.visual.vectors[InputKind.GLOBAL][present, 0])
        texts: Tensor = self.align_text(sentences)
        if not len(present):
            return images.sum() + texts.sum()
        return contrastive_loss(images, texts, self.config.temperature, self.config.image_to_text)


def _mlp(given: int, width: int) -> nn.Sequential:
    """An MLP with one hidden layer (§3.2, §4.3)."""
    return nn.Sequential(nn.Linear(given, width), nn.ReLU(), nn.Linear(width, width))
