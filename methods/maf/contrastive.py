"""MAF's self-supervised objectives: the contrastive loss (eqs. 1-3) and the sampling of swapped pairs (§3.4)."""

from __future__ import annotations

import torch
from torch import Tensor


def contrastive_loss(images: Tensor, texts: Tensor, temperature: float, image_to_text: float) -> Tensor:
    """Contrastive alignment of paired vectors in a batch (MAF eqs. 1-3; Zhang et al. 2020), mean over pairs.

    Args:
        images: projected pictures V_c, [pairs, width].
        texts: projected sentences T_c, [pairs, width].
        temperature: tau.
        image_to_text: lambda_c, weight of the image-to-text direction; text-to-image has the rest.
    """
    unit = torch.nn.functional.normalize
    # Cosines near 1 divided by tau need more precision than bfloat16 has.
    with torch.autocast(images.device.type, enabled=False):
        similar = unit(images.float(), dim=-1) @ unit(texts.float(), dim=-1).mT / temperature
    targets = torch.arange(len(similar), device=similar.device)
    loss = torch.nn.functional.cross_entropy
    return image_to_text * loss(similar, targets) + (1 - image_to_text) * loss(similar.mT, targets)


def swap_pairs(candidates: Tensor, pairs: int, *, last: bool = False) -> tuple[Tensor, Tensor]:
    """Sample 2k tweets; the first half swaps pictures with the second half (MAF §3.4).

    Args:
        candidates: indices of tweets that may swap, [candidates].
        pairs: k; fewer pairs swap if there are not enough candidates.
        last: take the last candidates in order, as MAF's released code does, instead of a random sample.

    Returns:
        The tweets that swap, and the tweet whose picture each gets; both [2k].
    """
    count = min(pairs, len(candidates) // 2)
    order = torch.arange(len(candidates)) if last else torch.randperm(len(candidates))
    swapped = candidates[order[len(order) - 2 * count :].to(candidates.device)]
    return swapped, torch.cat([swapped[count:], swapped[:count]])
