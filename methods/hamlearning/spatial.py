"""Spatial relations between the boxes of a picture (HamLearning §3.1.2, A.1; after Yao et al. 2018)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

# Relations of (i, j); 0 is none. `INSIDE`: i includes j; `COVER`: j includes i; then the direction from i to j in eight
# sectors of 45 degrees, counter-clockwise from the right.
NONE, INSIDE, COVER, OVERLAP, FIRST_DIRECTION = 0, 1, 2, 3, 4
DIRECTIONS = 8
RELATIONS = FIRST_DIRECTION + DIRECTIONS

_OVERLAP, _NEAR = 0.5, 0.5


def spatial_relations(boxes: Tensor, sizes: Tensor, real: Tensor) -> Tensor:
    """Compute the relation of every ordered pair of boxes.

    The first that holds: i includes j (`INSIDE`), j includes i (`COVER`), their intersection over union exceeds one
    half or they are equal (`OVERLAP`), their centres are closer than half the diagonal (a direction class).

    Args:
        boxes: x1 y1 x2 y2 in pixels, y downwards, [batch, boxes, 4].
        sizes: width and height of the pictures in pixels, [batch, 2].
        real: True for boxes, False for padding, [batch, boxes].

    Returns:
        Relations, [batch, boxes, boxes]; none on the diagonal and with padding.
    """
    first, second = boxes[:, :, None], boxes[:, None]
    contains = (first[..., :2] <= second[..., :2]).all(-1) & (first[..., 2:] >= second[..., 2:]).all(-1)
    equal = contains & contains.mT
    offset = centres(boxes)[:, None] - centres(boxes)[:, :, None]
    distance = offset.norm(dim=-1) / sizes.norm(dim=-1)[:, None, None].clamp(min=1e-6)
    angle = torch.atan2(-offset[..., 1], offset[..., 0]) % (2 * math.pi)
    direction = FIRST_DIRECTION + (angle / (2 * math.pi / DIRECTIONS)).long().clamp(max=DIRECTIONS - 1)
    relation = torch.where(distance < _NEAR, direction, NONE)
    relation = torch.where((intersection_over_union(boxes) > _OVERLAP) | equal, OVERLAP, relation)
    relation = torch.where(contains.mT & ~equal, COVER, relation)
    relation = torch.where(contains & ~equal, INSIDE, relation)
    pair = real[:, :, None] & real[:, None] & ~torch.eye(boxes.shape[1], dtype=torch.bool, device=boxes.device)
    return torch.where(pair, relation, NONE)


def centres(boxes: Tensor) -> Tensor:
    """Centres of boxes, [..., 2]."""
    return (boxes[..., :2] + boxes[..., 2:]) / 2


def intersection_over_union(boxes: Tensor) -> Tensor:
    """Intersection over union of every pair of boxes, [batch, boxes, boxes]; 0 for boxes without area."""
    first, second = boxes[:, :, None], boxes[:, None]
    sides = (torch.minimum(first[..., 2:], second[..., 2:]) - torch.maximum(first[..., :2], second[..., :2])).clamp(
        min=0
    )
    shared = sides.prod(-1)
    areas = (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)
    union = areas[:, :, None] + areas[:, None] - shared
    return torch.where(union > 0, shared / union.clamp(min=1e-12), torch.zeros_like(shared))


def with_whole_picture(relations: Tensor, real: Tensor) -> Tensor:
    """Add the whole picture, which includes every box, as first node (§3.1.2).

    Args:
        relations: relations among boxes, [batch, boxes, boxes].
        real: True for boxes, False for padding, [batch, boxes].

    Returns:
        [batch, 1 + boxes, 1 + boxes].
    """
    whole = torch.nn.functional.pad(relations, (1, 0, 1, 0))
    whole[:, 0, 1:] = torch.where(real, INSIDE, NONE)
    whole[:, 1:, 0] = torch.where(real, COVER, NONE)
    return whole


def geometry(boxes: Tensor, sizes: Tensor) -> Tensor:
    """Centre x, centre y, height and width of boxes, relative to their picture, [batch, boxes, 4] (§3.1.2)."""
    scale = sizes.clamp(min=1e-6)[:, None]
    middle, extent = centres(boxes) / scale, (boxes[..., 2:] - boxes[..., :2]) / scale
    return torch.cat([middle, extent.flip(-1)], -1)
