"""ITA (Wang et al. 2022): text contexts of the picture after the tweet, and cross-view alignment."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from mnerbench.datasets.inputs import View
from mnerbench.methods.batch import Batch
from mnerbench.methods.ita.card import ITAConfig
from mnerbench.methods.subword_tagger import SubwordTagger


class ITA(SubwordTagger):
    """A `bert-crf` whose input includes contexts; the CRF sees the tweet's words only."""

    config: ITAConfig

    def losses(self, views: Mapping[View, Batch]) -> dict[str, Tensor]:
        """L_I+T (eq. 2), and L_T (eq. 1) and L_CVA (eq. 5) if enabled."""
        joint = views[View.IT]
        teacher = self(joint)
        terms = {"it": self.config.image_weight * self.head.loss(teacher, joint.labels, joint.mask)}
        if View.T in views:
            text = views[View.T]
            student = self(text)
            if self.config.text_view:
                terms["t"] = self.config.text_weight * self.head.loss(student, text.labels, text.mask)
            if self.config.alignment:
                terms["cva"] = self.config.cva_weight * self._align(teacher, student, joint.mask)
        return terms

    def _align(self, teacher: Tensor, student: Tensor, mask: Tensor) -> Tensor:
        """Eq. 5: KL of the posteriors per word, teacher I+T without gradient; summed over words, mean over tweets."""
        with torch.no_grad():
            target = self._soften(self.head.log_posteriors(teacher, mask))
        divergence = cross_view_alignment(target, self._soften(self.head.log_posteriors(student, mask)), mask)
        # Average over the same items as the other losses: words instead of tweets without a CRF.
        return divergence * self.config.temperature**2 * (len(mask) / self.head.loss_denominator(mask))

    def _soften(self, log_posteriors: Tensor) -> Tensor:
        """Apply the released code's temperature to log posteriors; the paper has none, which equals 1."""
        return torch.log_softmax(log_posteriors / self.config.temperature, -1)


def cross_view_alignment(teacher: Tensor, student: Tensor, mask: Tensor) -> Tensor:
    """KL(teacher || student) summed over labels and words, mean over tweets (ITA eq. 5).

    Args:
        teacher: log posteriors, [tweets, words, labels].
        student: log posteriors, same shape; gradient flows here.
        mask: True for real words, [tweets, words].
    """
    apart = (teacher - student).masked_fill(~mask.unsqueeze(-1), 0)
    return (teacher.exp() * apart).sum() / mask.shape[0]
