"""MAF's two self-supervised objectives: alignment by contrast (eqs. 1-3) and the choice of swapped pairs (§3.4)."""

from __future__ import annotations

import torch
from torch import Tensor


def contrastive_loss(images: Tensor, texts: Tensor, temperature: float, image_to_text: float) -> Tensor:
    """Alignment of paired vectors in a batch (MAF eqs. 1-3; Zhang et al. 2020), mean over pairs.

    Args:
        images: projected pictures V_c, [pairs, width].
        texts: projected sentences T_c, [pairs, width].
        temperature: tau.
        image_to_text: lambda_c, the weight of finding a picture's text among all texts; the rest weighs the reverse.
    """
    unit = torch.nn.functional.normalize
    # Cosines near 1 divided by tau need more digits than bfloat16 has.
    with torch.autocast(images.device.type, enabled=False):
        similar = unit(images.float(), dim=-1) @ unit(texts.float(), dim=-1).mT / temperature
    own = torch.arange(len(similar), device=similar.device)
    loss = torch.nn.functional.cross_entropy
    return image_to_text * loss(similar, own) + (1 - image_to_text) * loss(similar.mT, own)


def swap_pairs(candidates: Tensor, pairs: int, *, last: bool = False) -> tuple[Tensor, Tensor]:
    """Choose tweets at random and let the first half swap with the second half (MAF §3.4).

    Args:
        candidates: numbers of tweets that may swap, [candidates].
        pairs: k; 2k tweets swap, or as many as there are.
        last: take the last ones in their order, as MAF's released code does.

    Returns:
        The tweets that swap, and whose picture each gets; both [2k].
    """
    count = min(pairs, len(candidates) // 2)
    order = torch.arange(len(candidates)) if last else torch.randperm(len(candidates))
    chosen = candidates[order[len(order) - 2 * count :].to(candidates.device)]
    return chosen, torch.cat([chosen[count:], chosen[:count]])
