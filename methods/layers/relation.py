"""The relation of text and picture: a loss over labelled pairs, and a classifier with its teacher (RIVA)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def relation_loss(log_odds: Tensor, targets: Tensor, counted: Tensor) -> Tensor:
    """Cross-entropy of the relation: the sum over the counted tweets, divided by the number of all tweets.

    The divisor does not depend on how many tweets are counted, so that the losses of a batch's parts add up.

    Args:
        log_odds: that text and picture are related, [tweets].
        targets: probability that they are, [tweets]; ignored where not counted.
        counted: True for tweets with a target, [tweets].
    """
    cross_entropy = nn.functional.binary_cross_entropy_with_logits
    losses: Tensor = cross_entropy(log_odds.float(), targets.float().masked_fill(~counted, 0.0), reduction="none")
    return (losses * counted).sum() / len(losses)


class TaughtRelation(nn.Module):
    """A classifier of the relation (the student), and another one that teaches it (RIVA's teacher-student paradigm).

    The teacher learns from labels, the student the teacher's probability. Both have one hidden layer over [sentence;
    picture].

    Args:
        width: of sentence and picture.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.student, self.teacher = (
            nn.Sequential(nn.Linear(2 * width, width), nn.ReLU(), nn.Linear(width, 1)) for _ in range(2)
        )

    def forward(self, sentence: Tensor, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Log-odds of the student and of the teacher, both [tweets], from vectors [tweets, width]."""
        pair = torch.cat([sentence, picture], -1)
        return self.student(pair).squeeze(-1), self.teacher(pair).squeeze(-1)
